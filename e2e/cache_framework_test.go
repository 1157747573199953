package e2e

import "testing"

// frameworkCases hold the suite to its own rules: on a route without a cache.
var frameworkCases = []cacheCase{
	{"9211 §2", "a route that does not cache says nothing of a cache", "off", []step{
		{res: ok("Cache-Control: max-age=60"), want: "off", has: []string{"!Age", "Cache-Control: max-age=60"}},
		{want: "off", has: []string{"!Age"}, asks: []string{"!If-None-Match"}},
		{res: reply(404), want: "off"},
	}},
}

// TestCacheStatusIsRead: what the suite takes for Cache-Status.
func TestCacheStatusIsRead(t *testing.T) {
	for _, row := range []struct {
		line, want string
		ok         bool
	}{
		{`weir; hit; ttl=59`, "hit; ttl=50..60; !fwd", true},
		{`weir;hit`, "hit", true},
		{`weir; fwd=uri-miss; fwd-status=200; stored; key="/a;b,c"`, "fwd=uri-miss; stored; fwd-status=200", true},
		{`"Other, one"; hit, weir; fwd=stale; detail=expired`, "fwd; detail=expired; !stored", true},
		{`weir; hit; ttl=-5`, "hit; ttl=-6..-4", true},
		{`weir; hit; ttl=70`, "ttl=50..60", false},
		{`weir; fwd=stale`, "hit", false},
		{`weir; fwd=stale; stored`, "!stored", false},
		{`weir; hit`, "off", false},
		{`other; hit`, "off", true},
		{`other; hit`, "hit", false},
		{`weir; hit, other; hit`, "hit", false},
		{`weir hit`, "", false},
		{`weir; hit; hit`, "hit", false},
		{`weir; ttl=`, "", false},
		{``, "fwd", false},
	} {
		got := cacheStatus(&response{fields: []field{{"cache-status", row.line}}})
		if err := got.fulfils(row.want); (err == nil) != row.ok {
			t.Errorf("%q and %q: %v", row.line, row.want, err)
		}
	}
}
