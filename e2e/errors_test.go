package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// blackhole returns an address whose handshakes are never completed: a listener
// whose queue is full.
func blackhole(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(fd)
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", sa.(*syscall.SockaddrInet4).Port)
	for range 4 {
		go func() {
			if c, err := net.Dial("tcp", addr); err == nil {
				t.Cleanup(func() { c.Close() })
			}
		}()
	}
	return addr
}

// failing is a weir with a route to every kind of backend that fails.
func failing(t *testing.T) *weir {
	t.Helper()
	silent := origintest.New(t, func(c *origintest.Conn) { c.WaitClose() })
	closing := origintest.New(t, func(c *origintest.Conn) { c.ReadHead() })
	garbage := origintest.New(t, origintest.Reply("garbage\r\n\r\n"))
	big := origintest.New(t, origintest.Reply("HTTP/1.1 200 OK\r\nX-Big: "+strings.Repeat("b", 1<<20)+"\r\nContent-Length: 0\r\n\r\n"))
	held := origintest.New(t, func(c *origintest.Conn) { c.WaitClose() })
	return start(t, setup{conf: fmt.Sprintf(`
pools:
  dead: { backends: [%q] }
  silent: { backends: [%q], timeouts: { first_byte: 200ms } }
  closing: { backends: [%q] }
  garbage: { backends: [%q] }
  big: { backends: [%q] }
  hole: { backends: [%q], timeouts: { connect: 200ms } }
  full: { backends: [%q], max_requests: 1 }
  sick: { backends: [%q], health: { path: /, interval: 20ms, fall: 1 } }
  tls: { backends: [%q], tls: true }
routes:
  - { match: { prefix: /dead }, pool: dead }
  - { match: { prefix: /silent }, pool: silent }
  - { match: { prefix: /closing }, pool: closing }
  - { match: { prefix: /garbage }, pool: garbage }
  - { match: { prefix: /big }, pool: big }
  - { match: { prefix: /hole }, pool: hole }
  - { match: { prefix: /full }, pool: full }
  - { match: { prefix: /sick }, pool: sick }
  - { match: { prefix: /tls }, pool: tls }
`, deadAddr(t), silent.Addr(), closing.Addr(), garbage.Addr(), big.Addr(), blackhole(t), held.Addr(), deadAddr(t), untrusted(t))})
}

// untrusted returns the address of a TLS backend whose certificate nobody signed.
func untrusted(t *testing.T) string { return tlsOrigin(t, "127.0.0.1").addr }

// TestFailuresNameTheirCause: status and the token of RFC 9209.
func TestFailuresNameTheirCause(t *testing.T) {
	t.Parallel()
	w := failing(t)
	busy := w.dial(t)
	busy.send(request("GET", "/full"))
	w.awaitSick(t)
	rows := []struct {
		path   string
		status int
		tokens string
	}{
		{"/dead", 502, "connection_refused"},
		{"/silent", 504, "http_response_timeout"},
		{"/closing", 502, "connection_terminated|http_response_incomplete"},
		{"/garbage", 502, "http_protocol_error"},
		{"/big", 502, "http_response_header_section_size|http_response_header_size|http_protocol_error"},
		{"/hole", 504, "connection_timeout"},
		{"/full", 503, "connection_limit_reached|destination_unavailable"},
		{"/sick", 503, "destination_unavailable"},
		{"/tls", 502, "tls_certificate_error"},
		{"/nowhere", 404, "destination_not_found"},
	}
	for _, row := range rows {
		r := w.get(t, row.path)
		status := r.value("Proxy-Status")
		_, token, _ := strings.Cut(status, "error=")
		token, _, _ = strings.Cut(token, ";")
		if r.status != row.status || !oneOf(token, row.tokens) {
			t.Errorf("%s: %d with Proxy-Status %q, want %d with %s", row.path, r.status, status, row.status, row.tokens)
		}
	}
}

// awaitSick waits until the probes have found the dead backend out.
func (w *weir) awaitSick(t *testing.T) {
	t.Helper()
	await(t, "the pool has no healthy backend", func() bool { return w.get(t, "/sick").status == 503 })
}

