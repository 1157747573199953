package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// smuggled is a request inside a body. No backend may ever be asked for it.
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

// noSmuggling demands that the backend was only ever asked for what was meant.
func noSmuggling(t *testing.T, origin *origintest.Server) {
	t.Helper()
	for _, got := range origin.Requests() {
		if got.Target == "/smuggled" {
			t.Errorf("a body was taken for a request: %q", got.Raw)
		}
		if err := got.Lint(); err != nil {
			t.Error(err)
		}
	}
}

// TestBodyBehindAnEarlyAnswerIsNoRequest: whoever answers before the body has
// been read, what is left of it is still a body.
func TestBodyBehindAnEarlyAnswerIsNoRequest(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, func(c *origintest.Conn) {
		c.Each(func(r *origintest.Request) error {
			if r.Target == "/early" {
				// The rest of the body may still come in time for the connection to
				// be kept; nothing on it would be answered.
				c.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nearly")
				return c.WaitClose()
			}
			return c.Send(origintest.OK(r.Target))
		})
	})
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - { match: { path: /fixed }, respond: { status: 200, body: fixed } }
  - { match: { path: /small }, pool: api, limits: { body: 1KiB } }
  - { match: { path: /elsewhere }, redirect: /there }
  - { match: { path: /put, methods: [PUT] }, pool: api }
  - { match: { prefix: / }, pool: api }
