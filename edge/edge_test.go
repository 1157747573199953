package edge

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/metrics"
)

// handlerFunc answers requests; rejections are answered with their status and word.
type handlerFunc func(req *message.Request, sink message.Sink)

func (f handlerFunc) Serve(req *message.Request, sink message.Sink) { f(req, sink) }

func (f handlerFunc) Reject(_ *message.Request, rej *message.Reject, sink message.Sink) {
	answer(sink, rej.Status, rej.Reason.String())
}

// answer sends a small response.
func answer(sink message.Sink, status int, body string) {
	if sink.Start(&message.Response{Status: status, ContentLength: int64(len(body))}) == nil && sink.Write([]byte(body), true) == nil {
		_ = sink.End(nil)
	}
}

// echo answers with what it was asked: method, target, and the body or how it ended.
func echo(req *message.Request, sink message.Sink) {
	body, err := bodyOf(req)
	if err != nil {
		body = []byte(err.Error())
	}
	answer(sink, 200, fmt.Sprintf("%s %s [%s]", req.Method, req.Target, body))
}

func bodyOf(req *message.Request) ([]byte, error) {
	if req.Body == nil {
		return req.Prefetched, nil
	}
	return io.ReadAll(req.Body)
}

var testSettings = Settings{
	HeaderTimeout: 10 * time.Second, BodyIdle: 10 * time.Second, SendIdle: 10 * time.Second,
	KeepAlive: 10 * time.Second, Limits: message.Limits{HeaderBytes: 4096, Fields: 20, TargetBytes: 1024},
}

type running struct {
	*Server
	addr string
	done chan error
}

// start runs a server until the end of the test, which finds out whether it ends well.
func start(t testing.TB, set Settings, h handlerFunc) *running {
	t.Helper()
	ln, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &running{
		Server: New("test", set, h, metrics.New("test"), slog.New(slog.DiscardHandler)),
		addr:   ln.Addr().String(), done: make(chan error, 1),
	}
	go func() { s.done <- s.Serve(ln) }()
	t.Cleanup(func() {
		s.StopAccepting()
		if err := <-s.done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		if err := s.Wait(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait: %v", err)
		}
	})
	return s
}

// client is a connection on which responses are read one by one.
type client struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func (s *running) dial(t testing.TB) *client {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{c, t, bufio.NewReader(c)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

// response reads one response to a request with this method.
func (c *client) response(method string) (*http.Response, string) {
	c.t.Helper()
	res, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res, string(body)
}

// closed waits for the end of the connection.
func (c *client) closed() {
	c.t.Helper()
	if b, err := c.r.ReadByte(); err == nil {
		c.t.Fatalf("got %q where the connection should have ended", b)
	} else if ne, ok := err.(net.Error); ok && ne.Timeout() {
		c.t.Fatal("the connection stays open")
	}
}

const host = " HTTP/1.1\r\nHost: a\r\n"

func TestRequestsOfAConnectionAreAnsweredInOrder(t *testing.T) {
	s := start(t, testSettings, echo)
	for name, pieces := range map[string][]string{
		"one by one":        {"GET /1" + host + "\r\n", "GET /2" + host + "\r\n", "GET /3" + host + "\r\n"},
		"pipelined":         {"GET /1" + host + "\r\nGET /2" + host + "\r\nGET /3" + host + "\r\n"},
		"cut anywhere":      {"GET /1" + host, "\r\nGET /2" + host + "\r", "\nGET", " /3" + host + "\r\n"},
		"empty line before": {"GET /1" + host + "\r\n\r\nGET /2" + host + "\r\n", "\r\nGET /3" + host + "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.dial(t)
			go func() {
				for _, p := range pieces {
					io.WriteString(c, p)
				}
			}()
			for i := 1; i <= 3; i++ {
				if res, body := c.response("GET"); res.StatusCode != 200 || body != fmt.Sprintf("GET /%d []", i) || res.Header.Get("Date") == "" {
					t.Fatalf("response %d: %v, %q", i, res, body)
				}
			}
		})
	}
}

func TestBodiesArriveWholeInAnySegmentation(t *testing.T) {
	s := start(t, testSettings, echo)
	big := strings.Repeat("0123456789abcdef", 10_000)
	for name, c := range map[string]struct{ head, body, want string }{
		"length":           {"Content-Length: 5\r\n", "hello", "hello"},
		"big length":       {fmt.Sprintf("Content-Length: %d\r\n", len(big)), big, big},
		"chunked":          {"Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", "hello!"},
		"big chunks":       {"Transfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\nX-T: 1\r\n\r\n", len(big), big), big},
		"empty by length":  {"Content-Length: 0\r\n", "", ""},
		"empty by chunks":  {"Transfer-Encoding: chunked\r\n", "0\r\n\r\n", ""},
		"malformed chunks": {"Transfer-Encoding: chunked\r\n", "5\r\nhello!!\r\n", "bad_chunk_end"},
	} {
		for _, cut := range []int{1, 7, 100, 1 << 20} {
			t.Run(fmt.Sprintf("%s in pieces of %d", name, cut), func(t *testing.T) {
				conn := s.dial(t)
				all := "POST /" + host + c.head + "\r\n" + c.body + "GET /next" + host + "\r\n"
				if cut < 100 && len(all) > 10_000 {
					t.Skip("too many pieces to tell more")
				}
				go func() {
					for rest := all; rest != ""; {
						n := min(cut, len(rest))
						if _, err := io.WriteString(conn, rest[:n]); err != nil {
							return
						}
						rest = rest[n:]
					}
				}()
				if _, body := conn.response("POST"); body != "POST / ["+c.want+"]" {
					t.Fatalf("got %.80q…", body)
				}
				if strings.HasPrefix(name, "malformed") {
					conn.closed()
				} else if _, body := conn.response("GET"); body != "GET /next []" {
					t.Fatalf("then got %.80q…", body)
				}
			})
		}
	}
}

