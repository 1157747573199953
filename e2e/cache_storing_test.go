package e2e

import (
	"io"
	"slices"
	"strings"

	"github.com/weirproxy/weir/internal/origintest"
)

// storingCases are about what may be stored (RFC 9111, section 3).
var storingCases = slices.Concat(storedStatuses, storedMethods, forbiddenToStore, forbiddenFields, withAuthorization, incomplete)

var storedStatuses = slices.Concat(
	forStatus(func(status int) cacheCase {
		return cacheCase{"9111 §3", "a %d with explicit freshness is stored and reused", "strict", []step{
			{res: reply(status, "Cache-Control: max-age=60", "X-Test: {n}"), want: "fwd=uri-miss; stored"},
			{want: "hit; ttl=58..60", has: []string{"X-Test: 1"}},
		}}
	}, 200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 403, 404, 405, 410, 414, 451, 500, 501, 502, 503, 504),
	forStatus(func(status int) cacheCase {
		return cacheCase{"9111 §4.2", "a stale %d is not reused", "strict", []step{
			{res: reply(status, "Cache-Control: max-age=30", "Age: 40"), want: "fwd=uri-miss"},
			{want: "fwd"},
		}}
	}, 200, 203, 204, 301, 302, 404, 410, 500, 503),
	forStatus(func(status int) cacheCase {
		return cacheCase{"9111 §3", "a %d without explicit freshness is not stored", "strict", []step{
			{res: reply(status), want: "fwd=uri-miss; !stored; detail=no-freshness"},
			{want: "fwd=uri-miss; !stored"},
		}}
	}, 200, 301, 404, 500),
	forStatus(func(status int) cacheCase {
		return cacheCase{"6585 §3", "a %d is not stored, max-age notwithstanding", "strict", []step{
			{res: reply(status, "Cache-Control: max-age=60, public"), want: "fwd=uri-miss; !stored; detail=status"},
			{want: "fwd=uri-miss; !stored"},
		}}
	}, 428, 429, 431, 511),
	[]cacheCase{
		{"9111 §5.2.2.3", "must-understand: a status weir understands is stored, no-store notwithstanding", "strict", []step{
			{res: ok("Cache-Control: max-age=60, must-understand, no-store"), want: "fwd=uri-miss; stored"},
			{want: "hit"},
		}},
		{"9111 §5.2.2.3", "must-understand without no-store changes nothing for a 200", "strict", []step{
			{res: ok("Cache-Control: must-understand, max-age=60"), want: "fwd=uri-miss; stored"},
			{want: "hit"},
		}},
		{"9111 §5.2.2.3", "must-understand: a status nobody knows is not stored", "strict", []step{
			{res: reply(299, "Cache-Control: max-age=60, must-understand"), want: "fwd=uri-miss; !stored; detail=status"},
			{want: "fwd=uri-miss; !stored"},
		}},
		{"9111 §5.2.2.3", "must-understand with no-store: an error status nobody knows is not stored", "strict", []step{
			{res: reply(599, "Cache-Control: no-store, must-understand, max-age=60"), want: "fwd=uri-miss; !stored"},
			{want: "fwd=uri-miss; !stored"},
		}},
		{"9111 §3", "a redirect without explicit freshness is not stored", "strict", []step{
			{res: reply(302, "Location: /elsewhere"), want: "fwd=uri-miss; !stored; detail=no-freshness", has: []string{"Location: /elsewhere"}},
			{want: "fwd=uri-miss"},
		}},
		{"9111 §3", "a stored redirect keeps its Location", "strict", []step{
			{res: reply(301, "Cache-Control: max-age=60", "Location: {path}/x"), want: "fwd=uri-miss; stored"},
			{want: "hit", has: []string{"Location: {path}/x"}},
		}},
		{"9111 §3", "a response whose freshness is gone but that has a validator may be kept for validation", "strict", []step{
			{res: ok("Cache-Control: max-age=0", `ETag: "a"`), want: "fwd=uri-miss; stored"},
			{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=0"), want: "fwd=stale; fwd-status=304", asks: []string{`If-None-Match: "a"`}},
		}},
	},
)

var storedMethods = slices.Concat(
	forMethod("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURR"),
	[]cacheCase{
		{"9111 §3", "a GET with content is not answered from the store", "plain", []step{
			{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
			{body: "content", want: "fwd; !stored; detail=request-body"},
		}},
		{"9111 §3", "the response to a GET with content is not stored", "plain", []step{
			{res: ok("Cache-Control: max-age=60"), body: "content", want: "fwd; !stored"},
			{want: "fwd=uri-miss; stored"},
		}},
		{"9111 §3", "the response to a GET with chunked content is not stored, nor is it answered from the store", "plain", []step{
			{raw: chunkedGet, res: ok("Cache-Control: max-age=60"), want: "fwd; !stored"},
			{want: "fwd=uri-miss; stored"},
			{raw: chunkedGet, want: "fwd; !stored; detail=request-body"},
		}},
		{"9110 §9.3.2", "the response to HEAD does not pass for that to GET", "plain", []step{
			{method: "HEAD", res: ok("Cache-Control: max-age=60"), want: "fwd; !stored"},
			{want: "fwd=uri-miss; stored"},
		}},
	},
)

const chunkedGet = "GET {path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"

// forMethod makes two cases for each method that is not cached.
func forMethod(methods ...string) []cacheCase {
	var cases []cacheCase
	for _, m := range methods {
		body := ""
		if m != "OPTIONS" && m != "DELETE" {
			body = "content"
		}
		cases = append(cases, cacheCase{"9111 §3", "the response to " + m + " is not stored", "plain", []step{
			{method: m, body: body, res: ok("Cache-Control: max-age=60", "Content-Location: {path}"), want: "fwd=method; !stored"},
			{method: m, body: body, want: "fwd=method; !stored"},
			{want: "fwd=uri-miss; stored"},
		}}, cacheCase{"9111 §4", m + " is not answered from the store", "plain", []step{
			{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
			{method: m, body: body, want: "fwd=method; !stored"},
		}})
	}
	return cases
}

var forbiddenToStore = []cacheCase{
	notStored("9111 §5.2.2.5", "no-store is not stored", "no-store", "Cache-Control: no-store"),
	notStored("9111 §5.2.2.5", "no-store beside max-age and Expires is not stored", "no-store", "Cache-Control: max-age=60, no-store", "Expires: {now+60}"),
	notStored("9111 §5.2.2.5", "no-store in front of max-age is not stored", "no-store", "Cache-Control: no-store, max-age=60"),
	notStored("9111 §5.2.2.5", "no-store in any case of letters", "no-store", "Cache-Control: max-age=60, No-StOrE"),
	notStored("9111 §5.2.2.5", "no-store on a second line", "no-store", "Cache-Control: max-age=60", "Cache-Control: no-store"),
	notStored("9111 §5.2.2.5", "no-store with public is not stored", "no-store", "Cache-Control: public, no-store, max-age=60"),
	notStored("9111 §5.2.2.5", "no-store with an argument it should not have is still no-store", "", "Cache-Control: max-age=60, no-store=1"),
	notStored("9111 §5.2.2.7", "private is not stored", "private", "Cache-Control: private"),
	notStored("9111 §5.2.2.7", "private beside max-age is not stored", "private", "Cache-Control: private, max-age=60"),
	notStored("9111 §5.2.2.7", "private beside s-maxage is not stored", "private", "Cache-Control: s-maxage=60, private"),
	notStored("9111 §5.2.2.7", "private in any case of letters", "private", "Cache-Control: max-age=60, PriVate"),
	notStored("9111 §5.2.2.7", "private and public: the conservative one wins", "private", "Cache-Control: public, max-age=60, private"),
	notStored("9111 §5.2.2.7", "private with Expires only is not stored", "private", "Cache-Control: private", "Expires: {now+60}"),
	notStored("9111 §5.2.2.5", "no-store behind two hundred other directives", "no-store", "Cache-Control: max-age=60"+strings.Repeat(", x-y=1", 200)+", no-store"),
	notStored("9111 §5.2.2.5", "no-store on the last of thirty lines", "no-store", append(repeat("Cache-Control: max-age=60", 29), "cache-control: no-store")...),
	notReused("9111 §5.2.2.5", "no-store in a Cache-Control that Connection names is not overlooked", "Expires: {now+60}", "Connection: Cache-Control", "Cache-Control: no-store"),
	{"9111 §3", "what was private once may be stored later", "strict", []step{
		{res: ok("Cache-Control: private"), want: "fwd=uri-miss; !stored"},
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{want: "hit"},
	}},
	{"9111 §5.2.1.5", "the response to a request with no-store does not replace a stored one", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: no-store, no-cache"}, want: "fwd=request; !stored", shows: "answer 2"},
		{want: "hit", shows: "answer 1"},
	}},
	{"9110 §6.5", "Cache-Control in trailers has no say", "strict", []step{
		{res: scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Cache-Control\r\n\r\n8\r\nanswer 1\r\n")
			return c.LastChunk("Cache-Control: max-age=60")
		}), want: "fwd=uri-miss; !stored"},
		{res: ok(), want: "fwd=uri-miss; !stored"},
	}},
	{"9111 §5.2.2.7", "the qualified private keeps the fields it names out of the store", "strict", []step{
		{res: ok(`Cache-Control: max-age=60, private="X-Mine, x-own"`, "X-Mine: 1", "X-Own: 2", "X-Ours: 3"), want: "fwd=uri-miss; stored",
			has: []string{"X-Mine: 1", "X-Own: 2", "X-Ours: 3"}},
		{want: "hit", has: []string{"!X-Mine", "!X-Own", "X-Ours: 3"}},
	}},
	notStored("9111 §5.2.2.7", "a qualified private that names nothing is private", "private", `Cache-Control: max-age=60, private=""`),
	notStored("9111 §5.2.2.7", "a qualified private that names no fields is private", "private", `Cache-Control: max-age=60, private="x mine"`),
	notStored("9111 §5.2.2.7", "a qualified private beside an unqualified one is private", "private", `Cache-Control: max-age=60, private="x-mine", private`),
	notReused("9111 §5.2.2.4", "a qualified no-cache that names nothing is no-cache", `Cache-Control: max-age=60, no-cache=""`),
	notReused("9111 §5.2.2.4", "a qualified no-cache beside an unqualified one is no-cache", `Cache-Control: no-cache, max-age=60, no-cache="x-mine"`),
	{"9111 §5.2.2.7", "the token form of the qualified private shows nobody the field", "strict", []step{
		{res: ok("Cache-Control: max-age=60, private=x-mine", "X-Mine: 1"), want: "fwd=uri-miss"},
		{res: ok("Cache-Control: no-store"), want: "any", has: []string{"!X-Mine"}},
	}},
	{"9111 §5.2.2.7", "a qualified private without its closing quote shows nobody the field", "strict", []step{
		{res: ok(`Cache-Control: max-age=60, private="x-mine`, "X-Mine: 1"), want: "fwd=uri-miss"},
		{res: ok("Cache-Control: no-store"), want: "any", has: []string{"!X-Mine"}},
	}},
	{"9111 §5.2.2.7", "a qualified private for Set-Cookie shows nobody else the cookie", "setcookie", []step{
		{res: ok(`Cache-Control: max-age=60, private="Set-Cookie"`, "Set-Cookie: id=1"), want: "fwd=uri-miss", has: []string{"Set-Cookie: id=1"}},
		{res: ok("Cache-Control: no-store"), want: "any", has: []string{"!Set-Cookie"}},
	}},
	{"9111 §5.2.2.4", "the qualified no-cache keeps the field it names out of the store", "strict", []step{
		{res: ok(`Cache-Control: max-age=60, no-cache="X-Mine"`, "X-Mine: 1", "X-Ours: 3"), want: "fwd=uri-miss; stored", has: []string{"X-Mine: 1", "X-Ours: 3"}},
		{want: "hit", has: []string{"!X-Mine", "X-Ours: 3"}},
	}},
	{"9111 §5.2.2.4", "the qualified no-cache names several fields", "strict", []step{
		{res: ok(`Cache-Control: no-cache="x-mine,X-OWN"`, "Cache-Control: max-age=60", "X-Mine: 1", "X-Own: 2", "X-Ours: 3"), want: "fwd=uri-miss; stored"},
		{want: "hit", has: []string{"!X-Mine", "!X-Own", "X-Ours: 3"}},
	}},
	{"9111 §5.2.1.5", "the response to a request with no-store is not stored", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), req: []string{"Cache-Control: no-store"}, want: "fwd; !stored; detail=request-no-store"},
		{want: "fwd=uri-miss; stored"},
	}},
	{"9111 §5.2.1.5", "no-store of a request in any case of letters, among others", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), req: []string{"Cache-Control: x=1, NO-Store"}, want: "fwd; !stored"},
		{want: "fwd=uri-miss; stored"},
	}},
	{"9111 §3", "a response that sets cookies is not stored unless the route says so", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Set-Cookie: a={n}"), want: "fwd=uri-miss; !stored; detail=set-cookie", has: []string{"Set-Cookie: a=1"}},
		{want: "fwd=uri-miss; !stored", has: []string{"Set-Cookie: a=2"}},
	}},
	{"9111 §7.3", "a response that sets cookies is stored where the route says so", "setcookie", []step{
		{res: ok("Cache-Control: max-age=60", "Set-Cookie: a={n}", "Set-Cookie: b=c, d"), want: "fwd=uri-miss; stored"},
		{want: "hit", has: []string{"Set-Cookie: a=1 | b=c, d"}},
	}},
	{"9111 §3", "a request with Cookie is answered from the store", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Cookie: a=b"}, want: "hit"},
	}},
	{"9111 §3", "a response larger than the zone takes is passed on and not stored", "small", []step{
		{res: ok("Cache-Control: max-age=60").saying(strings.Repeat("x", 5<<10)), want: "fwd=uri-miss; !stored; detail=too-large"},
		{want: "fwd=uri-miss; !stored"},
	}},
	{"9111 §3", "a response that fits the zone is stored", "small", []step{
		{res: ok("Cache-Control: max-age=60").saying(strings.Repeat("x", 2<<10)), want: "fwd=uri-miss; stored"},
		{want: "hit"},
	}},
}

