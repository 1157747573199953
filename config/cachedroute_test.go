package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestCachedRoutesThatCannotBeMeant puts keys into a route that caches: each has
// to be refused, at the place it says.
func TestCachedRoutesThatCannotBeMeant(t *testing.T) {
	const (
		part      = "has the backend answer with a part, and the route is cached: parts are not stored"
		condition = "makes every request conditional, and the route is cached: weir sets conditions by what it has stored"
		age       = "says how old a stored response is, which weir alone knows: the route is cached"
		date      = "says when the backend made a response, which its age is counted from: the route is cached"
		status    = "says what a response has to do with the cache, which weir alone knows: the route is cached"
		span      = "says which part of a stored response is sent, which weir alone knows: the route is cached"
		noGET     = "has no effect: only responses to GET are stored, and match.methods does not have it"
	)
	rows := []struct{ keys, path, want string }{
		{"match: { methods: [POST, PUT] }", "cache", noGET},
		{"match: { methods: HEAD }", "cache", noGET},
		{"match: {}, headers: { request: { set: { Range: bytes=0-9 } } }", "headers.request.set.Range", part},
		{"match: {}, headers: { request: { add: { if_range: x } } }", "headers.request.add.if_range", part},
		{"match: {}, headers: { request: { add: { If-None-Match: [a, b] } } }", "headers.request.add.If-None-Match", condition},
		{"match: {}, headers: { request: { set: { If_Match: a } } }", "headers.request.set.If_Match", condition},
		{"match: {}, headers: { request: { set: { If-Modified-Since: a } } }", "headers.request.set.If-Modified-Since", condition},
		{"match: {}, headers: { request: { set: { If-Unmodified-Since: a } } }", "headers.request.set.If-Unmodified-Since", condition},
		{"match: {}, headers: { response: { set: { age: 0 } } }", "headers.response.set.age", age},
		{"match: {}, headers: { response: { add: { Age: [0, 1] } } }", "headers.response.add.Age", age},
		{"match: {}, headers: { response: { set: { Date: today } } }", "headers.response.set.Date", date},
		{"match: {}, headers: { response: { add: { Cache-Status: a } } }", "headers.response.add.Cache-Status", status},
		{"match: {}, headers: { response: { set: { Content-Range: a } } }", "headers.response.set.Content-Range", span},
		{"match: {}, headers: { response: { remove: [Server, Content-Range] } }", "headers.response.remove[1]", span},
	}
	for _, row := range rows {
		text := "listen: ':1'\npools: { a: { backends: 'x:1' } }\nroutes: [{ pool: a, " + row.keys + "%s }]\n"
		got := rejected(t, fmt.Sprintf(text, ", cache: {}"))
		if !strings.HasPrefix(got, "f:3:") || !strings.HasSuffix(got, ": routes[0]."+row.path+": "+row.want) || strings.Contains(got, "\n") {
			t.Errorf("%s:\n%s\nwant ... routes[0].%s: %s", row.keys, got, row.path, row.want)
		}
		mustParse(t, fmt.Sprintf(text, "")) // no harm where nothing is cached
	}
}

