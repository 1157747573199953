package e2e

import (
	"fmt"
	"net"
	"path/filepath"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

func TestListenerOnUnixSocket(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	path := filepath.Join(t.TempDir(), "weir.sock")
	w := start(t, setup{listen: fmt.Sprintf("\n  - { name: local, address: %q }", "unix:"+path), conf: oneBackend(origin)})
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := &client{t: t, conn: conn}
	for range 2 {
		c.send(request("GET", "/", "X-Forwarded-For: "+spoofedAddr))
		c.response("GET").expect(t, 200)
	}
	for _, got := range origin.Requests() {
		if forged(got.Head) || got.Lint() != nil {
			t.Errorf("forwarded %q: %v", got.Head, got.Lint())
		}
	}
	w.get(t, "/").expect(t, 200)
}

func TestListenerOnIPv6(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	addr := ln.Addr().String()
	ln.Close()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	start(t, setup{listen: fmt.Sprintf("\n  - { name: six, address: %q }", addr), conf: oneBackend(origin)})
	c := dial(t, addr)
	c.send(request("GET", "/", "Host: [::1]:80"))
	c.response("GET").expect(t, 200)
	if got := origin.Requests()[0]; got.Value("X-Forwarded-For") != "::1" || got.Value("Host") != "[::1]:80" {
		t.Errorf("forwarded %q", got.Head)
	}
}

// TestConnectionsAreCapped: more clients than the listener may hold
// cost nobody else anything.
func TestConnectionsAreCapped(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	w := start(t, setup{listen: "\n    limits: { connections: 5 }", conf: oneBackend(origin)})
	var held []*client
	for range 5 {
		c := w.dial(t)
		c.send(request("GET", "/"))
		c.response("GET").expect(t, 200)
		held = append(held, c)
	}
	// Whether the sixth waits or is turned away, the five are served on.
	extra := w.dial(t)
	extra.offer(request("GET", "/"))
	for _, c := range held {
		c.send(request("GET", "/"))
		c.response("GET").expect(t, 200)
		c.conn.Close()
	}
	await(t, "there is room again", func() bool {
		c := w.dial(t)
		defer c.conn.Close()
		c.offer(request("GET", "/"))
		r, err := c.tryResponse("GET")
		return err == nil && r.status == 200
	})
}
