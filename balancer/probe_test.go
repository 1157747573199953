package balancer

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"
)

// check1 probes an address once, over a real socket.
func check1(t *testing.T, address string, change func(*HealthSpec)) verdict {
	t.Helper()
	spec := health(change)
	c, err := newHTTPCheck(address, spec)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), spec.Timeout)
	defer cancel()
	return c(ctx)
}

func serve(t *testing.T, h http.HandlerFunc) (address string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// answer returns the address of a server that reads one request head of each
// connection, writes raw, and keeps the connection open until the probe ends it.
func answer(t *testing.T, raw string) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					_, _ = io.WriteString(c, raw)
				}
				_, _ = io.Copy(io.Discard, c)
			}()
		}
	}()
	return ln.Addr().String()
}

func TestProbeJudgesTheStatus(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var status int
		_, _ = fmt.Sscan(r.URL.Query().Get("status"), &status)
		w.WriteHeader(status)
	})
	odd := []StatusRange{{200, 200}, {401, 403}}
	for _, c := range []struct {
		status int
		expect []StatusRange
		want   Reason
	}{
		{200, nil, ProbePassed}, {204, nil, ProbePassed}, {399, nil, ProbePassed},
		{400, nil, ProbeStatus}, {503, nil, ProbeStatus},
		{200, odd, ProbePassed}, {201, odd, ProbeStatus}, {400, odd, ProbeStatus},
		{401, odd, ProbePassed}, {403, odd, ProbePassed}, {404, odd, ProbeStatus},
	} {
		got := check1(t, address, func(h *HealthSpec) {
			h.Path = fmt.Sprintf("/?status=%d", c.status)
			h.Expect = c.expect
		})
		if want := (verdict{c.want, fmt.Sprintf("status %d", c.status)}); got != want {
			t.Errorf("%d with %v: %v, want %v", c.status, c.expect, got, want)
		}
	}
}

func TestProbeSendsWhatTheSpecSays(t *testing.T) {
	var got atomic.Value
	address := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		got.Store(strings.Join([]string{r.Method, r.RequestURI, r.Host, r.UserAgent(), r.Header.Get("Connection")}, " "))
	})
	for want, change := range map[string]func(*HealthSpec){
		"GET /healthz " + address + " weir-probe close": nil,
		"HEAD /a%2Fb?x=1 api.example weir-probe close": func(h *HealthSpec) {
			h.Method, h.Path, h.Host = "HEAD", "/a%2Fb?x=1", "api.example"
		},
	} {
		if v := check1(t, address, change); v.why != ProbePassed || got.Load() != want {
			t.Errorf("%v, request %q, want %q", v, got.Load(), want)
		}
	}
}

func TestProbeFollowsNoRedirect(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			t.Errorf("request for %s", r.URL)
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	if v := check1(t, address, nil); v != (verdict{ProbePassed, "status 302"}) {
		t.Error(v)
	}
}

func TestProbeOverUnixSocket(t *testing.T) {
	ln, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	var host atomic.Value
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { host.Store(r.Host) }))
	_ = s.Listener.Close()
	s.Listener = ln
	s.Start()
	defer s.Close()
	if v := check1(t, "unix:"+ln.Addr().String(), nil); v.why != ProbePassed || host.Load() != "localhost" {
		t.Errorf("%v, host %v", v, host.Load())
	}
}

func TestProbeVerifiesTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			w.WriteHeader(http.StatusTeapot)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of every handshake that is meant to fail
	s.StartTLS()
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	address := s.Listener.Addr().String()
	trusting := &tls.Config{RootCAs: roots, ServerName: "example.com", NextProtos: []string{"h2"}}
	for _, c := range []struct {
		name   string
		config *tls.Config
		want   Reason
	}{
		{"trusted", trusting, ProbePassed},
		{"unknown authority", &tls.Config{ServerName: "example.com"}, ProbeTLS},
		{"other name", &tls.Config{RootCAs: roots, ServerName: "example.org"}, ProbeTLS},
	} {
		if v := check1(t, address, func(h *HealthSpec) { h.TLS = c.config }); v.why != c.want {
			t.Errorf("%s: %v", c.name, v)
		}
	}
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	if v := check1(t, plain, func(h *HealthSpec) { h.TLS = trusting }); v.why != ProbeTLS {
		t.Errorf("plain server: %v", v)
	}
	if trusting.NextProtos[0] != "h2" {
		t.Error("the spec's TLS settings were modified")
	}
}

