package proxy

import (
	"fmt"
	"strings"
	"testing"
)

func cachingConfig(address string) string {
	return fmt.Sprintf(`
listen: [":0"]
cache: { memory: 8MiB }
pools: { o: { backends: [%q] } }
routes:
  - { match: { host: a.test }, pool: o, cache: {} }
`, address)
}

// What a hit costs is what an entry costs that is looked up, judged and sent,
// with the route, the log's figures and every field a client gets.
func TestHitsAllocateNothing(t *testing.T) {
	for name, c := range map[string]struct {
		fields, lines string
		status        int
	}{
		"plain":       {"", "", 200},
		"variant":     {"Vary: Accept-Encoding, X-A\r\n", "X-A: 1\r\n", 200},
		"range":       {"", "Range: bytes=2-3\r\n", 206},
		"conditional": {"ETag: \"a\"\r\n", "If-None-Match: \"b\", \"a\"\r\n", 304},
		"directives":  {"", "Cache-Control: max-age=50, min-fresh=1\r\n", 200},
	} {
		t.Run(name, func(t *testing.T) {
			answer := "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCache-Control: max-age=60\r\n" + c.fields + "\r\nhello"
			p := serving(t, cachingConfig(origin(t, answer)))
			r := &recorder{}
			req := ask(t, r, "GET /x?y=z HTTP/1.1\r\nHost: a.test\r\nAccept-Encoding: gzip, br\r\nUser-Agent: t\r\n"+c.lines+"\r\n")
			p.Serve(req, r)
			got := testing.AllocsPerRun(500, func() { p.Serve(req, r) })
			if status := cacheStatus(r); r.status != c.status || !strings.HasPrefix(status, "weir; hit; ttl=") || !r.ended {
				t.Fatalf("got %d, %q", r.status, status)
			}
			if got > 0.5 {
				t.Errorf("%v allocations a hit", got)
			}
		})
	}
}

func cacheStatus(r *recorder) string {
	for i := range r.fields {
		if string(r.fields[i].Name) == "Cache-Status" {
			return string(r.fields[i].Value)
		}
	}
	return ""
}
