package e2e

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// held is a backend that holds every answer back until release is closed.
func held(t *testing.T, release <-chan struct{}) *origintest.Server {
	return origintest.New(t, func(c *origintest.Conn) {
		c.Each(func(r *origintest.Request) error {
			c.ReadBody()
			if err := c.Wait(release); err != nil {
				return err
			}
			return c.Send(origintest.OK("at last"))
		})
	})
}

func TestStopFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	origin := held(t, release)
	w := start(t, setup{conf: oneBackend(origin)})
	idle := w.dial(t)
	idle.send("GET / HTTP/1.1\r\n") // half a head: in flight, but never to be complete
	idle.conn.Close()

	const n = 20
	var clients []*client
	for i := range n {
		c := w.dial(t)
		if i%2 == 0 {
			c.send(request("GET", "/"))
		} else {
			c.send(request("POST", "/", "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n")
		}
		clients = append(clients, c)
	}
	await(t, "all requests are at the backend", func() bool { return len(origin.Requests()) == n })
	w.signal(syscall.SIGTERM)
	await(t, "the listener is closed", func() bool { return refused(w.addr) })
	if !w.running() {
		t.Fatal("weir ended with requests in flight")
	}
	close(release)
	for i, c := range clients {
		r, err := c.tryResponse("GET")
		if err != nil || r.status != 200 || string(r.body) != "at last" {
			t.Errorf("request %d: %v, %v", i, r, err)
			continue
		}
		if !strings.EqualFold(r.value("Connection"), "close") {
			t.Errorf("request %d: the client is not told that the connection ends", i)
		}
	}
	if status := w.awaitExit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// TestReadinessFailsFirst: while the delay lasts, weir says that it is leaving
// and serves on; a second signal ends it at once.
func TestReadinessFailsFirst(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	w := start(t, setup{drain: "{ delay: 1h, timeout: 1h }", conf: oneBackend(origin)})
	w.signal(syscall.SIGTERM)
	await(t, "readiness fails", func() bool {
		status, _, err := w.adminGet("/readyz")
		return err == nil && status == 503
	})
	if status, _, err := w.adminGet("/livez"); err != nil || status != 200 {
		t.Errorf("/livez: %d, %v", status, err)
	}
	r := w.get(t, "/").expect(t, 200)
	if !strings.EqualFold(r.value("Connection"), "close") {
		t.Errorf("a response while draining does not ask to close: %q", r.head)
	}
	w.insist()
	if status := w.awaitExit(); status != 1 && status != -1 {
		t.Errorf("exit status %d, want 1: it was cut short", status)
	}
}

func TestTunnelIsWaitedFor(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.WebSocketEcho)
	w := start(t, setup{conf: upgrading(origin.Addr())})
	c := openWebSocket(t, w, "/ws")
	w.signal(syscall.SIGTERM)
	await(t, "the listener is closed", func() bool { return refused(w.addr) })
	c.echo("still open")
	c.send(string(origintest.AppendFrame(nil, origintest.CloseFrame, nil, []byte("mask"))))
	c.exact("\x88\x00")
	c.ended()
	c.conn.Close()
	if status := w.awaitExit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestTunnelIsCutAtTheDeadline(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.WebSocketEcho)
	w := start(t, setup{drain: "{ delay: 0s, timeout: 300ms }", conf: upgrading(origin.Addr())})
	c := openWebSocket(t, w, "/ws")
	c.echo("here")
	w.signal(syscall.SIGTERM)
	c.ended()
	if status := w.awaitExit(); status != 3 {
		t.Errorf("exit status %d, want 3", status)
	}
}

func refused(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		conn.Close()
	}
	return err != nil
}

// TestStopUnderLoadFailsNoRequest: clients that connect, ask and are answered
// until nobody listens any more.
func TestStopUnderLoadFailsNoRequest(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	w := start(t, setup{drain: "{ delay: 200ms, timeout: 20s }", conf: oneBackend(origin)})
	l := startLoad(t, w, 8, "/")
	l.endsWhenRefused.Store(true)
	l.awaitMore(500)
	w.signal(syscall.SIGTERM)
	if status := w.awaitExit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	l.finish()
}

// TestDeadBackendFailsNoGet: one of three backends is killed under load.
func TestDeadBackendFailsNoGet(t *testing.T) {
	t.Parallel()
	for _, health := range []string{"", ", health: { path: /, interval: 100ms, fall: 2 }"} {
		procs := []*process{startProcess(t), startProcess(t), startProcess(t)}
		w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q, %q, %q]%s }
routes:
  - { match: { prefix: / }, pool: api }
`, procs[0].addr, procs[1].addr, procs[2].addr, health)})
		l := startLoad(t, w, 8, "/")
		l.awaitMore(300)
		procs[1].kill()
		l.awaitMore(2000)
		l.finish()
		if n := l.replaced.Load(); n > 0 {
			t.Errorf("%d client connections were closed", n)
		}
	}
}

// TestProbedBackendLosesAndRegainsTraffic: probes alone decide here, since no
// request is sent while the backend dies and returns.
func TestProbedBackendLosesAndRegainsTraffic(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex // guards sick
	sick := false
	setSick := func(v bool) {
		mu.Lock()
		defer mu.Unlock()
		sick = v
	}
	a := origintest.New(t, origintest.ReplyWith(func(r *origintest.Request) string {
		mu.Lock()
		defer mu.Unlock()
		if r.Target == "/healthz" && sick {
			return "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
		}
		return origintest.OK("a")
	}))
	b := origintest.New(t, origintest.Reply(origintest.OK("b")))
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q, %q], health: { path: /healthz, interval: 50ms, timeout: 1s, rise: 2, fall: 2 } }
routes:
  - { match: { prefix: / }, pool: api }
`, a.Addr(), b.Addr())})
	seen := func() string {
		answers := map[string]bool{}
		for range 6 {
			answers[string(w.get(t, "/").expect(t, 200).body)] = true
		}
		switch {
		case answers["a"] && answers["b"]:
			return "both"
		case answers["a"]:
			return "a"
		}
		return "b"
	}
	await(t, "both serve", func() bool { return seen() == "both" })
	setSick(true)
	await(t, "the sick one gets no traffic", func() bool { return seen() == "b" })
	setSick(false)
	await(t, "it is back", func() bool { return seen() == "both" })
}
