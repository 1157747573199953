package e2e

import (
	"fmt"
	"slices"
)

// invalidationCases are about unsafe methods (RFC 9111, section 4.4).
var invalidationCases = slices.Concat(invalidatingMethods(), invalidatingStatuses(), invalidationScope, invalidatedElsewhere, invalidatedGroups)

func invalidatingMethods() []cacheCase {
	var cases []cacheCase
	for _, m := range []string{"POST", "PUT", "DELETE", "PATCH", "PURR"} {
		cases = append(cases, cacheCase{"9111 §4.4", m + " invalidates its target", "strict", []step{
			{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
			{method: m, body: "x", want: "fwd=method; !stored"},
			{want: "fwd", shows: "answer 3"},
			{want: "hit", shows: "answer 3"},
		}})
	}
	for _, m := range []string{"OPTIONS", "HEAD"} {
		cases = append(cases, cacheCase{"9111 §4.4", m + ", being safe, invalidates nothing", "strict", []step{
			{res: ok("Cache-Control: max-age=60", `ETag: "a"`).saying("same"), want: "fwd=uri-miss; stored"},
			{method: m, req: lines{"Cache-Control: no-cache"}, want: "fwd"},
			{want: "hit"},
		}})
	}
	return cases
}

func invalidatingStatuses() []cacheCase {
	return slices.Concat(
		forStatus(func(status int) cacheCase {
			return cacheCase{"9111 §4.4", "a %d to an unsafe method invalidates", "strict", []step{
				{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
				{method: "POST", body: "x", res: reply(status), want: "fwd=method"},
				{res: ok("Cache-Control: max-age=60"), want: "fwd"},
			}}
		}, 200, 201, 204, 302, 303),
		forStatus(func(status int) cacheCase {
			return cacheCase{"9111 §4.4", "a %d to an unsafe method invalidates nothing", "strict", []step{
				{path: "/a", res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
				{path: "/b", want: "fwd=uri-miss; stored"},
				{path: "/a", method: "POST", body: "x", res: reply(status, "Location: {path}/b"), want: "fwd=method"},
				{path: "/a", want: "hit", status: 200, shows: "answer 1"},
				{path: "/b", want: "hit", status: 200, shows: "answer 2"},
			}}
		}, 400, 404, 405, 500, 503),
	)
}

var invalidationScope = []cacheCase{
	{"9111 §4.4", "what was invalidated is validated before it is used, grace or not", "plain", []step{
		{res: ok("Cache-Control: max-age=60, stale-while-revalidate=1000", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{method: "POST", body: "x", want: "fwd=method"},
		{res: ok("Cache-Control: max-age=60"), want: "fwd", shows: "answer 3"},
	}},
	{"9111 §4.4", "what was invalidated is not used when the origin fails either", "plain", []step{
		{res: ok("Cache-Control: max-age=60, stale-if-error=1000", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{method: "POST", body: "x", want: "fwd=method"},
		{res: reply(503), want: "fwd", status: 503},
	}},
	{"9111 §4.4", "max-stale does not help against it", "strict", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{method: "POST", body: "x", want: "fwd=method"},
		{req: lines{"Cache-Control: max-stale"}, want: "fwd"},
	}},
	{"9111 §4.4", "what was invalidated may be validated, and is then used again", "strict", []step{
		keeping(thing{etag: `"a"`, body: "same", lines: lines{"Cache-Control: max-age=60"}}),
		{want: "fwd=uri-miss; stored"},
		{method: "POST", body: "x", want: "any"},
		{want: "fwd", status: 200, shows: "same"},
		{want: "hit", status: 200, shows: "same"},
	}},
	{"9111 §4.4", "all variants are invalidated", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Vary: X-A"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{req: lines{"X-A: 2"}, want: "fwd=vary-miss; stored"},
		{method: "PUT", body: "x", req: lines{"X-A: 3"}, want: "fwd=method"},
		{req: lines{"X-A: 1"}, want: "fwd"},
		{req: lines{"X-A: 2"}, want: "fwd"},
	}},
	{"9111 §4.4", "another query is another target", "strict", []step{
		{path: "?a=1", res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{path: "?a=2", want: "fwd=uri-miss; stored"},
		{path: "?a=1", method: "POST", body: "x", want: "fwd=method"},
		{path: "?a=2", want: "hit", shows: "answer 2"},
		{path: "?a=1", want: "fwd"},
	}},
	{"9111 §4.4", "another host is another target", "strict", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{method: "POST", body: "x", host: "other-{host}", want: "fwd=method"},
		{want: "hit", shows: "answer 1"},
	}},
	{"9111 §4.4", "a POST that the origin never answers invalidates nothing that is needed", "strict", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{method: "POST", body: "x", res: ok().cutAt(3).byReset(), want: "fwd=method", broken: true},
		{res: ok("Cache-Control: max-age=60").saying("answer 1"), want: "any", status: 200, shows: "answer 1"},
	}},
	{"9111 §4.4", "an unsafe method on another route of the same URL invalidates", "strict", []step{{do: func(r *caseRun) {
		r.w = start(r.t, setup{conf: fmt.Sprintf(`pools: { origin: { backends: [%q], retries: 0 } }
routes:
  - { name: reads, match: { methods: [GET] }, pool: origin, cache: {} }
  - { name: writes, match: { methods: [POST, PUT] }, pool: origin }`, r.bench.origin.Addr())})
		r.use(ok("Cache-Control: max-age=60"))
		r.check("stored", step{want: "fwd=uri-miss; stored"})
		r.check("written", step{method: "POST", body: "x", want: "off"})
		r.check("read", step{want: "fwd", shows: "answer 3"})
	}}}},
}

// elsewhere is a case about a POST to /b whose 201 has this field line: is what is
// stored of /dir/a invalidated?
func elsewhere(name string, invalidated bool, line string) cacheCase {
	then := step{path: "/dir/a", want: "hit", shows: "answer 1", status: 200}
	if invalidated {
		then = step{path: "/dir/a", want: "fwd"}
	}
	return cacheCase{"9111 §4.4", name, "strict", []step{
		{path: "/dir/a", res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{path: "/dir/b", method: "POST", body: "x", res: reply(201, line, "Cache-Control: max-age=60"), want: "fwd=method"},
		then,
	}}
}

var invalidatedElsewhere = []cacheCase{
	elsewhere("Location invalidates: a path", true, "Location: {path}/dir/a"),
	elsewhere("Content-Location invalidates: a path", true, "Content-Location: {path}/dir/a"),
	elsewhere("Location invalidates: a URL of the same origin", true, "Location: http://{host}{path}/dir/a"),
	elsewhere("Content-Location invalidates: a URL of the same origin", true, "Content-Location: http://{host}{path}/dir/a"),
	elsewhere("Location invalidates: a host in other letters", true, "Location: HTTP://{HOST}{path}/dir/a"),
	elsewhere("Location invalidates: the default port", true, "Location: http://{host}:80{path}/dir/a"),
	elsewhere("Location invalidates: a reference to a neighbour", true, "Location: a"),
	elsewhere("Location invalidates: a reference with dots", true, "Location: ../dir/./a"),
	elsewhere("Location invalidates: a reference without a scheme", true, "Location: //{host}{path}/dir/a"),
	elsewhere("Location invalidates: a fragment makes no difference", true, "Location: {path}/dir/a#part"),
	elsewhere("Location of another host invalidates nothing", false, "Location: http://other-{host}{path}/dir/a"),
	elsewhere("Content-Location of another host invalidates nothing", false, "Content-Location: http://other-{host}{path}/dir/a"),
	elsewhere("Location of another port invalidates nothing", false, "Location: http://{host}:81{path}/dir/a"),
	elsewhere("Location of another scheme invalidates nothing", false, "Location: https://{host}{path}/dir/a"),
	elsewhere("Location with a user before the host invalidates nothing of another host", false, "Location: http://{host}@other{path}/dir/a"),
	elsewhere("Location with another query invalidates nothing else", false, "Location: {path}/dir/a?b"),
	elsewhere("Location that is no URL does no harm", false, "Location: http://[{path}/dir/a"),
	{"9111 §4.4", "what another host has under the same path is not touched by Location", "strict", []step{
		{path: "/a", host: "other-{host}", res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{path: "/b", method: "POST", body: "x", res: reply(201, "Location: http://other-{host}{path}/a"), want: "fwd=method"},
		{path: "/a", host: "other-{host}", want: "hit", shows: "answer 1", status: 200},
	}},
	{"9111 §4.4", "Location of a safe method's answer invalidates nothing", "strict", []step{
		{path: "/a", res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{path: "/b", res: reply(302, "Location: {path}/a"), want: "fwd=uri-miss"},
		{path: "/a", want: "hit", shows: "answer 1", status: 200},
	}},
}

// grouped is a case about a response of the groups that members names, and an
// unsafe method's answer with this field line.
func grouped(section, name string, invalidated bool, members, line string) cacheCase {
	then := step{path: "/a", want: "hit", shows: "answer 1", status: 200}
	if invalidated {
		then = step{path: "/a", want: "fwd"}
	}
	return cacheCase{section, name, "strict", []step{
		{path: "/a", res: ok("Cache-Control: max-age=60", "Cache-Groups: "+members), want: "fwd=uri-miss; stored"},
		{path: "/b", method: "POST", body: "x", res: ok(line), want: "fwd=method"},
		then,
	}}
}

// invalidatedGroups are about Cache-Group-Invalidation (RFC 9875).
var invalidatedGroups = []cacheCase{
	grouped("9875 §3", "Cache-Group-Invalidation invalidates the group", true, `"g"`, `Cache-Group-Invalidation: "g"`),
	grouped("9875 §3", "Cache-Group-Invalidation with several groups", true, `"x", "g"`, `Cache-Group-Invalidation: "y", "g"`),
	grouped("9875 §3", "Cache-Group-Invalidation with parameters", true, `"g";a=1`, `Cache-Group-Invalidation: "g";b`),
	grouped("9875 §3", "Cache-Group-Invalidation of another group", false, `"g"`, `Cache-Group-Invalidation: "h"`),
	grouped("9875 §2.1", "groups are compared by character", false, `"g"`, `Cache-Group-Invalidation: "G"`),
	grouped("9875 §2.1", "the beginning of a group is another", false, `"group"`, `Cache-Group-Invalidation: "grou"`),
	grouped("9875 §2", "a group with a comma, a space and a quote in its name", true, `"a, b \" c"`, `Cache-Group-Invalidation: "a, b \" c"`),
	grouped("9875 §2", "Cache-Groups that is no list of strings names no group", false, `g, "h"x`, `Cache-Group-Invalidation: "h"`),
	grouped("9875 §3", "Cache-Group-Invalidation that is no list of strings is none", false, `"g"`, `Cache-Group-Invalidation: "g", `),
	grouped("9875 §2", "a group of 32 characters", true, `"abcdefghijklmnopqrstuvwxyz012345"`, `Cache-Group-Invalidation: "abcdefghijklmnopqrstuvwxyz012345"`),
	grouped("9875 §2", "the last one of 32 groups", true, listOf(32), `Cache-Group-Invalidation: "g32"`),
	{"9875 §3", "a group of another origin of the same name is not touched", "strict", []step{
		{path: "/a", res: ok("Cache-Control: max-age=60", `Cache-Groups: "g"`), want: "fwd=uri-miss; stored"},
		{path: "/b", method: "POST", body: "x", host: "other-{host}", res: ok(`Cache-Group-Invalidation: "g"`), want: "fwd=method"},
		{path: "/a", want: "hit", shows: "answer 1"},
	}},
	{"9875 §3", "Cache-Group-Invalidation of a safe method's answer is ignored", "strict", []step{
		{path: "/a", res: ok("Cache-Control: max-age=60", `Cache-Groups: "g"`), want: "fwd=uri-miss; stored"},
		{path: "/b", res: ok(`Cache-Group-Invalidation: "g"`), want: "fwd=uri-miss"},
		{path: "/a", want: "hit", shows: "answer 1"},
	}},
	{"9875 §3", "Cache-Group-Invalidation reaches every key of the group", "strict", []step{
		{path: "/1", res: ok("Cache-Control: max-age=60", `Cache-Groups: "g"`), want: "fwd=uri-miss; stored"},
		{path: "/2", res: ok("Cache-Control: max-age=60", `Cache-Groups: "h"`, `Cache-Groups: "g"`), want: "fwd=uri-miss; stored"},
		{path: "/3", res: ok("Cache-Control: max-age=60", `Cache-Groups: "h"`), want: "fwd=uri-miss; stored"},
		{path: "/x", method: "DELETE", res: ok(`Cache-Group-Invalidation: "g"`), want: "fwd=method"},
		{path: "/1", want: "fwd"}, {path: "/2", want: "fwd"}, {path: "/3", want: "hit", shows: "answer 3"},
	}},
}

// listOf is a list of n groups g1, g2, ….
func listOf(n int) string {
	s := `"g1"`
	for i := 2; i <= n; i++ {
		s += fmt.Sprintf(`, "g%d"`, i)
	}
	return s
}