// TestCachedRoutesThatMayBeMeant does the same with what is warned of. An empty
// path means that it is accepted without a word.
func TestCachedRoutesThatMayBeMeant(t *testing.T) {
	const (
		vary    = "is for caches in front of weir, browsers included: which of the stored responses fits goes by the backend's Vary and by cache.key"
		coding  = "says how the body is coded, which stays as the backend sent it, in the store too"
		noStore = "no-store speaks to caches behind weir only: the route is cached, and stores what the response allows"
		unheard = "never gets to a backend, and tells only entries apart"
		name    = "is an unusual name for directives to caches: by convention it ends in -Cache-Control (RFC 9213)"
		cached  = "match: {}, cache: {}, headers: "
	)
	rows := []struct{ keys, path, want string }{
		{"match: { methods: [POST, GET] }, cache: {}", "", ""},
		{cached + "{ request: { remove: [Range, If-None-Match, Cache-Control] } }", "", ""},
		{cached + "{ request: { set: { Cache-Control: 'no-cache, x=no-store' } } }", "", ""},
		{cached + "{ request: { set: { Cache-Control: 'max-age=1,  No-Store' } } }", "headers.request.set.Cache-Control", noStore},
		{cached + "{ request: { add: { cache_control: [no-store, no-store] } } }", "headers.request.add.cache_control", noStore},
		{cached + "{ response: { remove: [Cache-Status, Via, Server, Pragma], set: { Cache-Control: no-cache } } }", "", ""},
		{cached + "{ response: { add: { Vary: Origin } } }", "headers.response.add.Vary", vary},
		{cached + "{ response: { set: { Vary: Origin } } }", "headers.response.set.Vary", vary},
		{cached + "{ response: { remove: Vary } }", "headers.response.remove[0]", vary},
		{cached + "{ response: { set: { Content-Encoding: gzip } } }", "headers.response.set.Content-Encoding", coding},
		{cached + "{ response: { remove: [A, Content-Encoding] } }", "headers.response.remove[1]", coding},
		{cached + "{ response: { remove: Age } }", "headers.response.remove[0]", "without it caches in front of weir, browsers included, take what is stored for new"},
		{cached + "{ response: { remove: Date } }", "headers.response.remove[0]", "without it caches in front of weir, browsers included, take what is stored for made when they get it"},
		{cached + "{ response: { add: { Via: 1.1 x } } }", "headers.response.add.Via", "says which way the response came, and for what is stored that is not the way of the request"},
		{"match: {}, headers: { request: { set: { Cache-Control: no-store } }, response: { remove: [Age, Vary] } }", "", ""},
		{"match: {}, cache: { targeted_headers: [A-Cache-Control, Surrogate-Control] }", "", ""},
		{"match: {}, cache: { targeted_headers: [A-Cache-Control, A-CC] }", "cache.targeted_headers[1]", name},
		{"match: {}, cache: { targeted_headers: a_cache_control }", "cache.targeted_headers[0]", name},
		{"match: {}, cache: { key: { headers: [A, B] } }, headers: { request: { add: { A: x } } }", "", ""},
		{"match: {}, cache: { key: { headers: [A, B-C] } }, headers: { request: { set: { B_C: x } } }", "cache.key.headers[1]",
			"the route itself sets or removes the field: what clients say in it " + unheard},
		{"match: {}, cache: { key: { headers: A } }, headers: { request: { remove: a } }", "cache.key.headers[0]",
			"the route itself sets or removes the field: what clients say in it " + unheard},
		{"match: {}, cache: { key: { headers: X-Forwarded-Prefix } }", "cache.key.headers[0]",
			"weir takes the field from trusted_proxies only, and there are none: what clients say in it " + unheard},
	}
	for _, row := range rows {
		c := mustParse(t, "listen: ':1'\npools: { a: { backends: 'x:1' } }\nroutes: [{ pool: a, "+row.keys+" }]\n")
		got, want := Problems(c.Warnings).Error(), ""
		if row.path != "" {
			want = ": routes[0]." + row.path + ": " + row.want
		}
		if strings.HasPrefix(got, "f:3:") != (want != "") || !strings.HasSuffix(got, want) || strings.Contains(got, "\n") || want == "" && got != "" {
			t.Errorf("%s:\n%s\nwant ... %s", row.keys, got, want)
		}
	}
}

func TestForwardedFieldsOfTrustedProxiesMayBeInKeys(t *testing.T) {
	c := mustParse(t, withCache("trusted_proxies: 10.0.0.0/8", "pool: a, cache: { key: { headers: [X-Forwarded-Host, X-Forwarded-Prefix] } }"))
	if len(c.Warnings) > 0 {
		t.Error(c.Warnings)
	}
}
