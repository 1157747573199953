package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// withCache is a file with the given top-level keys and routes of its own, each
// on a line from 4 on.
func withCache(top string, routes ...string) string {
	text := "listen: ':1'\npools: { a: { backends: 'x:1' } }\nroutes:\n"
	for i, r := range routes {
		text += fmt.Sprintf("- { match: { path: /%d }, %s }\n", i, r)
	}
	return text + top
}

func TestRouteCachesWithTheDefaults(t *testing.T) {
	c := mustParse(t, withCache("", "pool: a, cache: {}", "pool: a"))
	want := &RouteCache{
		Zone: "default", Targeted: []string{"CDN-Cache-Control"}, HeuristicMax: 24 * time.Hour,
		StaleWhileRevalidate: 10 * time.Second, StaleIfError: time.Minute,
		ClientRevalidation: true, Collapse: true, CollapseWait: 5 * time.Second, UncacheableFor: 2 * time.Minute,
	}
	if got := c.Routes[0].Cache; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if c.Routes[1].Cache != nil {
		t.Errorf("a route without the key: %+v", c.Routes[1].Cache)
	}
}

func TestDefaultZoneIsThereWhenItIsNeeded(t *testing.T) {
	normal := Zone{Name: "default", Memory: 256 << 20}
	rows := []struct {
		name, text string
		want       []Zone
	}{
		{"nothing cached", withCache("", "pool: a"), nil},
		{"a route caches", withCache("", "pool: a, cache: {}"), []Zone{normal}},
		{"a route names it", withCache("", "pool: a, cache: { zone: default }"), []Zone{normal}},
		{"the section is there", withCache("cache: {}", "pool: a"), []Zone{normal}},
		{"described", withCache("cache: { max_object: 1MiB, memory: 64MiB }", "pool: a"), []Zone{{"default", 64 << 20, 1 << 20}}},
		{"beside others", withCache("cache: { zones: { b: 1MiB, a: { max_object: auto } } }", "pool: a"),
			[]Zone{normal, {Name: "b", Memory: 1 << 20}, {Name: "a", Memory: 256 << 20}}},
	}
	for _, row := range rows {
		if got := mustParse(t, row.text).Cache.Zones; !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got %+v, want %+v", row.name, got, row.want)
		}
	}
}

func TestCacheProblemsNameTheirPlace(t *testing.T) {
	rows := []struct{ name, text, want string }{
		{"default among the zones", withCache("cache: { zones: { default: 1GiB } }", "pool: a, cache: {}"),
			`f:5:19: cache.zones.default: is there anyway: cache.memory and cache.max_object describe it`},
		{"unknown zones", withCache("cache: { zones: { images: 1GiB } }", "pool: a, cache: { zone: image }", "pool: a, cache: { zone: defalt }", "pool: a, cache: { zone: q }"), `
f:4:50: routes[0].cache.zone: unknown zone "image" (did you mean "images"?)
f:5:50: routes[1].cache.zone: unknown zone "defalt" (did you mean "default"?)
f:6:50: routes[2].cache.zone: unknown zone "q"`},
		{"unknown zone without a section", withCache("", "pool: a, cache: { zone: b }"),
			`f:4:50: routes[0].cache.zone: unknown zone "b"`},
		{"zones that cannot be read are not unknown as well", withCache("cache: { zones: 5 }", "pool: a, cache: { zone: b }"),
			`f:5:17: cache.zones: needs a mapping from names to zones, not "5"`},
		{"nor is one in a section that cannot be read", withCache("cache: 5", "pool: a, cache: { zone: b }"),
			`f:5:8: cache: needs a mapping, not "5"`},
		{"objects too large for their zones", withCache("cache: { memory: 8MiB, max_object: 1025KiB, zones: { a.b: { memory: 8KiB }, c: { max_object: 33MiB } } }", "pool: a"), `
f:5:36: cache.max_object: is more than an eighth of the zone's memory, 8MiB
f:5:69: cache.zones."a.b".memory: "8KiB": has to be from 1MiB to 1024GiB
f:5:94: cache.zones.c.max_object: is more than an eighth of the zone's memory, 256MiB`},
		{"a limit below the zones in use", withCache("cache: { memory_limit: 1279MiB, zones: { b: 1GiB, c: 1GiB } }", "pool: a, cache: {}", "pool: a, cache: { zone: b }"),
			`f:6:24: cache.memory_limit: is less than the 1280MiB that the zones in use may hold`},
		{"routes without a backend", withCache("", "respond: 404, cache: {}", "redirect: /x, cache: { zone: default }"), `
f:4:47: routes[0].cache: has no effect with respond, which asks no backend
f:5:47: routes[1].cache: has no effect with redirect, which asks no backend`},
		{"keys without effect", withCache("", "pool: a, cache: { heuristic_max: 1h, collapse: false, collapse_wait: 1s, uncacheable_for: 1s }"), `
f:4:59: routes[0].cache.heuristic_max: has no effect while heuristic is off
f:4:95: routes[0].cache.collapse_wait: has no effect with collapse: false, where no request waits for another
f:4:116: routes[0].cache.uncacheable_for: has no effect with collapse: false, where no request waits for another`},
	}
	for _, row := range rows {
		if got, want := rejected(t, row.text), strings.TrimPrefix(row.want, "\n"); got != want {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", row.name, got, want)
		}
	}
}