func TestResponsesAreFramedForTheirRequest(t *testing.T) {
	s := start(t, testSettings, func(req *message.Request, sink message.Sink) {
		length := message.Unknown
		if bytes.Contains(req.Target, []byte("length")) {
			length = 10
		}
		status := 200
		if bytes.Contains(req.Target, []byte("304")) {
			status = 304
		}
		if sink.Start(&message.Response{Status: status, ContentLength: length}) == nil &&
			sink.Write([]byte("01234"), false) == nil && sink.Write([]byte("56789"), true) == nil {
			_ = sink.End([]message.Field{{Name: []byte("X-Sum"), Value: []byte("9")}})
		}
	})
	for _, c := range []struct{ request, want string }{
		{"GET /length" + host + "\r\n", "Content-Length: 10\r\n\r\n0123456789"},
		{"GET /chunked" + host + "\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"},
		{"GET /trailers" + host + "Connection: TE\r\nTE: trailers\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\nX-Sum: 9\r\n\r\n"},
		{"HEAD /length" + host + "\r\n", "Content-Length: 10\r\n\r\n"},
		{"HEAD /chunked" + host + "\r\n", "GMT\r\n\r\n"},
		{"GET /304" + host + "\r\n", "GMT\r\n\r\n"},
		{"GET /close HTTP/1.0\r\n\r\n", "Connection: close\r\n\r\n0123456789"},
		{"GET /length HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "Content-Length: 10\r\nConnection: keep-alive\r\n\r\n0123456789"},
		{"GET /length" + host + "Connection: close\r\n\r\n", "Content-Length: 10\r\nConnection: close\r\n\r\n0123456789"},
	} {
		conn := s.dial(t)
		conn.send(c.request)
		_ = conn.Conn.(*net.TCPConn).CloseWrite()
		all, err := io.ReadAll(conn)
		version := "HTTP/1.1 "
		if strings.Contains(c.request, "HTTP/1.0") {
			version = "HTTP/1.0 "
		}
		if err != nil || !strings.HasPrefix(string(all), version) || !strings.HasSuffix(string(all), c.want) {
			t.Errorf("%q: got %q, %v", c.request, all, err)
		}
	}
}

func TestABrokenResponseIsNeverEnded(t *testing.T) {
	for name, h := range map[string]handlerFunc{
		"returned early": func(_ *message.Request, sink message.Sink) {
			_ = sink.Start(&message.Response{Status: 200, ContentLength: 10})
			_ = sink.Write([]byte("01234"), false)
		},
		"ended short": func(_ *message.Request, sink message.Sink) {
			_ = sink.Start(&message.Response{Status: 200, ContentLength: 10})
			_ = sink.Write([]byte("01234"), true)
			if sink.End(nil) == nil {
				t.Error("End accepted a short body")
			}
		},
		"too long": func(_ *message.Request, sink message.Sink) {
			_ = sink.Start(&message.Response{Status: 200, ContentLength: 3})
			if sink.Write([]byte("01234"), true) == nil {
				t.Error("Write accepted too much")
			}
		},
		"chunked": func(_ *message.Request, sink message.Sink) {
			_ = sink.Start(&message.Response{Status: 200, ContentLength: message.Unknown})
			_ = sink.Write([]byte("01234"), false)
		},
		"panic": func(_ *message.Request, sink message.Sink) {
			_ = sink.Start(&message.Response{Status: 200, ContentLength: 10})
			panic("a defect of the handler")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, testSettings, h)
			for _, version := range []string{"1.0", "1.1"} {
				c := s.dial(t)
				c.send("GET / HTTP/" + version + "\r\nHost: a\r\n\r\n")
				res, err := http.ReadResponse(c.r, nil)
				if err != nil {
					continue // nothing at all is no complete response either
				}
				if body, err := io.ReadAll(res.Body); err == nil {
					t.Errorf("HTTP/%s: read %q as a complete body", version, body)
				}
			}
			// The server lives on.
			c := s.dial(t)
			c.send("GET /" + host + "\r\n")
		})
	}
}

