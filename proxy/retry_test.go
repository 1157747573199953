package proxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
)

// moody hangs up on its first request and answers the others.
func moody(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for first := true; ; first = false {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil && !first {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
			c.Close()
		}
	}()
	return ln.Addr().String()
}

// The only backend that can be claimed is tried again over a new connection,
// whether the pool has no others or they are out.
func TestTheOnlyBackendLeftIsTriedAgain(t *testing.T) {
	for _, others := range [][]string{nil, {"127.0.0.1:1"}, {"127.0.0.1:1", "127.0.0.1:2"}} {
		p := serving(t, configFor(append([]string{moody(t)}, others...)...))
		for _, b := range p.Snapshot().pools[0].balance.Backends()[1:] {
			b.SetDraining(true)
		}
		r := &recorder{}
		p.Serve(ask(t, r, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"), r)
		if r.status != 200 || !r.ended {
			t.Errorf("with %d others: status %d", len(others), r.status)
		}
	}
}
