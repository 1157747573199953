package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// versioned is a configuration that tells its number at /version. The rest of it
// is the same for every number.
func versioned(addr string, n int) string {
	return fmt.Sprintf(`
pools:
  api: { backends: [%[1]q] }
  ws: { backends: [%[1]q] }
routes:
  - { match: { path: /version }, respond: { status: 200, body: "v%[2]d" } }
  - { match: { prefix: /api }, pool: api }
  - { match: { prefix: /ws }, pool: ws, upgrade: [websocket] }
  - { match: { prefix: /events }, pool: ws }
`, addr, n)
}

// versatile answers like an application: WebSocket at /ws, events at /events,
// anything else with its path.
func versatile(events <-chan string) func(*origintest.Conn) {
	return func(c *origintest.Conn) {
		r, err := c.ReadHead()
		for err == nil {
			switch {
			case strings.HasPrefix(r.Target, "/ws"):
				websocketEcho(c, r)
				return
			case strings.HasPrefix(r.Target, "/events"):
				c.Send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
				for e := range events {
					if c.Chunk("data: "+e+"\n\n") != nil {
						return
					}
				}
				c.LastChunk()
			default:
				c.ReadBody()
				c.Send(origintest.OK(r.Target))
			}
			r, err = c.ReadHead()
		}
	}
}

func websocketEcho(c *origintest.Conn, r *origintest.Request) {
	c.Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		origintest.AcceptKey(r.Value("Sec-WebSocket-Key")) + "\r\n\r\n")
	for {
		opcode, payload, _, err := origintest.ReadFrame(c)
		if err != nil {
			return
		}
		c.Write(origintest.AppendFrame(nil, opcode, payload, nil))
	}
}

func (w *weir) awaitVersion(n int) {
	w.t.Helper()
	want := fmt.Sprintf("v%d", n)
	await(w.t, "version "+want, func() bool { return string(w.get(w.t, "/version").body) == want })
}

// TestReloadsLoseNothing: a hundred reloads, every fifth of a bad file, under
// load, beside an open tunnel and an open event stream.
func TestReloadsLoseNothing(t *testing.T) {
	t.Parallel()
	events := make(chan string)
	origin := origintest.New(t, versatile(events))
	var closing sync.Once
	closeEvents := func() { closing.Do(func() { close(events) }) }
	t.Cleanup(closeEvents)
	w := start(t, setup{conf: versioned(origin.Addr(), 0)})

	tunnel := openWebSocket(t, w, "/ws")
	stream := w.dial(t)
	stream.send(request("GET", "/events"))
	sse := stream.head("GET").expect(t, 200)

	l := startLoad(t, w, 4, "/api/x")
	l.awaitMore(50)
	conns := origin.Conns()

	reloads := 100
	if testing.Short() {
		reloads = 15
	}
	want := 0
	for n := 1; n <= reloads; n++ {
		if n%5 == 0 {
			key := fmt.Sprintf("nonsense_%d", n)
			w.writeText(setup{conf: versioned(origin.Addr(), n)}.text(w.addr, w.admin, w.access) + key + ": true\n")
			w.signal(syscall.SIGHUP)
			w.awaitOutput(key)
			w.awaitVersion(want)
		} else {
			w.write(setup{conf: versioned(origin.Addr(), n)})
			w.signal(syscall.SIGHUP)
			w.awaitVersion(n)
			want = n
		}
		if n%10 == 0 {
			tunnel.echo(fmt.Sprintf("still here at %d", n))
			deliver(t, events, fmt.Sprint(n))
			stream.atLeast(sse, len(sse.body)+1)
		}
	}
	l.awaitMore(50)
	l.finish()
	if n := l.replaced.Load(); n > 0 {
		t.Errorf("%d client connections were closed by reloads", n)
	}
	if n := origin.Conns(); n > conns {
		t.Errorf("reloads cost %d new backend connections", n-conns)
	}
	tunnel.echo("and at the end")
	tunnel.conn.Close()
	closeEvents()
	stream.rest(sse)
	if got := strings.Count(string(sse.body), "data: "); got != reloads/10 {
		t.Errorf("%d events arrived", got)
	}
}

// TestChangedFileIsNoticed without a signal, however it was changed.
func TestChangedFileIsNoticed(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("")))
	w := start(t, setup{conf: versioned(origin.Addr(), 0)})
	w.awaitVersion(0)
	text := func(n int) string {
		return setup{conf: versioned(origin.Addr(), n)}.text(w.addr, w.admin, w.access)
	}
	w.writeText(text(1)) // renamed over, as editors do
	w.awaitVersion(1)
	if err := os.WriteFile(w.config, []byte(text(2)), 0o600); err != nil { // written in place
		t.Fatal(err)
	}
	w.awaitVersion(2)
	w.writeText("listen: [")
	await(t, "the bad file is complained of", func() bool { return strings.Contains(w.stderr.String(), filepath.Base(w.config)+":") })
	w.awaitVersion(2)
	w.writeText(text(3))
	w.awaitVersion(3)
}