func TestRejectedRequestsEndTheConnection(t *testing.T) {
	s := start(t, testSettings, echo)
	for request, want := range map[string]string{
		"GET / HTTP/1.1\r\n\r\n":                                   "400 missing_host",
		"GET /\n":                                                  "400 bare_lf",
		"GET / HTTP/3.0\r\nHost: a\r\n\r\n":                        "505 unsupported_version",
		"\x16\x03\x01\x02\x00\x01":                                 "400 bad_request_line",
		"GET /" + strings.Repeat("x", 2000) + host + "\r\n":        "414 target_too_long",
		"GET /" + strings.Repeat("x", 5000):                        "414 target_too_long",
		"GET /" + host + "A: " + strings.Repeat("x", 5000):         "431 head_too_large",
		"GET /" + host + strings.Repeat("A: b\r\n", 20) + "\r\n":   "431 too_many_fields",
		"GET /" + host + "\r\nGET / HTTP/1.1\r\nHost: b c\r\n\r\n": "400 bad_host",
	} {
		c := s.dial(t)
		c.send(request)
		if strings.HasPrefix(request, "GET /"+host+"\r\n") {
			c.response("GET")
		}
		res, body := c.response("GET")
		if got := fmt.Sprint(res.StatusCode, " ", body); got != want || !res.Close {
			t.Errorf("%.60q: got %s, close %v; want %s", request, got, res.Close, want)
		}
		c.closed()
	}
}

func TestWhatIsAcceptedDoesNotDependOnSegmentation(t *testing.T) {
	s := start(t, testSettings, echo)
	for request, want := range map[string]int{
		"\r\nGET /" + host + "\r\n":                                     200,
		"\r\n\r\nGET /" + host + "\r\n":                                 400,
		"GET /" + strings.Repeat("x", 1023) + host + "\r\n":             200,
		"GET /" + strings.Repeat("x", 1024) + host + "\r\n":             414,
		"GET /" + host + "A: " + strings.Repeat("x", 4064) + "\r\n\r\n": 200,
		"GET /" + host + "A: " + strings.Repeat("x", 4065) + "\r\n\r\n": 431,
	} {
		for _, piece := range []int{1, 2, len(request)} {
			c := s.dial(t)
			go func() {
				for rest := request; rest != ""; rest = rest[min(piece, len(rest)):] {
					if _, err := io.WriteString(c, rest[:min(piece, len(rest))]); err != nil {
						return
					}
				}
			}()
			if res, body := c.response("GET"); res.StatusCode != want {
				t.Errorf("%.40q… of %d bytes, in pieces of %d: got %d %.60s, want %d", request, len(request), piece, res.StatusCode, body, want)
			}
		}
	}
}