// TestErrorsSpeakTheClientsLanguage: problem+json or HTML, and nothing of the
// request in either.
func TestErrorsSpeakTheClientsLanguage(t *testing.T) {
	t.Parallel()
	w := failing(t)
	rows := []struct {
		accept string
		html   bool
	}{
		{"", false},
		{"Accept: */*", false},
		{"Accept: application/json", false},
		{"Accept: application/problem+json", false},
		{"Accept: text/html", true},
		{"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true},
		{"Accept: application/json, text/html;q=0.5", false},
	}
	for _, path := range []string{"/dead", "/nowhere"} {
		for _, row := range rows {
			lines := []string{"X-Marker: <script>echoed</script>", "Referer: http://echoed/"}
			if row.accept != "" {
				lines = append(lines, row.accept)
			}
			r := w.get(t, path+"?echoed=<b>echoed", lines...)
			if r.status == 400 { // brackets may be refused in a target
				r = w.get(t, path+"?echoed", lines...)
			}
			checkErrorBody(t, fmt.Sprintf("%s with %q", path, row.accept), r, row.html)
		}
	}
}

func checkErrorBody(t *testing.T, name string, r *response, html bool) {
	t.Helper()
	if strings.Contains(strings.ToLower(r.head+string(r.body)), "echoed") {
		t.Errorf("%s: the request is echoed: %v", name, r)
	}
	kind := r.value("Content-Type")
	if html {
		if !strings.HasPrefix(kind, "text/html") || !strings.Contains(string(r.body), "<") {
			t.Errorf("%s: want HTML, got %v", name, r)
		}
		return
	}
	var problem struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
	}
	if err := json.Unmarshal(r.body, &problem); err != nil || !strings.HasPrefix(kind, "application/problem+json") ||
		problem.Status != r.status || problem.Title == "" {
		t.Errorf("%s: want a problem (%v), got %v", name, err, r)
	}
}

func TestHeadErrorsHaveNoBody(t *testing.T) {
	t.Parallel()
	w := failing(t)
	c := w.dial(t)
	c.send(request("HEAD", "/dead") + request("HEAD", "/nowhere") + request("GET", "/nowhere"))
	c.response("HEAD").expect(t, 502)
	c.response("HEAD").expect(t, 404)
	c.response("GET").expect(t, 404)
}

// TestRetryGoesToAnotherBackend when that does no harm, and only then.
func TestRetryGoesToAnotherBackend(t *testing.T) {
	t.Parallel()
	good := origintest.New(t, origintest.Reply(origintest.OK("good")))
	closing := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.ReadBody()
	})
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  refused: { backends: [%[1]q, %[3]q] }
  closing: { backends: [%[2]q, %[3]q] }
routes:
  - { match: { prefix: /refused }, pool: refused }
  - { match: { prefix: /closing }, pool: closing }
`, deadAddr(t), closing.Addr(), good.Addr())})
	rows := []struct {
		raw   string
		fails bool // a retry could do it twice
	}{
		{request("GET", "/refused"), false},
		{request("POST", "/refused", "Content-Length: 4") + "once", false}, // nothing was sent
		{request("POST", "/refused", "Transfer-Encoding: chunked") + "4\r\nonce\r\n0\r\n\r\n", false},
		{request("GET", "/closing"), false},
		{request("HEAD", "/closing"), false},
		{request("PUT", "/closing", "Content-Length: 4") + "same", false},
		{request("DELETE", "/closing"), false},
		{request("POST", "/closing", "Content-Length: 4") + "once", true},
		{request("PATCH", "/closing", "Content-Length: 4") + "once", true},
	}
	for _, row := range rows {
		failed, bodies := 0, len(good.Requests())
		const n = 6
		for range n {
			if r := w.do(t, row.raw); r.status != 200 {
				failed++
			}
		}
		if row.fails != (failed > 0) {
			t.Errorf("%.30q: %d of %d failed", row.raw, failed, n)
		}
		if got := len(good.Requests()) - bodies; got != n-failed {
			t.Errorf("%.30q: the good backend was asked %d times for %d good responses", row.raw, got, n-failed)
		}
	}
	for _, got := range good.Requests() {
		if !got.Complete || (got.Method == "POST" && string(got.Body) != "once") || (got.Method == "PUT" && string(got.Body) != "same") {
			t.Errorf("replayed as %q with body %q", got.Head, got.Body)
		}
	}
}