// TestSwappedLinkIsNoticed: a mounted ConfigMap is a link to a directory that is
// replaced.
func TestSwappedLinkIsNoticed(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("")))
	w := start(t, setup{conf: versioned(origin.Addr(), 0)})
	dir := filepath.Dir(w.config)
	publish := func(n int) {
		t.Helper()
		data := filepath.Join(dir, fmt.Sprintf("..data_%d", n))
		link := filepath.Join(dir, "..data")
		text := setup{conf: versioned(origin.Addr(), n)}.text(w.addr, w.admin, w.access)
		steps := []error{
			os.Mkdir(data, 0o700),
			os.WriteFile(filepath.Join(data, "weir.yaml"), []byte(text), 0o600),
			os.Symlink(data, link+"_tmp"),
			os.Rename(link+"_tmp", link),
		}
		for _, err := range steps {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	publish(1)
	next := w.config + ".link"
	if err := os.Symlink(filepath.Join("..data", "weir.yaml"), next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, w.config); err != nil {
		t.Fatal(err)
	}
	w.awaitVersion(1)
	publish(2)
	w.awaitVersion(2)
}

// TestListenersFollowTheFile: what is new is opened, what is gone is closed, and
// what stays is not touched.
func TestListenersFollowTheFile(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	w := start(t, setup{conf: oneBackend(origin)})
	kept := w.dial(t)
	kept.send(request("GET", "/"))
	kept.response("GET").expect(t, 200)

	second := freeAddr(t)
	w.write(setup{listen: fmt.Sprintf("\n  - { name: second, address: %q }", second), conf: oneBackend(origin)})
	w.signal(syscall.SIGHUP)
	var guest *client
	await(t, "the second listener serves", func() bool {
		c, err := tryDial(t, second)
		if err == nil {
			guest = c
		}
		return err == nil
	})
	guest.send(request("GET", "/"))
	guest.response("GET").expect(t, 200)

	w.write(setup{conf: oneBackend(origin)})
	w.signal(syscall.SIGHUP)
	await(t, "the second listener is closed", func() bool {
		c, err := tryDial(t, second)
		if err == nil {
			c.conn.Close()
		}
		return err != nil
	})
	guest.ended()
	kept.send(request("GET", "/"))
	kept.response("GET").expect(t, 200)
}

// TestListenerThatCannotOpenChangesNothing: the old configuration stays whole.
func TestListenerThatCannotOpenChangesNothing(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("")))
	w := start(t, setup{conf: versioned(origin.Addr(), 0)})
	w.write(setup{listen: fmt.Sprintf("\n  - { name: taken, address: %q }", origin.Addr()), conf: versioned(origin.Addr(), 1)})
	w.signal(syscall.SIGHUP)
	w.awaitOutput("address already in use")
	w.awaitVersion(0)
	w.write(setup{conf: versioned(origin.Addr(), 2)})
	w.signal(syscall.SIGHUP)
	w.awaitVersion(2)
}

// TestRequestKeepsTheConfigurationItBeganWith: a reload while a request is under
// way changes the next one.
func TestRequestKeepsTheConfigurationItBeganWith(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	origin := origintest.New(t, func(c *origintest.Conn) {
		c.Each(func(r *origintest.Request) error {
			if err := c.Wait(release); err != nil {
				return err
			}
			return c.Send(origintest.OK("from the backend"))
		})
	})
	w := start(t, setup{conf: fmt.Sprintf("pools: { api: { backends: [%q] } }\nroutes:\n  - { match: { host: h }, pool: api }\n", origin.Addr())})
	c := w.dial(t)
	c.send(request("GET", "/"))
	await(t, "the request reaches the backend", func() bool { return len(origin.Requests()) == 1 })
	w.write(setup{conf: "routes:\n  - { match: { prefix: / }, respond: { status: 200, body: fixed } }\n"})
	w.signal(syscall.SIGHUP)
	await(t, "the new route applies", func() bool { return probeBody(w) == "fixed" })
	close(release)
	if r := c.response("GET").expect(t, 200); string(r.body) != "from the backend" {
		t.Errorf("body %q", r.body)
	}
	c.send(request("GET", "/"))
	if r := c.response("GET").expect(t, 200); string(r.body) != "fixed" {
		t.Errorf("the next request got %q", r.body)
	}
	await(t, "the connections of the pool that is gone are closed", func() bool { return origin.Open() == 0 })
}

// probeBody asks for another host than h and returns the body of the answer.
func probeBody(w *weir) string {
	c, err := tryDial(w.t, w.addr)
	if err != nil {
		return ""
	}
	defer c.conn.Close()
	c.offer(request("GET", "/", "Host: probe"))
	r, err := c.tryResponse("GET")
	if err != nil {
		return ""
	}
	return string(r.body)
}