func TestHeadersThatTrickleInMeetTheDeadline(t *testing.T) {
	set := testSettings
	set.HeaderTimeout = 200 * time.Millisecond
	s := start(t, set, echo)
	silent, slow := s.dial(t), s.dial(t)
	slow.send("GET / HT")
	if res, body := slow.response("GET"); res.StatusCode != 408 || body != "head_timeout" {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
	slow.closed()
	silent.closed()
}

func TestSlowBodiesAreGivenUp(t *testing.T) {
	set := testSettings
	set.BodyIdle = 200 * time.Millisecond
	s := start(t, set, echo)
	c := s.dial(t)
	c.send("POST /" + host + "Content-Length: 5\r\n\r\nhe")
	if _, body := c.response("POST"); body != "POST / ["+message.ErrStalled.Error()+"]" {
		t.Errorf("got %s", body)
	}
	c = s.dial(t)
	c.send("POST /" + host + "Content-Length: 5\r\n\r\nhe")
	_ = c.Conn.(*net.TCPConn).CloseWrite()
	if _, body := c.response("POST"); body != "POST / ["+message.ErrTruncated.Error()+"]" {
		t.Errorf("got %s", body)
	}
}

func TestAnEarlyAnswerSurvivesTheUpload(t *testing.T) {
	s := start(t, testSettings, func(_ *message.Request, sink message.Sink) { answer(sink, 413, "too much") })
	c := s.dial(t)
	c.send("POST /" + host + "Content-Length: 100000000\r\n\r\n")
	go func() {
		// The client sends on as if nothing had happened.
		for chunk := make([]byte, 64<<10); ; {
			if _, err := c.Write(chunk); err != nil {
				return
			}
		}
	}()
	if res, body := c.response("POST"); res.StatusCode != 413 || body != "too much" || !res.Close {
		t.Errorf("got %v %q", res, body)
	}
}

func TestStopBodyEndsAReadUnderWay(t *testing.T) {
	reading := make(chan message.Client, 1)
	s := start(t, testSettings, func(req *message.Request, sink message.Sink) {
		reading <- req.Client
		_, err := io.ReadAll(req.Body)
		answer(sink, 200, err.Error())
	})
	c := s.dial(t)
	c.send("POST /" + host + "Content-Length: 5\r\n\r\n")
	(<-reading).StopBody()
	if _, body := c.response("POST"); body != message.ErrStopped.Error() {
		t.Errorf("got %s", body)
	}
}

func TestGoneSeesTheClientLeave(t *testing.T) {
	gone := make(chan bool)
	s := start(t, testSettings, func(req *message.Request, _ message.Sink) {
		for !req.Client.Gone() {
			time.Sleep(time.Millisecond)
		}
		gone <- true
	})
	c := s.dial(t)
	c.send("GET /" + host + "\r\n")
	c.Close()
	<-gone
}

func TestTakeoverHandsOverTheBytes(t *testing.T) {
	s := start(t, testSettings, func(req *message.Request, sink message.Sink) {
		if _, err := req.Client.Takeover(); err == nil {
			t.Error("taken over without 101")
		}
		res := &message.Response{Status: 101, Fields: []message.Field{{Name: []byte("Upgrade"), Value: []byte("echo"), Known: message.Upgrade, Drop: true}}}
		if err := sink.Start(res); err != nil {
			t.Error(err)
		}
		stream, err := req.Client.Takeover()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.Copy(stream, stream)
		_ = stream.CloseWrite()
	})
	c := s.dial(t)
	c.send("GET /" + host + "Connection: upgrade\r\nUpgrade: echo\r\n\r\nat once ")
	res, err := http.ReadResponse(c.r, nil)
	if err != nil || res.StatusCode != 101 || res.Header.Get("Upgrade") != "echo" || res.Header.Get("Connection") != "Upgrade" {
		t.Fatal(res, err)
	}
	c.send("and later")
	_ = c.Conn.(*net.TCPConn).CloseWrite()
	if all, err := io.ReadAll(c.r); err != nil || string(all) != "at once and later" {
		t.Errorf("got %q, %v", all, err)
	}
}

func TestAnEndThatCameWithTheRequestIsNoticed(t *testing.T) {
	s := start(t, testSettings, echo)
	c := s.dial(t)
	for range 2 { // the second one is served within the wait
		c.send("GET /" + host + "\r\n")
		c.response("GET")
	}
	c.send("GET /" + host + "\r\n")
	_ = c.Conn.(*net.TCPConn).CloseWrite()
	c.response("GET")
	c.closed()
}

func TestConnectionLimits(t *testing.T) {
	set := testSettings
	set.MaxConnections = 2
	s := start(t, set, echo)
	a, b, over := s.dial(t), s.dial(t), s.dial(t)
	over.closed()
	set.MaxConnections, set.MaxConnectionsPerAddress = 10, 3
	s.Configure(set)
	c := s.dial(t)
	for _, each := range []*client{a, b, c} {
		each.send("GET /" + host + "\r\n")
		each.response("GET")
	}
	s.dial(t).closed()
}

func TestConfigureAppliesToTheNextRequest(t *testing.T) {
	s := start(t, testSettings, echo)
	c := s.dial(t)
	for range 2 {
		c.send("GET /" + host + "\r\n")
		c.response("GET")
	}
	set := testSettings
	set.Limits.Fields = 1
	set.Limits.HeaderBytes = 8192
	s.Configure(set)
	c.send("GET /" + host + "A: b\r\n\r\n")
	if res, body := c.response("GET"); res.StatusCode != 431 {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
}

func TestDrainLosesNoRequest(t *testing.T) {
	var served atomic.Int64
	release := make(chan struct{})
	s := start(t, testSettings, func(req *message.Request, sink message.Sink) {
		if string(req.Target) == "/slow" {
			<-release
		}
		served.Add(1)
		answer(sink, 200, "ok")
	})
	idle, slow, fresh := s.dial(t), s.dial(t), s.dial(t)
	idle.send("GET /" + host + "\r\n")
	idle.response("GET")
	slow.send("GET /slow" + host + "\r\n")
	fresh.send("GET") // accepted, its request is on the way
	s.StopAccepting()
	fresh.send(" /" + host + "\r\n")
	if res, _ := fresh.response("GET"); !res.Close {
		t.Error("the client is not asked to close")
	}
	idle.closed()
	close(release)
	if res, _ := slow.response("GET"); res.StatusCode != 200 || !res.Close {
		t.Errorf("the request in flight got %v", res)
	}
	if err := s.Wait(context.Background()); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", s.addr); err == nil {
		c.Close()
		t.Error("the listener is still open")
	}
	if served.Load() != 3 {
		t.Errorf("%d requests served", served.Load())
	}
}

func TestWaitCutsWhatIsLeft(t *testing.T) {
	entered, left := make(chan bool), make(chan bool, 1)
	s := start(t, testSettings, func(req *message.Request, _ message.Sink) {
		entered <- true
		_, _ = io.ReadAll(req.Body)
		left <- true
	})
	c := s.dial(t)
	c.send("POST /" + host + "Content-Length: 5\r\n\r\n")
	<-entered
	s.StopAccepting()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-left
	c.closed()
}

func TestServingAllocatesNothing(t *testing.T) {
	s := start(t, testSettings, func(_ *message.Request, sink message.Sink) { answerStatic(sink) })
	c := s.dial(t)
	request, response := []byte("GET /x"+host+"Accept: */*\r\n\r\n"), make([]byte, 4096)
	if got := testing.AllocsPerRun(500, func() {
		if _, err := c.Write(request); err != nil {
			t.Error(err)
		}
		if _, err := c.Read(response); err != nil {
			t.Error(err)
		}
	}); got > 0.5 && !raceDetector {
		t.Errorf("%v allocations a request", got)
	}
}

var staticResponse = message.Response{Status: 200, ContentLength: 2}

func answerStatic(sink message.Sink) {
	if sink.Start(&staticResponse) == nil && sink.Write(staticBody, true) == nil {
		_ = sink.End(nil)
	}
}

var staticBody = []byte("ok")
