package admin

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weirproxy/weir/proxy"
)

func sources(phase Phase) Sources {
	return Sources{
		Phase:     func() Phase { return phase },
		Listeners: func() []Listener { return []Listener{{"web", "127.0.0.1:8080"}, {"unix:/run/w", "/run/w"}} },
		Pools:     func() []Pool { return []Pool{{"api", 2, 3}, {"dead", 0, 1}} },
		Zones:     func() []proxy.ZoneState { return nil },
		Purge:     func(proxy.PurgeRequest) (proxy.PurgeResult, error) { return proxy.PurgeResult{}, nil },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "weir_up 1\n")
		}),
	}
}

func get(phase Phase, method, host, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.Host = host
	w := httptest.NewRecorder()
	New("127.0.0.1:9900", sources(phase), slog.New(slog.DiscardHandler)).http.Handler.ServeHTTP(w, r)
	return w
}

func TestPages(t *testing.T) {
	for _, c := range []struct {
		phase          Phase
		method, target string
		status         int
		body           string
	}{
		{Ready, "GET", "/livez", 200, "alive\n"},
		{Starting, "GET", "/livez", 200, "alive\n"},
		{Draining, "GET", "/livez", 200, "alive\n"},
		{Ready, "GET", "/readyz", 200, "ready\n"},
		{Starting, "GET", "/readyz", 503, "starting\n"},
		{Draining, "GET", "/readyz", 503, "draining\n"},
		{Ready, "GET", "/readyz?verbose", 200, "ready\n" +
			"listener web on 127.0.0.1:8080\nlistener unix:/run/w on /run/w\n" +
			"pool api: 2 of 3 backends healthy\npool dead: 0 of 1 backends healthy\n"},
		{Draining, "GET", "/readyz?verbose=1", 503, "draining\n" +
			"listener web on 127.0.0.1:8080\nlistener unix:/run/w on /run/w\n" +
			"pool api: 2 of 3 backends healthy\npool dead: 0 of 1 backends healthy\n"},
		{Ready, "GET", "/metrics", 200, "weir_up 1\n"},
		{Ready, "GET", "/cache", 200, "{\"zones\":[]}\n"},
		{Ready, "GET", "/purge", 405, "Method Not Allowed\n"},
		{Ready, "HEAD", "/readyz", 200, "ready\n"}, // the server, not the handler, drops the body
		{Ready, "POST", "/readyz", 405, "Method Not Allowed\n"},
		{Ready, "GET", "/", 404, "404 page not found\n"},
		{Ready, "GET", "/debug/pprof/", 404, "404 page not found\n"},
	} {
		w := get(c.phase, c.method, "127.0.0.1:9900", c.target)
		if w.Code != c.status || w.Body.String() != c.body {
			t.Errorf("%v: %s %s = %d %q, want %d %q", c.phase, c.method, c.target, w.Code, w.Body, c.status, c.body)
		}
	}
}

func TestGuardRefusesForeignHosts(t *testing.T) {
	for host, want := range map[string]int{
		"127.0.0.1:9900":       200,
		"127.0.0.1":            200,
		"127.8.0.1:1":          200,
		"[::1]:9900":           200,
		"[::1]":                200,
		"localhost:9900":       200,
		"LocalHost.":           200,
		"":                     421,
		":9900":                421,
		"evil.example":         421,
		"evil.example:9900":    421,
		"localhost.evil:9900":  421,
		"127.0.0.1.evil:9900":  421,
		"10.0.0.1:9900":        421,
		"0.0.0.0:9900":         421,
		"[::ffff:10.0.0.1]:80": 421,
	} {
		if w := get(Ready, "GET", host, "/livez"); w.Code != want {
			t.Errorf("Host %q: status %d, want %d", host, w.Code, want)
		}
	}
}

func TestGuardAcceptsTheConfiguredHost(t *testing.T) {
	r := httptest.NewRequest("GET", "/livez", nil)
	r.Host = "Ops.Example:1"
	w := httptest.NewRecorder()
	New("ops.example:9900", sources(Ready), slog.New(slog.DiscardHandler)).http.Handler.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("status %d, want 200", w.Code)
	}
}

func TestServeUntilClose(t *testing.T) {
	s := New("127.0.0.1:0", sources(Ready), slog.New(slog.DiscardHandler))
	if err := s.Listen(listen); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	res, err := client.Get("http://" + s.Addr().String() + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || string(body) != "ready\n" {
		t.Fatalf("body %q, %v", body, err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve = %v after Close, want nil", err)
	}
	if _, err := client.Get("http://" + s.Addr().String() + "/readyz"); err == nil {
		t.Error("the listener is open after Close")
	}
}

func TestCloseBeforeServeFreesTheAddress(t *testing.T) {
	s := New("127.0.0.1:0", sources(Ready), slog.New(slog.DiscardHandler))
	if err := s.Listen(listen); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	again := New(s.Addr().String(), sources(Ready), slog.New(slog.DiscardHandler))
	if err := again.Listen(listen); err != nil {
		t.Fatal(err)
	}
	again.Close(context.Background())
}

func TestListenSaysWhichListenerFailed(t *testing.T) {
	first := New("127.0.0.1:0", sources(Ready), slog.New(slog.DiscardHandler))
	if err := first.Listen(listen); err != nil {
		t.Fatal(err)
	}
	defer first.Close(context.Background())
	err := New(first.Addr().String(), sources(Ready), slog.New(slog.DiscardHandler)).Listen(listen)
	if err == nil || !strings.HasPrefix(err.Error(), "admin: listen tcp 127.0.0.1:") {
		t.Errorf("error %v", err)
	}
}

func listen(address string) (net.Listener, error) { return net.Listen("tcp", address) }
