package e2e

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// limited is a weir whose limits are small, and its backend.
func limited(t *testing.T) (*weir, *origintest.Server) {
	t.Helper()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	w := start(t, setup{
		listen: `
    timeouts: { header: 500ms, body_idle: 500ms, keep_alive: 1s }
    limits: { header_bytes: 4KiB, header_fields: 20, target_bytes: 1KiB }`,
		conf: fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - { match: { prefix: / }, pool: api, limits: { body: 1KiB } }
  - { match: { prefix: /free }, pool: api, limits: { body: unlimited } }
`, origin.Addr())})
	return w, origin
}

// rejected demands an answer with status and the end of the connection, and that
// nothing reached the backend.
func rejected(t *testing.T, c *client, origin *origintest.Server, status int) {
	t.Helper()
	r := c.response("GET").expect(t, status)
	if !strings.EqualFold(r.value("Connection"), "close") {
		t.Errorf("%d without Connection: close", status)
	}
	c.ended()
	if n := len(origin.Requests()); n > 0 {
		t.Errorf("%d requests reached the backend", n)
	}
}

func TestSlowHeadIsAnswered408(t *testing.T) {
	t.Parallel()
	w, origin := limited(t)
	c := w.dial(t)
	c.send("GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ")
	rejected(t, c, origin, 408)
}

// TestDrippedHeadIsAnswered408: bytes that keep coming do not move the deadline.
func TestDrippedHeadIsAnswered408(t *testing.T) {
	t.Parallel()
	w, origin := limited(t)
	c := w.dial(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		drip(c, "GET / HTTP/1.1\r\nHost: h\r\nX-Slow: "+strings.Repeat("z", 4000), stop)
	}()
	rejected(t, c, origin, 408)
	close(stop)
	<-stopped
}

func TestIdleConnectionIsClosedWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	w, _ := limited(t)
	c := w.dial(t)
	c.send(request("GET", "/"))
	c.response("GET").expect(t, 200)
	c.ended()
}

func TestStalledUploadIsAnswered408(t *testing.T) {
	t.Parallel()
	w, origin := limited(t)
	for _, upload := range []string{
		request("POST", "/", "Content-Length: 10") + "hello",
		request("POST", "/", "Transfer-Encoding: chunked") + "5\r\nhello\r\n",
	} {
		c := w.dial(t)
		c.send(upload)
		r, err := c.tryResponse("POST")
		if err != nil || r.status != 408 {
			t.Errorf("%v, %v; want 408", r, err)
		}
		await(t, "the backend's connection ends", func() bool { return origin.Open() == 0 })
	}
	for _, got := range origin.Requests() {
		if got.Complete {
			t.Errorf("a stalled upload looked complete: %q", got.Raw)
		}
	}
}

func TestHeadOverTheLimitsIsRejected(t *testing.T) {
	t.Parallel()
	w, origin := limited(t)
	rows := []struct {
		name   string
		raw    string
		status int
	}{
		{"target at the limit", request("GET", "/"+strings.Repeat("a", 1023)), 200},
		{"target one past", request("GET", "/"+strings.Repeat("a", 1024)), 414},
		{"target far past", request("GET", "/"+strings.Repeat("a", 100_000)), 414},
		{"endless target", "GET /" + strings.Repeat("a", 50_000), 414},
		{"fields at the limit", request("GET", "/", manyFields(19)...), 200},
		{"fields one past", request("GET", "/", manyFields(20)...), 431},
		{"many fields", request("GET", "/", manyFields(300)...), 431},
		{"head at the limit", exactHead(4096), 200},
		{"head one past", exactHead(4097), 431},
		{"field far past", request("GET", "/", "X-Big: "+strings.Repeat("b", 100_000)), 431},
		{"endless field", "GET / HTTP/1.1\r\nHost: h\r\nX-Big: " + strings.Repeat("b", 50_000), 431},
	}
	for _, row := range rows {
		origin.Forget()
		c := w.dial(t)
		c.offer(row.raw)
		if row.status == 200 {
			if r, err := c.tryResponse("GET"); err != nil || r.status != 200 {
				t.Errorf("%s: %v, %v", row.name, r, err)
			}
			continue
		}
		r, err := c.tryResponse("GET")
		if err != nil || r.status != row.status {
			t.Errorf("%s: %v, %v; want %d", row.name, r, err, row.status)
		}
		if n := len(origin.Requests()); n > 0 {
			t.Errorf("%s: %d requests reached the backend", row.name, n)
		}
	}
}

// manyFields returns n field lines; the Host comes on top.
func manyFields(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("X-F%d: v", i)
	}
	return lines
}

// exactHead returns a request whose head has exactly n bytes.
func exactHead(n int) string {
	empty := request("GET", "/", "X-Pad: ")
	return request("GET", "/", "X-Pad: "+strings.Repeat("p", n-len(empty)))
}

func TestBodyOverTheLimitIsAnswered413(t *testing.T) {
	t.Parallel()
	w, origin := limited(t)
	chunks := func(n int) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", n, strings.Repeat("x", n)) }
	rows := []struct {
		name   string
		raw    string
		status int
	}{
		{"length at the limit", request("POST", "/", "Content-Length: 1024") + strings.Repeat("x", 1024), 200},
		{"length one past", request("POST", "/", "Content-Length: 1025") + strings.Repeat("x", 1025), 413},
		{"length far past, no body sent", request("POST", "/", "Content-Length: 9000000000000000000"), 413},
		{"length past, expecting 100", request("POST", "/", "Content-Length: 1025", "Expect: 100-continue"), 413},
		{"chunked at the limit", request("POST", "/", "Transfer-Encoding: chunked") + chunks(1024), 200},
		{"chunked one past", request("POST", "/", "Transfer-Encoding: chunked") + chunks(1025), 413},
		{"chunked far past", request("POST", "/", "Transfer-Encoding: chunked") + chunks(1<<20), 413},
		{"no limit", request("POST", "/free", "Transfer-Encoding: chunked") + chunks(1<<20), 200},
	}
	for _, row := range rows {
		origin.Forget()
		c := w.dial(t)
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			c.offer(row.raw)
		}()
		r, err := c.tryResponse("POST")
		if err != nil || r.status != row.status {
			t.Errorf("%s: %v, %v; want %d", row.name, r, err, row.status)
		}
		c.conn.Close()
		<-sent
		for _, got := range origin.Requests() {
			if row.status == 413 && got.Complete {
				t.Errorf("%s: the backend was sent a complete request", row.name)
			}
		}
	}
}

// TestPrematureEndOfHeadIsNoRequest: half a head and a close reach no backend.
func TestPrematureEndOfHeadIsNoRequest(t *testing.T) {
	t.Parallel()
	w, origin := limited(t)
	raw := request("GET", "/", "X-A: b")
	for k := range len(raw) {
		c := w.dial(t)
		c.send(raw[:k])
		c.halfClose()
		r, err := c.tryResponse("GET")
		if !errors.Is(err, errNothing) && (err != nil || r.status < 400) {
			t.Errorf("%d bytes: %v, %v", k, r, err)
		}
	}
	if n := len(origin.Requests()); n > 0 {
		t.Errorf("%d requests reached the backend", n)
	}
}

func TestConnectionsPerAddressAreLimited(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	w := start(t, setup{listen: "\n    limits: { connections_per_address: 3 }", conf: oneBackend(origin)})
	var conns []*client
	for range 3 {
		c := w.dial(t)
		c.send(request("GET", "/"))
		c.response("GET").expect(t, 200)
		conns = append(conns, c)
	}
	extra := w.dial(t)
	extra.offer(request("GET", "/"))
	if r, err := extra.tryResponse("GET"); err == nil && r.status == 200 {
		t.Error("a fourth connection was served")
	}
	for _, c := range conns {
		c.conn.Close()
	}
	await(t, "the places are free again", func() bool {
		c, err := tryDial(t, w.addr)
		if err != nil {
			return false
		}
		defer c.conn.Close()
		c.offer(request("GET", "/"))
		r, err := c.tryResponse("GET")
		return err == nil && r.status == 200
	})
}
