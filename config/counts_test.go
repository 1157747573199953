package config

import (
	"fmt"
	"strings"
	"testing"
)

// each joins n texts made from their numbers.
func each(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestCountsAreLimited(t *testing.T) {
	const routes = "routes: [{ match: {}, respond: 404 }]\n"
	matching := func(m string) string {
		return "listen: ':1'\nroutes: [{ match: { " + m + " }, respond: 404 }]\n"
	}
	cached := func(keys string) string {
		return "listen: ':1'\npools: { a: { backends: 'x:1' } }\nroutes: [{ match: {}, pool: a, cache: { " + keys + " } }]\n"
	}
	rows := []struct {
		name  string
		limit int
		text  func(n int) string
		want  string // past the limit
	}{
		{"file", 1 << 20, func(n int) string {
			text := "listen: ':1'\n" + routes
			return text + strings.Repeat("#", n-len(text))
		}, "f: the file is larger than 1MiB"},
		{"listeners", 64, func(n int) string { return routes + "listen: [" + each(n, "'10.0.0.1:%d',") + "]" },
			"f:2:9: listen: 65 elements: at most 64 are allowed"},
		{"trusted proxies", 1000, func(n int) string {
			return routes + "listen: ':1'\ntrusted_proxies: [" + each(n, "'2001:db8::%x',") + "]"
		}, "f:3:18: trusted_proxies: 1001 elements: at most 1000 are allowed"},
		{"pools", 1000, func(n int) string { return routes + "listen: ':1'\npools:\n" + each(n, "  p%d: { backends: 'a:1' }\n") },
			"f:4:3: pools: 1001 keys: at most 1000 are allowed"},
		{"backends", 1000, func(n int) string {
			return routes + "listen: ':1'\npools: { p: { backends: [" + each(n, "'b%d:1',") + "] } }"
		},
			"f:3:25: pools.p.backends: 1001 elements: at most 1000 are allowed"},
		{"status ranges", 32, func(n int) string {
			return routes + "listen: ':1'\npools: { p: { backends: 'a:1', health: { expect: [" + strings.Repeat("200,", n) + "] } } }"
		}, "f:3:50: pools.p.health.expect: 33 elements: at most 32 are allowed"},
		{"routes", 10_000, func(n int) string {
			return "listen: ':1'\nroutes:\n" + each(n, "- { match: { path: /%d }, respond: 404 }\n")
		},
			"f:3:1: routes: 10001 elements: at most 10000 are allowed"},
		{"hosts", 100, func(n int) string { return matching("host: [" + each(n, "h%d,") + "]") },
			"f:2:27: routes[0].match.host: 101 elements: at most 100 are allowed"},
		{"methods", 20, func(n int) string { return matching("methods: [" + each(n, "M%d,") + "]") },
			"f:2:30: routes[0].match.methods: 21 elements: at most 20 are allowed"},
		{"conditions on fields", 20, func(n int) string { return matching("headers: {" + each(n, "h%d: x,") + "}") },
			"f:2:30: routes[0].match.headers: 21 keys: at most 20 are allowed"},
		{"conditions on the query", 20, func(n int) string { return matching("query: {" + each(n, "h%d: x,") + "}") },
			"f:2:28: routes[0].match.query: 21 keys: at most 20 are allowed"},
		{"fields to set", 100, func(n int) string {
			return "listen: ':1'\nroutes: [{ match: {}, respond: 404, headers: { response: { set: {" + each(n, "h%d: x,") + "} } } }]"
		}, "f:2:65: routes[0].headers.response.set: 101 keys: at most 100 are allowed"},
		{"values to add", 100, func(n int) string {
			return "listen: ':1'\nroutes: [{ match: {}, respond: 404, headers: { response: { add: { a: [" + each(n, "x%d,") + "] } } } }]"
		}, "f:2:70: routes[0].headers.response.add.a: 101 elements: at most 100 are allowed"},
		{"fields to remove", 100, func(n int) string {
			return "listen: ':1'\nroutes: [{ match: {}, respond: 404, headers: { response: { remove: [" + each(n, "x%d,") + "] } } }]"
		}, "f:2:68: routes[0].headers.response.remove: 101 elements: at most 100 are allowed"},
		{"zones", 64, func(n int) string { return routes + "listen: ':1'\ncache: { zones: {" + each(n, "z%d: 1MiB,") + "} }" },
			"f:3:17: cache.zones: 65 keys: at most 64 are allowed"},
		{"addresses that may purge", 1000, func(n int) string {
			return routes + "listen: ':1'\ncache: { purge_from: [" + each(n, "'2001:db8::%x',") + "] }"
		}, "f:3:22: cache.purge_from: 1001 elements: at most 1000 are allowed"},
		{"targeted fields", 10, func(n int) string { return cached("targeted_headers: [" + each(n, "h%d,") + "]") },
			"f:3:59: routes[0].cache.targeted_headers: 11 elements: at most 10 are allowed"},
		{"statuses with a lifetime", 32, func(n int) string {
			return cached("negative: {" + each(10, "45%d: 1s,") + each(10, "46%d: 1s,") + each(10, "47%d: 1s,") + each(n-30, "48%d: 1s,") + "}")
		},
			"f:3:51: routes[0].cache.negative: 33 keys: at most 32 are allowed"},
		{"parameters of the key", 100, func(n int) string { return cached("key: { query: { allow: [" + each(n, "p%d,") + "] } }") },
			"f:3:64: routes[0].cache.key.query.allow: 101 elements: at most 100 are allowed"},
		{"parameters not of the key", 100, func(n int) string { return cached("key: { query: { ignore: [" + each(n, "p%d,") + "] } }") },
			"f:3:65: routes[0].cache.key.query.ignore: 101 elements: at most 100 are allowed"},
		{"fields of the key", 20, func(n int) string { return cached("key: { headers: [" + each(n, "h%d,") + "] }") },
			"f:3:57: routes[0].cache.key.headers: 21 elements: at most 20 are allowed"},
		{"cookies of the key", 20, func(n int) string { return cached("key: { cookies: [" + each(n, "c%d,") + "] }") },
			"f:3:57: routes[0].cache.key.cookies: 21 elements: at most 20 are allowed"},
		{"upgrades", 8, func(n int) string {
			return "listen: ':1'\npools: { a: { backends: 'x:1' } }\nroutes: [{ match: {}, pool: a, upgrade: [" + each(n, "p%d,") + "] }]"
		}, "f:3:41: routes[0].upgrade: 9 elements: at most 8 are allowed"},
	}
	for _, row := range rows {
		if _, err := Parse("f", []byte(row.text(row.limit))); err != nil {
			t.Errorf("%s at the limit: %.300v", row.name, err)
		}
		_, err := Parse("f", []byte(row.text(row.limit+1)))
		if err == nil || err.Error() != row.want {
			t.Errorf("%s past the limit:\n%.300v\nwant\n%s", row.name, err, row.want)
		}
	}
}