// forbiddenFields are not for the next reader (RFC 9111, section 3.1).
var forbiddenFields = []cacheCase{
	{"9111 §3.1", "fields that Connection names are not stored", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Connection: X-A, x-b", "X-A: 1", "X-B: 2", "X-C: 3"), want: "fwd=uri-miss; stored", has: []string{"!X-A", "!X-B", "X-C: 3"}},
		{want: "hit", has: []string{"!X-A", "!X-B", "X-C: 3", "!Connection"}},
	}},
	{"9111 §3.1", "fields that a second line of Connection names are not stored", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Connection: keep-alive", "Connection: ,X-A ,", "X-A: 1"), want: "fwd=uri-miss; stored"},
		{want: "hit", has: []string{"!X-A", "!Connection"}},
	}},
	proxyOnly("Keep-Alive: timeout=5"), proxyOnly("Proxy-Connection: keep-alive"),
	proxyOnly("Proxy-Authenticate: Basic"), proxyOnly("Proxy-Authentication-Info: x=1"), proxyOnly("Proxy-Authorization: Basic Zm9v"),
	proxyOnly("TE: trailers"), proxyOnly("Upgrade: h2c"),
	{"9111 §3.1", "every other field is stored, known or not, in its order", "strict", []step{
		{res: ok("X-Test: a", "Content-Type: text/x-y; charset=utf-8", "Cache-Control: max-age=60", "X-Test:", "x-test: b", "Content-Foo: c",
			"WWW-Authenticate: Basic realm=x", "Strict-Transport-Security: max-age=1", "Content-Disposition: attachment"), want: "fwd=uri-miss; stored"},
		{want: "hit", has: []string{"X-Test: a |  | b", "Content-Type: text/x-y; charset=utf-8", "Content-Foo: c", "Cache-Control: max-age=60",
			"WWW-Authenticate: Basic realm=x", "Strict-Transport-Security: max-age=1", "Content-Disposition: attachment"}},
	}},
	{"9111 §3.1", "what the route changes in responses is changed for each client anew", "changing", []step{
		{do: func(r *caseRun) {
			r.use(ok("Cache-Control: max-age=60", "X-Secret: 1"))
			seen := map[string]bool{}
			for _, want := range []string{"fwd=uri-miss; stored", "hit", "hit"} {
				res, err := r.exchange(&step{})
				if err != nil || cacheStatus(res).fulfils(want) != nil || len(res.values("X-Id")) != 1 || seen[res.value("X-Id")] || res.value("X-Secret") != "" {
					r.t.Fatalf("%v, want %q and an X-Id of its own: %v", err, want, res)
				}
				seen[res.value("X-Id")] = true
			}
		}},
	}},
	{"9111 §3.1", "the framing of the stored response is weir's own", "strict", []step{
		{res: ok("Cache-Control: max-age=60").inChunks(), want: "fwd=uri-miss; stored"},
		{want: "hit", has: []string{"!Transfer-Encoding", "Content-Length: 8"}},
	}},
	{"9110 §6.5", "trailers do not turn into fields of the stored response", "strict", []step{
		{res: scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n8\r\nanswer 1\r\n")
			return c.LastChunk("X-Sum: 1", "Set-Cookie: a=b")
		}), want: "fwd=uri-miss"},
		{want: "any", has: []string{"!X-Sum", "!Set-Cookie"}, status: 200, shows: "answer 1"},
	}},
}

