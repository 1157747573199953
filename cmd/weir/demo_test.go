package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/metrics"
)

// demoAtRest is a demo whose replicas listen and where nothing serves.
func demoAtRest(t *testing.T) *demo {
	t.Helper()
	d := &demo{web: demoAddress, admin: "127.0.0.1:9901", file: "/tmp/weir-demo-1.yaml"}
	for _, name := range []string{"a", "b", "c", "d"} {
		s := newShop(name, name == "d")
		if err := s.listen(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.close(context.Background()) })
		d.shops = append(d.shops, s)
	}
	d.config = demoConfig(d.web, d.admin, d.shops)
	return d
}

func TestDemoConfigurationIsValid(t *testing.T) {
	d := demoAtRest(t)
	cfg, err := config.Parse("demo.yaml", []byte(d.config))
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Warnings) > 0 {
		t.Errorf("warnings: %v", cfg.Warnings)
	}
	if got, want := summary(cfg), "1 listener, 2 pools, 5 backends, 11 routes"; got != want {
		t.Errorf("it holds %s, want %s", got, want)
	}
}

func TestDemoIntro(t *testing.T) {
	d := demoAtRest(t)
	var names []string
	for _, s := range d.shops {
		names = append(names, s.address(), "ADDRESS-OF-"+s.name)
	}
	got := strings.NewReplacer(names...).Replace(d.intro())
	want, err := os.ReadFile("testdata/intro.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the introduction is not that of testdata/intro.txt:\n%s", got)
	}
}

func TestFreeAddressYieldsToOthers(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	wanted := taken.Listener.Addr().String()
	got, err := freeAddress(wanted)
	if err != nil || got == wanted || !strings.HasPrefix(got, "127.0.0.1:") {
		t.Errorf("freeAddress(%s) = %s, %v", wanted, got, err)
	}
}

func TestScreenKeepsTheLiveLineBelow(t *testing.T) {
	var b bytes.Buffer
	s := &screen{live: true, out: &b}
	s.show("one")
	io.WriteString(s.above(&b), "log\n")
	s.show("two")
	s.show("")
	s.print("end\n")
	if got, want := b.String(), "one\r\x1b[Klog\none\r\x1b[Ktwo\r\x1b[Kend\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	b.Reset()
	s.show(strings.Repeat("x", screenWidth+1))
	if b.Len() != screenWidth {
		t.Errorf("a line of %d bytes", b.Len())
	}
}

func TestScreenWithoutATerminal(t *testing.T) {
	var b bytes.Buffer
	s := newScreen(&b)
	s.show("one")
	s.print("text\n")
	s.show("")
	if got := b.String(); got != "text\n" {
		t.Errorf("got %q", got)
	}
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if newScreen(file).live {
		t.Error("a file is taken for a terminal")
	}
}

func TestFiguresLine(t *testing.T) {
	r := metrics.New("test")
	route := r.Route("api")
	route.Done(0, metrics.MethodOf("GET"), 200, time.Millisecond, 0, 0)
	before := r.Totals()
	for range 39 {
		route.Done(0, metrics.MethodOf("GET"), 200, 2*time.Millisecond, 0, 0)
	}
	route.Done(0, metrics.MethodOf("GET"), 503, 2*time.Second, 0, 0)
	r.Pool("p").Retried(0)
	got := figuresLine(before, r.Totals(), 2*time.Second, cacheCount{40, 31}, "up a  DOWN b")
	if want := regexp.MustCompile(`^ 20 req/s  hits 78%  p50 1\.\dms  p99 \d\.\ds  5xx 1  retries 1  up a  DOWN b$`); !want.MatchString(got) {
		t.Errorf("got %q", got)
	}
	got = figuresLine(before, before, time.Second, cacheCount{}, "")
	if got != "  0 req/s  hits -  p50 0.0ms  p99 0.0ms  5xx 0  retries 0  " {
		t.Errorf("without requests: %q", got)
	}
}

func TestFiguresOfTheCacheAreThoseThatAreScraped(t *testing.T) {
	r := metrics.New("test")
	r.CacheWords([]string{"off", "hit", "uri-miss"}, []string{"", "stale-while-revalidate", "private"})
	a, b := r.Route("a"), r.Route("b")
	a.Cache(0, 1, 0)
	a.Cache(0, 1, 1)
	b.Cache(0, 2, 2)
	before, ok := cacheTotals(r.Handler())
	if want := (cacheCount{requests: 3, hits: 2}); !ok || before != want {
		t.Errorf("%+v, %v, want %+v", before, ok, want)
	}
	b.Cache(0, 1, 0)
	now, _ := cacheTotals(r.Handler())
	if got := now.since(before).ratio(); got != "100%" {
		t.Errorf("%s of one hit", got)
	}
	if _, ok := cacheTotals(http.NotFoundHandler()); ok {
		t.Error("a scrape that failed counts")
	}
}