`, origin.Addr())})
	body := strings.Repeat(smuggled, 200)
	for _, path := range []string{"/early", "/fixed", "/small", "/elsewhere", "/put", "/a%2fb"} {
		for _, chunked := range []bool{false, true} {
			c := w.dial(t)
			head := request("POST", path, fmt.Sprintf("Content-Length: %d", len(body)))
			rest := body
			if chunked {
				head = request("POST", path, "Transfer-Encoding: chunked")
				rest = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
			}
			c.send(head + rest[:50])
			r := c.response("POST")
			c.offer(rest[50:] + corpusProbe)
			if r.value("Connection") == "close" {
				c.ended()
			} else if probe, err := c.tryResponse("GET"); err == nil && string(probe.body) != "/probe" {
				t.Errorf("%s, chunked %v: the next response is %v", path, chunked, probe)
			}
			c.conn.Close()
		}
	}
	noSmuggling(t, origin)
}

// TestHandshakeWithABodyIsNoTunnelForIt: an upgrade that is refused leaves an
// ordinary request with an ordinary body.
func TestHandshakeWithABodyIsNoTunnelForIt(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.ReplyWith(func(r *origintest.Request) string { return origintest.OK(r.Target) }))
	w := start(t, setup{conf: upgrading(origin.Addr()) + "  - { match: { prefix: / }, pool: api }\n"})
	c := w.dial(t)
	c.send(handshake("/ws", fmt.Sprintf("Content-Length: %d", len(smuggled))) + smuggled + corpusProbe)
	r := c.response("GET")
	if r.value("Connection") != "close" {
		if probe := c.response("GET"); string(probe.body) != "/probe" {
			t.Errorf("the next response is %v", probe)
		}
	}
	noSmuggling(t, origin)
}

// TestBytesBehindABodilessResponseReachNobody: what a backend sends behind a
// response to HEAD, a 204 or a 304 is not the answer to the next request.
func TestBytesBehindABodilessResponseReachNobody(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ method, answer string }{
		{"HEAD", origintest.OK("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")},
		{"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n"},
		{"GET", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"},
		{"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison"},
	} {
		w, _ := front(t, origintest.ReplyWith(func(r *origintest.Request) string {
			if r.Target == "/poison" {
				return row.answer
			}
			return origintest.OK(r.Target)
		}))
		for i := range 5 {
			c := w.dial(t)
			c.send(request(row.method, "/poison"))
			if r, err := c.tryResponse(row.method); err != nil || strings.Contains(string(r.body), "poison") {
				t.Errorf("%s %q: %v, %v", row.method, row.answer, r, err)
			}
			path := fmt.Sprintf("/clean/%d", i)
			if r := w.get(t, path).expect(t, 200); string(r.body) != path {
				t.Errorf("%s %q: the next client got %v", row.method, row.answer, r)
			}
		}
	}
}

// TestUnaskedContinueIsHarmless: 100 from a backend to a client that did not ask.
func TestUnaskedContinueIsHarmless(t *testing.T) {
	t.Parallel()
	w, _ := front(t, origintest.Reply("HTTP/1.1 100 Continue\r\n\r\n"+origintest.OK("fine")))
	for _, raw := range []string{request("GET", "/"), request("POST", "/", "Content-Length: 2") + "hi", "GET / HTTP/1.0\r\nHost: h\r\n\r\n"} {
		if r := w.do(t, raw).expect(t, 200); string(r.body) != "fine" {
			t.Errorf("%q: %v", raw, r)
		}
	}
}

// TestClientThatDoesNotWaitForContinue sends Expect and its body at once.
func TestClientThatDoesNotWaitForContinue(t *testing.T) {
	t.Parallel()
	w, origin := front(t, func(c *origintest.Conn) {
		c.Each(func(r *origintest.Request) error {
			if r.Has("Expect") {
				c.Continue()
			}
			if _, err := c.ReadBody(); err != nil {
				return err
			}
			return c.Send(origintest.OK("stored"))
		})
	})
	c := w.dial(t)
	c.send(request("PUT", "/", "Expect: 100-continue", "Content-Length: 5") + "hello" + request("GET", "/next"))
	c.response("PUT").expect(t, 200)
	c.response("GET").expect(t, 200)
	if got := origin.Requests(); len(got) != 2 || string(got[0].Body) != "hello" {
		t.Errorf("the backend received %d requests", len(got))
	}
	// HTTP/1.0 knows no 100: nobody waits, and none is sent.
	c = w.dial(t)
	c.send("PUT / HTTP/1.0\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
	if r := c.response("PUT").expect(t, 200); len(r.info) > 0 {
		t.Error("an HTTP/1.0 client was sent 100")
	}
}

// TestUploadGoesOnWhileDraining to its end.
func TestUploadGoesOnWhileDraining(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Echo)
	w := start(t, setup{conf: oneBackend(origin)})
	c := w.dial(t)
	c.send(request("POST", "/", "Content-Length: 10") + "hello")
	r := c.head("POST").expect(t, 200)
	c.atLeast(r, 5)
	w.signal(syscall.SIGTERM)
	await(t, "the listener is closed", func() bool { return refused(w.addr) })
	c.send("world")
	if c.rest(r); string(r.body) != "helloworld" {
		t.Errorf("body %q", r.body)
	}
	c.ended()
	if status := w.awaitExit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// TestSilentConnectionsAreClosed: one that never says anything, and one that
// stops in the middle of its second request.
func TestSilentConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	w, origin := limited(t)
	silent := w.dial(t)
	second := w.dial(t)
	second.send(request("GET", "/") + "GET /half HTTP/1.1\r\nHost: h\r\n")
	second.response("GET").expect(t, 200)
	if r, err := second.tryResponse("GET"); err != nil || r.status != 408 {
		t.Errorf("half a second request: %v, %v; want 408", r, err)
	}
	if r, err := silent.tryResponse("GET"); err == nil && r.status != 408 {
		t.Errorf("silence was answered with %v", r)
	}
	if n := len(origin.Requests()); n != 1 {
		t.Errorf("%d requests reached the backend", n)
	}
}

// TestLongStreamsOutliveEveryTimeout that is not about their silence.
func TestLongStreamsOutliveEveryTimeout(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for range 3 {
			c.Pause(400 * time.Millisecond)
			c.Chunk("tick ")
		}
		c.LastChunk()
	})
	w := start(t, setup{
		listen: "\n    timeouts: { header: 200ms, body_idle: 200ms, body_grace: 200ms, send_idle: 200ms, keep_alive: 200ms }",
		conf: fmt.Sprintf(`
pools:
  api: { backends: [%q], timeouts: { first_byte: 200ms, between_bytes: 5s, idle: 200ms } }
routes:
  - { match: { prefix: / }, pool: api }
`, origin.Addr())})
	c := w.dial(t)
	c.send(request("GET", "/"))
	if r := c.response("GET").expect(t, 200); string(r.body) != "tick tick tick " {
		t.Errorf("body %q", r.body)
	}
}
