package e2e

import (
	"slices"

	"github.com/weirproxy/weir/internal/origintest"
)

// poisonCases are about requests that are made to leave something in the store
// which others get (CWE-349).
var poisonCases = slices.Concat(
	unkeyed("X-Sendfile-Type", "X-Accel-Mapping", "X-Envoy-Original-Path", "X-Http-Path-Override", "CloudFront-Forwarded-Proto", "X-Arr-Ssl"),
	aliases, ownFields, wronglyWhole,
)

// aliases are about fields with underscores, which many backends cannot tell from
// those with dashes (RFC 3875, section 4.1.18).
var aliases = []cacheCase{
	{"9111 §4.1", "an alias of a field that a response varies by does not choose what others get", "strict", []step{{do: func(r *caseRun) {
		r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
			return c.Send(raw200("for "+q.Value("X-Lang")+q.Value("X_Lang"), minute, "Vary: X-Lang"))
		}))
		r.fetch(step{req: lines{"X_Lang: evil"}})
		r.check("another client", step{want: "any", status: 200, shows: "for "})
		r.check("one that says it well", step{req: lines{"X-Lang: de"}, want: "fwd=vary-miss", status: 200, shows: "for de"})
	}}}},
	{"9111 §4.1", "an alias of a field that is in the key does not reach the origin", "tenants", []step{
		{req: lines{"X_Tenant: evil"}, res: ok(minute), want: "fwd=uri-miss; stored", asks: lines{"!X_Tenant", "!X-Tenant"}},
		{req: lines{"X-Tenant: evil"}, want: "fwd=uri-miss; stored", asks: lines{"X-Tenant: evil", "!X_Tenant"}},
	}},
	{"9111 §4.1", "aliases of fields that everybody sends do not reach the origin", "strict", []step{
		{req: lines{"Accept_Language: evil", "User_Agent: evil", "Cookie_: evil", "Accept-Language: de"}, res: ok(minute), want: "fwd=uri-miss; stored",
			asks: lines{"!Accept_Language", "!User_Agent", "!Cookie_", "Accept-Language: de"}},
		{method: "HEAD", path: "?head", req: lines{"X_A: evil"}, want: "fwd=uri-miss", asks: lines{"!X_A"}},
	}},
	{"9110 §5.1", "fields with underscores pass where nothing is stored of it", "off", []step{
		{req: lines{"X_A: 1"}, res: ok(), want: "off", status: 200, asks: lines{"X_A: 1"}},
	}},
	{"9110 §5.1", "fields with underscores pass with unsafe methods", "strict", []step{
		{method: "POST", body: "x", req: lines{"X_A: 1"}, res: ok(), want: "fwd=method", status: 200, asks: lines{"X_A: 1"}},
	}},
}

// ownFields are about Vary and fields that the route makes for each client: what a
// client sends under these names is not what the response was made for.
var ownFields = []cacheCase{
	{"9111 §4.1", "what varies by a field that the route sets for each client is not stored", "telling", []step{
		{res: ok(minute, "Vary: X-Peer"), want: "fwd=uri-miss; !stored", status: 200, asks: lines{"X-Peer: 127.0.0.1"}},
		{req: lines{"X-Peer: 127.0.0.1"}, want: "fwd=uri-miss; !stored", status: 200, shows: "answer 2"},
	}},
	{"9111 §4.1", "nor by one that it adds", "telling", []step{
		{res: ok(minute, "Vary: Accept, x-trace"), want: "fwd=uri-miss; !stored", status: 200},
		{want: "fwd=uri-miss; !stored", status: 200, shows: "answer 2"},
	}},
	{"9111 §4.1", "what varies by a field that the route sets for all alike is stored", "telling", []step{
		{res: ok(minute, "Vary: X-Same"), want: "fwd=uri-miss; stored"},
		{want: "hit", shows: "answer 1"},
	}},
}

// wronglyWhole are about responses that answer one request only and look as if
// they answered all.
var wronglyWhole = []cacheCase{
	{"3229 §10.5", "a difference that one client asked for is not stored", "strict", []step{
		{req: lines{"A-IM: feed"}, res: reply(226, minute, "IM: feed"), want: "fwd=uri-miss; !stored", status: 226},
		{res: ok(minute), want: "fwd=uri-miss; stored", status: 200, shows: "answer 2"},
	}},
	{"9110 §15.5.17", "a 416 says nothing that would make it the URL's response elsewhere", "plain", []step{
		{res: ok(minute, `ETag: "a"`, "Content-Type: text/x", "Content-Encoding: x", "Last-Modified: {t0-60}", "Expires: {t0+600}").saying(digits), want: "fwd=uri-miss; stored"},
		{req: lines{"Range: bytes=50-"}, want: "hit", status: 416, shows: "-",
			has: lines{"Content-Range: bytes */10", "!Cache-Control", "!ETag", "!Content-Type", "!Content-Encoding", "!Last-Modified", "!Expires"}},
		{want: "hit", status: 200, shows: digits, has: lines{minute, `ETag: "a"`}},
	}},
	{"9110 §8.8.3", "an ETag that is no entity tag validates nothing: If-None-Match would match all", "strict", []step{
		{res: staleAtOnce("ETag: *").saying("old"), want: "fwd=uri-miss"},
		{res: ok(minute).saying("new"), want: "fwd", asks: lines{"!If-None-Match"}, shows: "new"},
	}},
	{"9110 §4.2.3", "the origin is told the host as it is in the key", "plain", []step{
		{raw: "GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n", res: ok(minute), want: "fwd=uri-miss; stored", asks: lines{"Host: {host}"}},
		{want: "hit", shows: "answer 1"},
	}},
}
