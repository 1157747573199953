package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// oneBackend is a configuration with every request sent to one backend.
func oneBackend(origin *origintest.Server) string {
	return fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - { match: { prefix: / }, pool: api }
`, origin.Addr())
}

// front starts a weir before a backend that runs script.
func front(t *testing.T, script func(*origintest.Conn)) (*weir, *origintest.Server) {
	t.Helper()
	origin := origintest.New(t, script)
	return start(t, setup{conf: oneBackend(origin)}), origin
}

func TestRequestIsForwardedAsSent(t *testing.T) {
	t.Parallel()
	w, origin := front(t, origintest.Reply(origintest.OK("fine")))
	target := "/a%20b/./c/%2e%2e/d?q=%00&%zz=1&&?"
	target = "/a%20b/x;y=1,2/~u/caf%C3%A9?q=a+b&c=%41&&=?/"
	r := w.do(t, "POST "+target+" HTTP/1.1\r\nHost: Example.COM:8080\r\nX-One: 1\r\nx-two:  2 \r\nX-One: 3\r\nCookie: a=b\r\nContent-Length: 4\r\n\r\nbody")
	if r.expect(t, 200); string(r.body) != "fine" {
		t.Errorf("body %q", r.body)
	}
	got := origin.Requests()[0]
	if err := got.Lint(); err != nil {
		t.Error(err)
	}
	if got.Method != "POST" || got.Target != target || string(got.Body) != "body" || got.Value("Cookie") != "a=b" {
		t.Errorf("forwarded %q with body %q", got.Head, got.Body)
	}
	if v := got.Values("X-One"); len(v) != 2 || v[0] != "1" || v[1] != "3" {
		t.Errorf("X-One %q", v)
	}
	if !strings.Contains(got.Head, "x-two: 2\r\n") || !strings.EqualFold(got.Value("Host"), "example.com:8080") {
		t.Errorf("forwarded %q", got.Head)
	}
}

func TestAbsoluteFormIsForwardedInOriginForm(t *testing.T) {
	t.Parallel()
	w, origin := front(t, origintest.Reply(origintest.OK("")))
	w.do(t, "GET http://h/a?b HTTP/1.1\r\nHost: h\r\n\r\n").expect(t, 200)
	if got := origin.Requests()[0]; got.Target != "/a?b" || got.Value("Host") != "h" {
		t.Errorf("forwarded %q", got.Head)
	}
}

func TestChunkedUploadKeepsItsBytes(t *testing.T) {
	t.Parallel()
	w, origin := front(t, origintest.Reply(origintest.OK("")))
	c := w.dial(t)
	c.send(request("PUT", "/", "Transfer-Encoding: chunked") + "5;ext=1\r\nhello\r\n")
	c.send("6\r\n world\r\n0\r\n\r\n")
	c.response("PUT").expect(t, 200)
	if got := origin.Requests()[0]; string(got.Body) != "hello world" || !got.Complete {
		t.Errorf("body %q, complete %v", got.Body, got.Complete)
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	w, _ := front(t, origintest.ReplyWith(func(r *origintest.Request) string {
		return origintest.OK("answer to " + r.Target)
	}))
	c := w.dial(t)
	var all strings.Builder
	for i := range 50 {
		if i%3 == 0 {
			fmt.Fprintf(&all, "POST /%d HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", i)
		} else {
			all.WriteString(request("GET", fmt.Sprintf("/%d", i)))
		}
	}
	c.send(all.String())
	for i := range 50 {
		r := c.response("GET").expect(t, 200)
		if want := fmt.Sprintf("answer to /%d", i); string(r.body) != want {
			t.Fatalf("response %d is %q", i, r.body)
		}
	}
}

func TestResponseFieldsKeepOrderCaseAndDuplicates(t *testing.T) {
	t.Parallel()
	w, _ := front(t, origintest.Reply("HTTP/1.1 200 Fine Indeed\r\nSet-Cookie: a=1\r\nx-Lower: A\r\nSet-Cookie: b=2\r\n"+
		"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: origin\r\nConnection: X-Hop\r\nX-Hop: gone\r\nKeep-Alive: timeout=5\r\n"+
		"Proxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nok"))
	r := w.get(t, "/").expect(t, 200)
	if v := r.values("Set-Cookie"); len(v) != 2 || v[0] != "a=1" || v[1] != "b=2" {
		t.Errorf("Set-Cookie %q", v)
	}
	if !strings.Contains(r.head, "x-Lower: A\r\n") || r.value("Date") != "Thu, 01 Jan 1970 00:00:00 GMT" || r.value("Server") != "origin" {
		t.Errorf("head %q", r.head)
	}
	if !strings.HasPrefix(r.head, "HTTP/1.1 200 Fine Indeed\r\n") {
		t.Errorf("status line of %q", r.head)
	}
	for _, hop := range []string{"X-Hop", "Keep-Alive"} {
		if len(r.values(hop)) > 0 {
			t.Errorf("%s was passed on: %q", hop, r.head)
		}
	}
}

// TestBodilessResponsesHaveNoBody: the connection goes on directly after the head.
func TestBodilessResponsesHaveNoBody(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"/head":    "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: \"e\"\r\n\r\n",
		"/headc":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"/headn":   "HTTP/1.1 200 OK\r\nX-Nothing: said\r\n\r\n",
		"/204":     "HTTP/1.1 204 No Content\r\n\r\n",
		"/304":     "HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\nContent-Length: 77\r\n\r\n",
		"/304none": "HTTP/1.1 304 Not Modified\r\n\r\n",
		"/empty":   "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"/after":   origintest.OK("after"),
	}
	w, origin := front(t, origintest.ReplyWith(func(r *origintest.Request) string { return answers[r.Target] }))
	rows := []struct {
		method, path string
		status       int
		length       string
	}{
		{"HEAD", "/head", 200, "12345"},
		{"HEAD", "/headc", 200, ""},
		{"HEAD", "/headn", 200, ""},
		{"GET", "/204", 204, ""},
		{"HEAD", "/204", 204, ""},
		{"GET", "/304", 304, "77"},
		{"HEAD", "/304", 304, "77"},
		{"GET", "/304none", 304, ""},
		{"GET", "/empty", 200, "0"},
	}
	c := w.dial(t)
	for _, row := range rows {
		c.send(request(row.method, row.path) + request("GET", "/after"))
		r := c.response(row.method).expect(t, row.status)
		if len(r.body) > 0 || r.value("Content-Length") != row.length && row.length != "" {
			t.Errorf("%s %s: %q with body %q", row.method, row.path, r.head, r.body)
		}
		if after := c.response("GET").expect(t, 200); string(after.body) != "after" {
			t.Fatalf("%s %s desynchronised the connection: %v", row.method, row.path, after)
		}
	}
	if n := origin.Conns(); n > 6 {
		t.Errorf("the backend saw %d connections; a bodiless response must not cost one", n)
	}
}

func TestHTTP10ClientGetsHTTP10(t *testing.T) {
	t.Parallel()
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
	w, origin := front(t, origintest.ReplyWith(func(r *origintest.Request) string {
		if r.Target == "/chunked" {
			return chunked
		}
		return origintest.OK("hello world")
	}))
	for _, path := range []string{"/chunked", "/length"} {
		c := w.dial(t)
		c.send("GET " + path + " HTTP/1.0\r\nHost: h\r\n\r\n")
		r := c.response("GET").expect(t, 200)
		if string(r.body) != "hello world" || len(r.values("Transfer-Encoding")) > 0 {
			t.Errorf("%s: %v", path, r)
		}
		c.ended()
	}
	for _, got := range origin.Requests() {
		if err := got.Lint(); err != nil {
			t.Errorf("an HTTP/1.0 request was not made HTTP/1.1: %v", err)
		}
	}
	c := w.dial(t)
	c.send("GET /length HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n")
	if r := c.response("GET").expect(t, 200); string(r.body) != "hello world" {
		t.Errorf("keep-alive: %v", r)
	}
}

func TestConnectionCloseIsHonoured(t *testing.T) {
	t.Parallel()
	w, _ := front(t, origintest.Reply(origintest.OK("bye")))
	c := w.dial(t)
	c.send(request("GET", "/", "Connection: close"))
	r := c.response("GET").expect(t, 200)
	if !strings.EqualFold(r.value("Connection"), "close") {
		t.Errorf("head %q", r.head)
	}
	c.ended()
}

func TestTrailersArePassedOnlyToThoseWhoAskForThem(t *testing.T) {
	t.Parallel()
	w, origin := front(t, origintest.Reply("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 42\r\n\r\n"))
	r := w.get(t, "/", "TE: trailers", "Connection: TE").expect(t, 200)
	if got := valuesOf(r.trailers, "X-Sum"); len(got) != 1 || got[0] != "42" || string(r.body) != "ab" {
		t.Errorf("trailers %v of %v", r.trailers, r)
	}
	if te := origin.Requests()[0].Value("TE"); te != "trailers" {
		t.Errorf("TE to the backend is %q", te)
	}
	r = w.get(t, "/").expect(t, 200)
	if len(r.trailers) > 0 || string(r.body) != "ab" {
		t.Errorf("trailers %v without having asked", r.trailers)
	}
	if origin.Requests()[1].Has("TE") {
		t.Error("TE to the backend without the client's")
	}
	r = w.get(t, "/", "TE: gzip, trailers;q=0.5, deflate", "Connection: TE").expect(t, 200)
	if te := origin.Requests()[2].Value("TE"); strings.Contains(te, "gzip") || strings.Contains(te, "deflate") {
		t.Errorf("TE to the backend is %q", te)
	}
	if string(r.body) != "ab" {
		t.Errorf("body %q", r.body)
	}
}

// TestTrailersNeverBecomeFraming: a trailer must not smuggle in what only a
// header may say.
func TestTrailersNeverBecomeFraming(t *testing.T) {
	t.Parallel()
	w, _ := front(t, origintest.Reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n"+
		"Content-Length: 99\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nX-Sum: 1\r\n\r\n"))
	c := w.dial(t)
	c.send(request("GET", "/", "TE: trailers", "Connection: TE"))
	r, err := c.tryResponse("GET")
	if r == nil {
		t.Fatalf("no answer: %v", err)
	}
	for _, name := range []string{"Content-Length", "Transfer-Encoding", "Connection"} {
		if len(valuesOf(r.trailers, name)) > 0 {
			t.Errorf("trailer %s reached the client (%v)", name, err)
		}
	}
	if err == nil && r.status != 502 && string(r.body) != "ab" {
		t.Errorf("%v", r)
	}
}

func TestInformationalResponsesArePassedOn(t *testing.T) {
	t.Parallel()
	hints := "HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n"
	w, _ := front(t, origintest.ReplyWith(func(r *origintest.Request) string {
		n := 0
		fmt.Sscanf(r.Target, "/%d", &n)
		return strings.Repeat(hints, n) + origintest.OK("done")
	}))
	for _, n := range []int{1, 16} {
		r := w.get(t, fmt.Sprintf("/%d", n)).expect(t, 200)
		if len(r.info) != n || r.info[0].status != 103 || r.info[0].value("Link") != "</s.css>; rel=preload" {
			t.Errorf("%d informational responses, want %d", len(r.info), n)
		}
	}
	if r := w.get(t, "/17"); r.status != 502 {
		t.Errorf("17 informational responses: %d, want 502", r.status)
	}
	c := w.dial(t)
	c.send("GET /1 HTTP/1.0\r\nHost: h\r\n\r\n")
	if r := c.response("GET").expect(t, 200); len(r.info) > 0 {
		t.Error("an HTTP/1.0 client was sent an informational response")
	}
}