func TestProbeOfClosedPortFailsToConnect(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	_ = ln.Close()
	if v := check1(t, address, nil); v.why != ProbeConnect {
		t.Error(v)
	}
	if v := check1(t, "unix:"+filepath.Join(t.TempDir(), "none"), nil); v.why != ProbeConnect {
		t.Error(v)
	}
}

func TestProbeOfHostileBackend(t *testing.T) {
	short := func(h *HealthSpec) { h.Timeout = 300 * time.Millisecond }
	head := "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct {
		name, raw string
		change    func(*HealthSpec)
		want      Reason
	}{
		{"silence", "", short, ProbeTimeout},
		{"half a head", "HTTP/1.1 200", short, ProbeTimeout},
		{"garbage", "SSH-2.0-x\x00\xff\r\n\r\n", nil, ProbeResponse},
		{"head at the limit", head + fill(maxProbeHead-1024) + "\r\n\r\n", short, ProbePassed},
		{"head past the limit", head + fill(maxProbeHead) + "\r\n\r\n", nil, ProbeResponse},
		{"endless 1xx", strings.Repeat("HTTP/1.1 103 Early Hints\r\n"+fill(1024)+"\r\n\r\n", 64), nil, ProbeResponse},
		{"a body that never comes", head + "Content-Length: 9000000000000000000\r\n\r\n", short, ProbePassed},
		{"a failing head and a stalled body", "HTTP/1.1 500 Oh\r\nContent-Length: 5\r\n\r\n", short, ProbeStatus},
	} {
		if v := check1(t, answer(t, c.raw), c.change); v.why != c.want {
			t.Errorf("%s: %v %q, want %v", c.name, v.why, v.detail, c.want)
		}
	}
}

// A probe is over when it has seen enough of the body, however long it may take.
func TestProbeReadsNoEndlessBody(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	if v := check1(t, address, func(h *HealthSpec) { h.Timeout = time.Hour }); v.why != ProbePassed {
		t.Error(v)
	}
}

func fill(n int) string { return "X: " + strings.Repeat("x", n) }

func TestDetailIsBoundedText(t *testing.T) {
	for in, want := range map[string]string{
		strings.Repeat("x", maxDetail):         strings.Repeat("x", maxDetail),
		strings.Repeat("x", maxDetail+1):       strings.Repeat("x", maxDetail) + "…",
		strings.Repeat("x", maxDetail-1) + "é": strings.Repeat("x", maxDetail-1) + "\uFFFD…",
		"a\xffb":                               "a\uFFFDb",
	} {
		if got := detail(in); got != want || !utf8.ValidString(got) {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// The whole way: a real server goes down and comes back.
func TestProberFollowsARealServer(t *testing.T) {
	var down atomic.Bool
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	changes := make(chan Change, 10)
	prober := NewProber(func(c Change) { changes <- c }, nil)
	defer prober.Close()
	prober.Apply([]*Pool{probedPool(t, nil, health(func(h *HealthSpec) { h.Interval = MinProbeInterval }), address)})
	for _, want := range []Change{
		{From: Unknown, To: Healthy, Reason: ProbePassed, Detail: "status 200"},
		{From: Healthy, To: Unhealthy, Reason: ProbeStatus, Detail: "status 503"},
		{From: Unhealthy, To: Healthy, Reason: ProbePassed, Detail: "status 200"},
	} {
		select {
		case got := <-changes:
			want.Pool, want.Backend, want.At = "p", address, got.At
			if got != want || got.At.IsZero() {
				t.Errorf("change %+v, want %+v", got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no change to %v", want.To)
		}
		down.Store(want.To == Healthy)
	}
}