// proxyOnly is a case about a field that belongs to one connection or proxy.
func proxyOnly(line string) cacheCase {
	name, _, _ := strings.Cut(line, ":")
	return cacheCase{"9111 §3.1", name + " is not stored", "strict", []step{
		{res: ok("Cache-Control: max-age=60", line), want: "fwd=uri-miss; stored"},
		{want: "hit", has: []string{"!" + name}},
	}}
}

var authorization = "Authorization: Basic Zm9vOmJhcg=="

var withAuthorization = []cacheCase{
	notStored("9111 §3.5", "max-age alone does not let a response to Authorization be stored", "authorization", "Cache-Control: max-age=60").asking(authorization),
	notStored("9111 §3.5", "Expires does not let a response to Authorization be stored", "authorization", "Expires: {now+60}").asking(authorization),
	notStored("9111 §3.5", "proxy-revalidate does not let a response to Authorization be stored", "authorization", "Cache-Control: max-age=60, proxy-revalidate").asking(authorization),
	notStored("9111 §3.5", "immutable does not let a response to Authorization be stored", "authorization", "Cache-Control: max-age=60, immutable").asking(authorization),
	{"9111 §3.5", "what came without leave for an authorized client is not given to another", "strict", []step{
		{res: ok("Cache-Control: max-age=60"), req: []string{authorization}, want: "fwd=uri-miss; !stored"},
		{want: "fwd=uri-miss; stored"},
	}},
	reused("9111 §3.5", "public lets a response to Authorization be stored", "", "Cache-Control: max-age=60, public").asking(authorization),
	reused("9111 §3.5", "must-revalidate lets a response to Authorization be stored", "", "Cache-Control: max-age=60, must-revalidate").asking(authorization),
	reused("9111 §3.5", "s-maxage lets a response to Authorization be stored", "", "Cache-Control: s-maxage=60").asking(authorization),
	reused("9111 §3.5", "a targeted public lets a response to Authorization be stored", "", "CDN-Cache-Control: max-age=60, public").asking(authorization),
	notStored("9111 §3.5", "public in the field that was displaced does not count", "authorization", "CDN-Cache-Control: max-age=60", "Cache-Control: public").asking(authorization),
	{"9111 §3.5", "a stored public response answers clients without Authorization too", "strict", []step{
		{res: ok("Cache-Control: max-age=60, public"), req: []string{authorization}, want: "fwd=uri-miss; stored"},
		{want: "hit"},
		{req: []string{"Authorization: Bearer other"}, want: "hit"},
	}},
	{"9111 §3.5", "a response that everybody may have answers an authorized client", "strict", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{authorization}, want: "hit"},
	}},
}

