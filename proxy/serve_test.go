package proxy

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/upstream"
)

// recorder is a sink that keeps what it is given, and a client that stays.
type recorder struct {
	status  int
	fields  []message.Field
	body    []byte
	ended   bool
	interim []int
}

func (r *recorder) Start(res *message.Response) error {
	if res.Status < 200 {
		r.interim = append(r.interim, res.Status)
		return nil
	}
	r.status, r.fields, r.body = res.Status, append(r.fields[:0], res.Fields...), r.body[:0]
	return nil
}

func (r *recorder) Write(p []byte, _ bool) error {
	r.body = append(r.body, p...)
	return nil
}

func (r *recorder) End([]message.Field) error {
	r.ended = true
	return nil
}

func (r *recorder) Gone() bool                        { return false }
func (r *recorder) StopBody()                         {}
func (r *recorder) Takeover() (message.Stream, error) { return nil, io.EOF }

// origin answers every request head on a connection with the same bytes, and
// allocates nothing while it does.
func origin(t testing.TB, answer string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in, out := make([]byte, 8<<10), []byte(answer)
				for {
					n, err := c.Read(in)
					if err != nil {
						return
					}
					if bytes.HasSuffix(in[:n], []byte("\r\n\r\n")) {
						if _, err := c.Write(out); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// serving returns a proxy with the given configuration in force.
func serving(t testing.TB, text string) *Proxy {
	t.Helper()
	cfg, err := config.Parse("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Build(cfg, nil, Deps{Metrics: metrics.New("test"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	p := New()
	p.Install(s)
	t.Cleanup(p.Close)
	return p
}

// ask parses a request for the recorder's client.
func ask(t testing.TB, r *recorder, head string) *message.Request {
	t.Helper()
	req := &message.Request{}
	if rej := req.Parse([]byte(head), "http", &message.Limits{}); rej != nil {
		t.Fatal(rej)
	}
	req.Conn = &message.ConnInfo{Listener: "test", Peer: netip.MustParseAddrPort("192.0.2.1:99")}
	req.Client, req.Arrived = r, upstream.Now()
	return req
}

func configFor(addresses ...string) string {
	return fmt.Sprintf(`
listen: [":0"]
pools: { o: { backends: ["%s"] } }
routes:
  - { match: { host: a.test }, pool: o }
`, strings.Join(addresses, `", "`))
}

func TestForwardedRequestsAllocateNothing(t *testing.T) {
	p := serving(t, configFor(origin(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok")))
	r := &recorder{}
	req := ask(t, r, "GET /x?y=z HTTP/1.1\r\nHost: a.test\r\nUser-Agent: t\r\nAccept: */*\r\nCookie: a=b\r\n\r\n")
	got := testing.AllocsPerRun(500, func() { p.Serve(req, r) })
	if r.status != 200 || string(r.body) != "ok" || !r.ended {
		t.Fatalf("got %+v", r)
	}
	if got > 0.5 {
		t.Errorf("%v allocations a request", got)
	}
}

func TestRejectionsAllocateNothing(t *testing.T) {
	p := serving(t, configFor("127.0.0.1:1"))
	r := &recorder{}
	req := ask(t, r, "GET /x HTTP/1.1\r\nHost: other.test\r\nAccept: text/html\r\n\r\n")
	got := testing.AllocsPerRun(500, func() { p.Serve(req, r) })
	if r.status != 404 || !strings.Contains(string(r.body), "Not Found") {
		t.Fatalf("got %+v", r)
	}
	if got > 0.5 {
		t.Errorf("%v allocations a request", got)
	}
}

// A retry has to leave no trace of the answer it discards.
func TestAnotherBackendIsAskedWhenOneIsUnwell(t *testing.T) {
	p := serving(t, configFor(
		origin(t, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\nX-From: unwell\r\n\r\nbad"),
		origin(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")))
	for _, c := range []struct {
		method string
		want   int
	}{{"GET", 200}, {"POST", 0}} {
		statuses := map[int]int{}
		for range 4 {
			r := &recorder{}
			p.Serve(ask(t, r, c.method+" / HTTP/1.1\r\nHost: a.test\r\n\r\n"), r)
			statuses[r.status]++
			if r.status == 200 && (string(r.body) != "ok" || len(r.fields) != 1) {
				t.Errorf("%s: got %+v", c.method, r)
			}
		}
		if c.want != 0 && statuses[c.want] != 4 || c.want == 0 && statuses[503] != 2 {
			t.Errorf("%s: statuses %v", c.method, statuses)
		}
	}
}

func TestErrorsSayWhatTheRequestMayKnow(t *testing.T) {
	p := serving(t, configFor("127.0.0.1:1"))
	r := &recorder{}
	p.Serve(ask(t, r, "GET /secret HTTP/1.1\r\nHost: a.test\r\nAccept: application/json, text/html;q=0.5\r\n\r\n"), r)
	var fields []string
	for _, f := range r.fields {
		fields = append(fields, fmt.Sprintf("%s: %s", f.Name, f.Value))
	}
	want := `[Proxy-Status: weir; error=connection_refused; details="backend failed" Content-Type: application/problem+json]`
	if got := fmt.Sprint(fields); r.status != 502 || got != want {
		t.Errorf("%d %s", r.status, got)
	}
	if want := `{"type":"about:blank","title":"Bad Gateway","status":502}` + "\n"; string(r.body) != want {
		t.Errorf("got %s", r.body)
	}
}

func TestPrefersHTMLByWeight(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "*/*": false, "text/html": true, "text/*": false,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": true,
		"application/json, text/html;q=0.5":                               false,
		"application/problem+json;q=0.3, text/html;q=0.35":                true,
		"text/html;q=0": false, "text/html; q=x": false, "application/json;q=1.0, TEXT/HTML;level=1": true,
	} {
		fields := []message.Field{{Known: message.Accept, Value: []byte(accept)}}
		if got := prefersHTML(fields); got != want {
			t.Errorf("%s: got %v", accept, got)
		}
	}
}

// stalledBody is the body of a client that sends nothing of it.
type stalledBody struct{}

func (stalledBody) Read([]byte) (int, error) { return 0, message.ErrStalled }

func TestWaitingForContinueIsNotTheClientsFault(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // accepts, in its queue, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	p := serving(t, configFor(ln.Addr().String()))
	for field, want := range map[string]string{
		"Expect: 100-continue": "504 http_response_timeout",
		"Accept: */*":          "408 http_request_error",
	} {
		r := &recorder{}
		req := ask(t, r, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n"+field+"\r\n\r\n")
		req.Body = stalledBody{}
		p.Serve(req, r)
		status := string(r.fields[0].Value)
		if got := fmt.Sprint(r.status, " ", strings.TrimSuffix(strings.TrimPrefix(status, "weir; error="), status[strings.Index(status, "; details"):])); got != want {
			t.Errorf("%s: got %s, want %s", field, got, want)
		}
	}
}