func TestMemoryLimitLeavesOutZonesThatNobodyUses(t *testing.T) {
	mustParse(t, withCache("cache: { memory_limit: 1GiB, zones: { b: 1GiB, c: 1GiB } }", "pool: a, cache: { zone: b }"))
}

func TestRiskyCachesAreWarnedOf(t *testing.T) {
	const made = "differs from client to client, and the route is cached: unless the response varies by the field, every client gets what the backend made of the first one's"
	rows := []struct{ name, text, want string }{
		{"nothing", withCache("cache: { memory: 1MiB, zones: { b: 1GiB }, purge_from: 10.0.0.0/8 }", "pool: a, cache: {}", "pool: a, cache: { zone: b }"), ""},
		{"zones that no route uses", withCache("cache: { memory: 1MiB, zones: { b.c: 1GiB, d: 1GiB } }", "pool: a, cache: { zone: d }"), `
f:5:8: cache: no route uses the zone "default": a route caches by the key cache of its own
f:5:38: cache.zones."b.c": no route uses the zone "b.c": a route caches by the key cache of its own`},
		{"nothing is cached", withCache("cache: {}", "pool: a"),
			`f:5:8: cache: no route uses the zone "default": a route caches by the key cache of its own`},
		{"the default zone is there for others only", withCache("cache: { zones: { d: 1GiB } }", "pool: a, cache: { zone: d }"), ""},
		{"a limit alone", withCache("cache: { memory_limit: 1GiB }", "pool: a"), ""},
		{"purges from everywhere", withCache("cache: { purge_from: [10.0.0.0/8, '::/0'] }", "pool: a, cache: {}"),
			`f:5:35: cache.purge_from[1]: ::/0 lets every client purge`},
		{"cookies for everybody", withCache("", "pool: a, cache: { store_set_cookie: true }"),
			`f:4:62: routes[0].cache.store_set_cookie: every client gets the cookies that were set for the first`},
		{"fields that tell clients apart", withCache("", "pool: a, cache: {}, headers: { request: { set: { X-A: 'by {client_ip}', X-B: '{host}' }, add: { X-C: [x, '{request_id}'] } }, response: { set: { X-D: '{request_id}' } } }"), `
f:4:80: routes[0].headers.request.set.X-A: {client_ip} ` + made + `
f:4:127: routes[0].headers.request.add.X-C: {request_id} ` + made},
		{"the same where nothing is cached", withCache("", "pool: a, headers: { request: { set: { X-A: '{client_ip}' } } }"), ""},
	}
	for _, row := range rows {
		if got, want := Problems(mustParse(t, row.text).Warnings).Error(), strings.TrimPrefix(row.want, "\n"); got != want {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", row.name, got, want)
		}
	}
}