// incomplete are responses that did not come to their end (RFC 9111, section 3.3).
var incomplete = []cacheCase{
	{"9111 §3.3", "a body shorter than its Content-Length is not stored as complete", "plain", []step{
		{res: ok("Cache-Control: max-age=60").cutAt(3), want: "fwd=uri-miss", broken: true},
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{want: "hit", shows: "answer 2"},
	}},
	{"9111 §3.3", "a chunked body without its last chunk is not stored as complete", "plain", []step{
		{res: ok("Cache-Control: max-age=60").inChunks().cutAt(3), want: "fwd=uri-miss", broken: true},
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{want: "hit", shows: "answer 2"},
	}},
	{"9111 §3.3", "a body that ends in a reset is not stored as complete", "plain", []step{
		{res: ok("Cache-Control: max-age=60").cutAt(3).byReset(), want: "fwd=uri-miss", broken: true},
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{want: "hit", shows: "answer 2"},
	}},
	{"9112 §6.3", "a body that ends with the connection is whole, from the store too", "plain", []step{
		{res: ok("Cache-Control: max-age=60").saying("until the end").untilClose(), want: "fwd=uri-miss"},
		{want: "any", status: 200, shows: "until the end"},
	}},
	{"9112 §8", "a body that ends with a reset of the connection is not stored as complete", "plain", []step{
		{res: ok("Cache-Control: max-age=60").untilClose().cutAt(3).byReset(), want: "fwd=uri-miss", broken: true},
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{want: "hit", shows: "answer 2"},
	}},
	{"9112 §8", "a chunk that is cut short is not stored as complete", "plain", []step{
		{res: scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nans")
			return io.EOF
		}), want: "fwd=uri-miss", broken: true},
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
	}},
	{"9112 §8", "a chunked body that lacks the end of its trailers is not stored as complete", "plain", []step{
		{res: scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nanswer 1\r\n0\r\n")
			return io.EOF
		}), want: "fwd=uri-miss", broken: true},
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
	}},
	{"9111 §3.3", "a head that is cut short leaves nothing", "plain", []step{
		{res: unanswered(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Le")
			return io.EOF
		}), want: "fwd=uri-miss; !stored", status: 502},
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
	}},
	{"9111 §3.3", "a broken new response does not take the place of a good old one as complete", "strict", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{res: ok("Cache-Control: max-age=60").cutAt(3), req: []string{"Cache-Control: no-cache"}, want: "fwd", broken: true},
		{res: ok("Cache-Control: max-age=60").saying("answer 1"), want: "any", status: 200, shows: "answer 1"},
	}},
	{"9110 §8.6", "a whole chunked body of several chunks is stored whole", "plain", []step{
		{res: scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			return c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nans\r\n5\r\nwer 1\r\n0\r\n\r\n")
		}), want: "fwd=uri-miss; stored"},
		{want: "hit", has: []string{"Content-Length: 8"}},
	}},
	{"9111 §3", "an empty body is stored as well", "plain", []step{
		{res: ok("Cache-Control: max-age=60").saying(""), want: "fwd=uri-miss; stored"},
		{want: "hit", shows: "-", has: []string{"Content-Length: 0"}},
	}},
	{"9111 §3", "a large body comes from the store as it came from the origin", "plain", []step{
		{res: ok("Cache-Control: max-age=60").saying(strings.Repeat("0123456789", 30_000)), want: "fwd=uri-miss; stored"},
		{want: "hit", has: []string{"Content-Length: 300000"}},
	}},
}