func TestDemoLoadAsksUntilItIsStopped(t *testing.T) {
	var mu sync.Mutex
	asked, canaries := 0, 0
	enough := make(chan struct{})
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if asked++; r.Header.Get("X-Canary") == "1" {
			canaries++
		}
		if asked == 10 {
			close(enough)
		}
	}))
	defer origin.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		demoLoad(ctx, origin.URL)
	}()
	awaitClosed(t, "ten requests", enough)
	cancel()
	awaitClosed(t, "the end of the load", ended)
	if canaries != 1 {
		t.Errorf("%d of %d requests for the canary", canaries, asked)
	}
}

func awaitClosed(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(waitLimit):
		t.Fatalf("still waiting for %s", what)
	}
}

// runDemoCommand runs weir demo and returns it with what it printed.
func runDemoCommand(t *testing.T) (w *running, printed string) {
	t.Helper()
	cmd := weirCommand(t, "demo")
	out, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	cmd.Stdout = out
	w = startWeir(t, cmd, "")
	eventually(t, "the introduction", func() bool {
		b, err := os.ReadFile(out.Name())
		printed = string(b)
		return err == nil && strings.Contains(printed, "Ctrl-C drains")
	})
	return w, printed
}

var curlLine = regexp.MustCompile(`(?m)^  curl (.*)$`)

func TestDemoCommand(t *testing.T) {
	w, printed := runDemoCommand(t)
	file := regexp.MustCompile(`The configuration is (\S+) `).FindStringSubmatch(printed)[1]
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("configuration file: %v, %v", info, err)
	}
	if status, _ := fetched(t, "http://"+w.addresses()[0]+"/products/1"); status != 200 {
		t.Errorf("a page: status %d", status)
	}
	post := func(what string) {
		url := regexp.MustCompile(`-X POST (\S+/demo/` + what + `)`).FindStringSubmatch(printed)[1]
		res, err := http.Post(url, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	post("break")
	w.await("to=unhealthy")
	post("heal")
	eventually(t, "the replica to be back", func() bool {
		_, body := fetched(t, "http://"+w.admin()+"/readyz?verbose")
		return strings.Contains(body, "pool shop: 3 of 3 backends healthy\n")
	})

	conn, r := tunnelTo(t, w.addresses()[0], "/ws")
	conn.Write(masked(wsFinal|wsText, []byte("hello")))
	echoed := make([]byte, 7)
	if _, err := io.ReadFull(r, echoed); err != nil || string(echoed) != "\x81\x05hello" {
		t.Errorf("websocket: %q, %v", echoed, err)
	}
	stream := begin("http://" + w.addresses()[0] + "/events")
	eventually(t, "the stream to be under way", func() bool {
		_, figures := fetched(t, "http://"+w.admin()+"/metrics")
		return strings.Contains(figures, "weir_tunnels_open{route=\"websocket\"} 1")
	})

	// With a tunnel and an endless stream open. The client of the tunnel closes
	// its side when the replica has closed the other one, as RFC 6455 wants it to.
	w.signal(syscall.SIGINT)
	if got, err := io.ReadAll(r); err != nil || string(got) != "\x88\x02\x03\xE9" {
		t.Errorf("end of the websocket: %q, %v", got, err)
	}
	conn.Close()
	if status := w.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	if got := <-stream; got.err != nil || got.status != 200 || !strings.HasSuffix(got.body, "\n\n") {
		t.Errorf("the stream: %+v", got)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the configuration file is still there: %v", err)
	}
}

// demoPromises is what the texts above the lines say that they show.
var demoPromises = []string{
	"weir; fwd=uri-miss; fwd-status=200; stored", "weir; hit; ttl=5", "detail=stale-while-revalidate",
	"fwd=uri-miss; fwd-status=200; detail=private", `{"purged":"url"}`, `{"kind":"tag","zones":["default"],"hard":true}`,
	`"capacity_bytes":67108864`, "206 image/png 100 bytes", "hello from replica ", "weir_cache_requests_total{",
}

// TestDemoExamplesWork does what a person would: it copies every line.
func TestDemoExamplesWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl on this system")
	}
	w, printed := runDemoCommand(t)
	lines := curlLine.FindAllStringSubmatch(printed, -1)
	if len(lines) < 10 {
		t.Fatalf("%d examples in\n%s", len(lines), printed)
	}
	var shown strings.Builder
	for _, line := range lines {
		out, err := exec.Command("/bin/sh", "-c", "curl "+line[1]).CombinedOutput()
		if err != nil || len(out) == 0 {
			t.Errorf("curl %s: %v\n%s", line[1], err, out)
		}
		shown.Write(out)
	}
	for _, want := range demoPromises {
		if !strings.Contains(shown.String(), want) {
			t.Errorf("no line shows %s:\n%s", want, &shown)
		}
	}
	// As when the terminal goes away.
	w.signal(syscall.SIGHUP)
	if status := w.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}