// TestCacheValuesAreChecked puts one value after another into a valid file. An
// empty want means that it is accepted.
func TestCacheValuesAreChecked(t *testing.T) {
	const (
		section = "cache: { %s }\nlisten: ':1'\npools: { a: { backends: 'x:1' } }\nroutes: [{ match: {}, pool: a, cache: {} }]\n"
		route   = "listen: ':1'\npools: { a: { backends: 'x:1' } }\nroutes: [{ match: {}, pool: a, cache: { %s } }]\n"
		meaning = "has a meaning of its own: targeted fields hold directives, as CDN-Cache-Control does (RFC 9213)"
	)
	rows := []struct{ frame, value, want string }{
		{section, "memory: 1MiB", ""},
		{section, "memory: 1048575B", "has to be from 1MiB to 1024GiB"},
		{section, "memory: 1024GiB", ""},
		{section, "memory: 1025GiB", "has to be from 1MiB to 1024GiB"},
		{section, "memory: 512", "needs a unit, such as 512B, 16KiB or 10MiB"},
		{section, "max_object: auto", ""},
		{section, "max_object: 1KiB", ""},
		{section, "max_object: 1023B", "has to be from 1KiB to 128GiB"},
		{section, "max_object: 32MiB", ""},
		{section, "max_object: 33554433B", "is more than an eighth of the zone's memory, 256MiB"},
		{section, "memory: 1024GiB, max_object: 128GiB", ""},
		{section, "memory_limit: auto", ""},
		{section, "memory: 1MiB, memory_limit: 64MiB", ""},
		{section, "memory: 1MiB, memory_limit: 67108863B", "has to be from 64MiB to 16384GiB"},
		{section, "memory_limit: 16384GiB", ""},
		{section, "memory_limit: 16385GiB", "has to be from 64MiB to 16384GiB"},
		{section, "memory_limit: 256MiB", ""},
		{section, "memory_limit: 255MiB", "is less than the 256MiB that the zones in use may hold"},
		{section, "zones: { -a: 1GiB }", "a name holds letters, digits, dashes, underscores and dots, and begins with a letter or digit"},
		{section, "purge_from: 10.0.0.1/8", "has bits set beyond its length: write 10.0.0.0/8"},
		{section, "purge_form: 10.0.0.1", `unknown key (did you mean "purge_from"?)`},

		{route, "zone: ''", "a name holds letters, digits, dashes, underscores and dots, and begins with a letter or digit"},
		{route, "targeted_headers: Weir-Cache-Control", ""},
		{route, "targeted_headers: off", ""},
		{route, "targeted_headers: []", "the list is empty: leave the key out, or write at least one element"},
		{route, "targeted_headers: [A-Cache-Control, a-cache-control]", "is in the list already"},
		{route, "targeted_headers: cache-control", "is read anyway, where none of the targeted fields is present"},
		{route, "targeted_headers: connection", "belongs to the connection or the framing of the message, which weir alone sets"},
		{route, "targeted_headers: 'a b'", "not a field name"},
		{route, "targeted_headers: [Surrogate-Control, X-CC]", ""},
		{route, "targeted_headers: [CDN-Cache-Control, Set-Cookie]", meaning},
		{route, "targeted_headers: etag", meaning},
		{route, "targeted_headers: Vary", meaning},
		{route, "targeted_headers: Expires", meaning},
		{route, "targeted_headers: Age", meaning},
		{route, "targeted_headers: Date", meaning},
		{route, "targeted_headers: Pragma", meaning},
		{route, "targeted_headers: Content_Type", meaning},
		{route, "targeted_headers: If-None-Match", meaning},
		{route, "targeted_headers: X-Forwarded-For", meaning},
		{route, "heuristic: off", ""},
		{route, "heuristic: 0%", ""},
		{route, "heuristic: 2.55%", ""},
		{route, "heuristic: 100%", ""},
		{route, "heuristic: 100.01%", "has to be from 0% to 100%"},
		{route, "heuristic: 2.555%", "has to be a share, such as 10% or 2.5%"},
		{route, "heuristic: -1%", "has to be a share, such as 10% or 2.5%"},
		{route, "heuristic: 0.1", "needs a unit, such as 10%"},
		{route, "heuristic: 10%, heuristic_max: 1s", ""},
		{route, "heuristic: 10%, heuristic_max: 999ms", "has to be from 1s to 8760h"},
		{route, "heuristic: 10%, heuristic_max: 8760h", ""},
		{route, "heuristic: 10%, heuristic_max: 8760h1s", "has to be from 1s to 8760h"},
		{route, "stale_while_revalidate: 0s, stale_if_error: 0s", ""},
		{route, "stale_while_revalidate: 8760h, stale_if_error: 8760h", ""},
		{route, "stale_while_revalidate: 8761h", "has to be from 0s to 8760h"},
		{route, "stale_if_error: 8761h", "has to be from 0s to 8760h"},
		{route, "negative: {}", ""},
		{route, "negative: { 300: 1s, 599: 8760h }", ""},
		{route, "negative: { 404: 0s }", "has to be from 1s to 8760h"},
		{route, "negative: { 404: 10 }", "needs a unit, such as 5s"},
		{route, "negative: { 299: 1s }", "has to be a status from 300 to 599"},
		{route, "negative: { 600: 1s }", "has to be a status from 300 to 599"},
		{route, "negative: { 0404: 1s }", "has to be a status from 300 to 599"},
		{route, "negative: { 4xx: 1s }", "has to be a status from 300 to 599"},
		{route, "negative: { 304: 1s }", "is about a stored response and never one itself"},
		{route, "negative: { 401: 1s }", "is the answer to a request's credentials: others have better ones"},
		{route, "negative: { 416: 1s }", "is the answer to a request's own conditions, which others do not share"},
		{route, "negative: { 429: 1s }", "may not be stored (RFC 6585, section 4)"},
		{route, "store_set_cookie: yes", "has to be true or false"},
		{route, "collapse_wait: 1ms", ""},
		{route, "collapse_wait: 0s", "has to be from 1ms to 300s"},
		{route, "collapse_wait: 5m", ""},
		{route, "collapse_wait: 301s", "has to be from 1ms to 300s"},
		{route, "uncacheable_for: 0s", ""},
		{route, "uncacheable_for: 24h", ""},
		{route, "uncacheable_for: 25h", "has to be from 0s to 24h"},

		{route, "key: { query: { allow: a, ignore: b } }", "has no effect beside allow, which leaves out every parameter it does not name"},
		{route, "key: { query: { ignore: [utm_*, '*', 'a%20b', 'f[]', A, a] } }", ""},
		{route, "key: { query: { ignore: [a, a] } }", "is in the list already"},
		{route, "key: { query: { allow: 'a*b' } }", "a * stands at the end only, for any rest of the name"},
		{route, "key: { query: { allow: 'a**' } }", "a * stands at the end only, for any rest of the name"},
		{route, "key: { query: { allow: 'a b' } }", "holds a byte that a target cannot: encode it as %XX"},
		{route, "key: { query: { ignore: 'é*' } }", "holds a byte that a target cannot: encode it as %XX"},
		{route, "key: { query: { ignore: a=b } }", "no name holds '=', which ends it"},
		{route, "key: { query: { ignore: 'a;b' } }", "no name holds ';', which ends it"},
		{route, "key: { query: { allow: '' } }", "the name of a query parameter has from 1 to 128 bytes and no control characters"},
		{route, "key: { query: { allow: " + strings.Repeat("x", 128) + "* } }", ""},
		{route, "key: { query: { allow: " + strings.Repeat("x", 129) + " } }", "the name of a query parameter has from 1 to 128 bytes and no control characters"},
		{route, "key: { headers: [X-Tenant, accept-language, X-Forwarded-Host] }", ""},
		{route, "key: { headers: [X-Tenant, x-tenant] }", "is in the list already"},
		{route, "key: { headers: Host }", "is part of every key"},
		{route, "key: { headers: Cookie }", "holds everything a client was ever given, so that no two would share an entry: name single ones under cookies"},
		{route, "key: { headers: Authorization }", "is a client's own: what answers it is shared only when the response says that it may be (RFC 9111, section 3.5)"},
		{route, "key: { headers: Range }", "asks for a part of a response: entries are whole, and parts are cut from them"},
		{route, "key: { headers: Pragma }", "is a wish to caches and changes no response"},
		{route, "key: { headers: X-Forwarded-Proto }", "is set by weir itself, from the scheme, which is part of every key"},
		{route, "key: { headers: X-Forwarded-For }", "is set by weir itself and differs from client to client or request to request"},
		{route, "key: { headers: TE }", "belongs to the connection or the framing of the message, which end at weir"},
		{route, "key: { headers: x_tenant }", "has an underscore, which many backends cannot tell from a dash: such fields do not reach backends of cached routes"},
		{route, "key: { headers: X-Real-IP }", "comes from trusted proxies only, and differs from client to client or request to request"},
		{route, "key: { headers: Tracestate }", "comes from trusted proxies only, and differs from client to client or request to request"},
		{route, "key: { headers: Set-Cookie }", "is a field of responses, and keys are made of requests"},
		{route, "key: { headers: [Accept, Vary] }", "is a field of responses, and keys are made of requests"},
		{route, "key: { headers: age }", "is a field of responses, and keys are made of requests"},
		{route, "key: { headers: Date }", "is a field of responses, and keys are made of requests"},
		{route, "key: { headers: [Origin, Content-Type, User-Agent] }", ""},
		{route, "key: { headers: 'a:b' }", "not a field name"},
		{route, "key: { cookies: [theme, Theme] }", ""},
		{route, "key: { cookies: 'a=b' }", "not the name of a cookie"},
		{route, "key: { cookies: " + strings.Repeat("x", 128) + " }", ""},
		{route, "key: { cookies: " + strings.Repeat("x", 129) + " }", "the name of a cookie has at most 128 bytes"},
	}
	for _, row := range rows {
		_, err := Parse("f", fmt.Appendf(nil, row.frame, row.value))
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%.200s: %v", row.value, err)
		case row.want != "" && err == nil:
			t.Errorf("%.200s: accepted, want %s", row.value, row.want)
		case row.want != "" && (!strings.HasSuffix(err.Error(), row.want) || strings.Contains(err.Error(), "\n")):
			t.Errorf("%.200s:\n%v\nwant ... %s", row.value, err, row.want)
		}
	}
}
