package proxy

import (
	"strings"
	"testing"
)

// TestPurgeIsForThoseWhoMay asks as 192.0.2.1, who has something stored.
func TestPurgeIsForThoseWhoMay(t *testing.T) {
	const stored = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nok"
	for _, c := range []struct {
		name, cache string
		purge       string // fields of the request
		status      int
		still       bool // stored afterwards, and fresh
	}{
		{"a stranger", "purge_from: [198.51.100.0/24]", "", 403, true},
		{"a stranger, hard", "purge_from: [198.51.100.0/24]", "Purge: hard\r\n", 403, true},
		{"a stranger who claims another address", "purge_from: [198.51.100.0/24]", "X-Forwarded-For: 198.51.100.1\r\n", 403, true},
		{"one who may", "purge_from: [192.0.2.0/24]", "", 200, false},
		{"one who may, hard", "purge_from: [192.0.2.0/24]", "Purge: hard\r\n", 200, false},
		// Then it is a method like any other, which the backend answers, and
		// which changes what is there as far as anybody knows.
		{"nobody is named", "memory: 1MiB", "", 200, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := strings.Replace(configFor(origin(t, stored)), "pool: o }", "pool: o, cache: {} }", 1)
			p := serving(t, conf+"cache: { "+c.cache+" }\n")
			r := &recorder{}
			head := " /x HTTP/1.1\r\nHost: a.test\r\n"
			p.Serve(ask(t, r, "GET"+head+"\r\n"), r)
			p.Serve(ask(t, r, "PURGE"+head+c.purge+"\r\n"), r)
			if r.status != c.status {
				t.Errorf("PURGE is answered with %d, want %d", r.status, c.status)
			}
			p.Serve(ask(t, r, "GET"+head+"Cache-Control: only-if-cached, min-fresh=1\r\n\r\n"), r)
			got := cacheStatus(r)
			if still := strings.HasPrefix(got, "weir; hit; ttl="); still != c.still {
				t.Errorf("afterwards: %d, %s", r.status, got)
			}
		})
	}
}
