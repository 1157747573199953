package metrics

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// scrape returns what the handler serves: the series, and the families by name
// with their types.
func scrape(t *testing.T, r *Registry) (text string, types map[string]string) {
	t.Helper()
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	text = w.Body.String()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	types = make(map[string]string)
	for name, f := range families {
		types[name] = strings.ToLower(f.GetType().String())
	}
	return text, types
}

// series returns the lines of weir's own series but for build information.
func series(t *testing.T, r *Registry) string {
	t.Helper()
	text, _ := scrape(t, r)
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "weir_") && !strings.HasPrefix(line, "weir_build_info") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// busy returns a registry in which every family has a series.
func busy() *Registry {
	r := New("1.2.3")
	l := r.Listener("main")
	for stripe := range uint32(3) {
		l.Accepted(stripe)
		l.Request(stripe)
	}
	l.Closed(7) // a stripe of its own
	l.Refused(0, ConnectionLimit)
	l.Rejected(0, "bad_host")
	l.Rejected(1, "bad_host")
	l.Rejected(2, "conflicting_framing")

	route := r.Route("api")
	route.Done(0, GET, 200, 400*time.Microsecond, 0, 100)
	route.Done(1, GET, 200, 500*time.Microsecond, 0, 100)
	route.Done(9, GET, 200, 501*time.Microsecond, 0, 1)
	route.Done(2, POST, 503, 2*time.Second, 50, 20)
	route.Done(3, MethodOf("BREW"), 999, time.Hour, 0, 0)
	route.Done(4, Method(200), 99, -time.Second, -1, -1)
	route.Failed(0, "connection_refused")
	route.TunnelOpened(0)
	route.TunnelOpened(1)
	route.TunnelClosed(5)

	r.CacheWords([]string{"off", "hit", "uri-miss"}, []string{"", "expired"})
	route.Cache(0, 1, 0)
	route.Cache(8, 1, 0)
	route.Cache(1, 1, 1)
	route.Cache(2, 2, 0)
	route.Cache(3, 3, 2) // beyond the words
	route.Cache(3, 255, 255)
	route.CacheStored(0)
	route.CacheCollapsed(1)
	route.CacheCollapsed(2)
	route.CacheRefreshed(0, RefreshNotModified)
	route.CacheRefreshed(0, refreshCount) // not a result: counted nowhere
	z := r.Zone("default")
	z.Watch(func() ZoneGauges {
		return ZoneGauges{
			Bytes: 1, Capacity: 2, Pending: 3, Detached: 4, Entries: 5, Fills: 6,
			Stored: 7, Evicted: 8, Rejected: 9, Dropped: 10, TooLarge: 11,
		}
	})
	z.Purged("url")
	z.Purged("tag")
	z.Purged("tag")

	r.Pool("p").Retried(3)
	b := r.Backend("p", "127.0.0.1:1")
	b.Attempt(0, 200, 3*time.Millisecond)
	b.Attempt(1, 503, 61*time.Second)
	b.Failed(0, "connection_refused")
	b.HealthChanged(false)
	b.HealthChanged(false)
	b.HealthChanged(true)
	b.Watch(Gauges{
		InFlight:    func() int64 { return 4 },
		Connections: func() Connections { return Connections{Opened: 1, Reused: 2, Open: 5} },
		Healthy:     func() bool { return true },
	})

	r.Panicked()
	r.AccessLogDropped(12)
	r.Reloaded("abc", time.Unix(1000, 500e6))
	r.ReloadFailed()
	return r
}

func TestScrape(t *testing.T) { golden(t, "scrape.txt", series(t, busy())) }

func TestScrapeHasEveryFamilyOfTheCatalogue(t *testing.T) {
	_, types := scrape(t, busy())
	for _, s := range Catalogue() {
		if types[s.Name] != s.Type {
			t.Errorf("%s is %q, want %q", s.Name, types[s.Name], s.Type)
		}
		delete(types, s.Name)
	}
	for name := range maps.Keys(types) {
		if strings.HasPrefix(name, "weir_") {
			t.Errorf("%s is not in the catalogue", name)
		}
	}
	if types["go_goroutines"] == "" {
		t.Error("the series of the runtime are missing")
	}
	if runtime.GOOS == "linux" && types["process_open_fds"] == "" {
		t.Error("the series of the process are missing")
	}
}

func TestNamesFollowPrometheusConventions(t *testing.T) {
	problems, err := testutil.GatherAndLint(busy().exposition)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "weir_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestGaugesThatNobodyKeepsAreLeftOut(t *testing.T) {
	r := New("")
	b := r.Backend("p", "b")
	b.Watch(Gauges{Healthy: func() bool { return false }})
	b.Failed(0, "x")
	got := series(t, r)
	if !strings.Contains(got, `weir_backend_healthy{backend="b",pool="p"} 0`) ||
		strings.Contains(got, "in_flight") || strings.Contains(got, "connections_open{backend") {
		t.Error(got)
	}
}

func TestLabelsThatAreNotUTF8DoNotBreakTheScrape(t *testing.T) {
	r := New("\xff")
	r.Route("a\xffb\"\n").Done(0, GET, 200, 0, 0, 0)
	r.Route("a\xffb\"\n").Failed(0, "\xfe")
	r.Backend("\xff", "\xff").Failed(0, "\xff")
	r.Zone("\xff").Purged("\xff")
	r.Reloaded("\xff", time.Unix(0, 0))
	if got := series(t, r); !strings.Contains(got, "weir_request_bytes_total{route=\"a\uFFFDb\\\"\\n\"} 0") {
		t.Error(got)
	}
}

func TestHandlesAreFoundByName(t *testing.T) {
	r := New("")
	if a := r.Route("a"); a != r.Route("a") || a == r.Route("b") || a.Name() != "a" {
		t.Error("routes")
	}
	if a := r.Pool("a"); a != r.Pool("a") || a == r.Pool("b") || a.Name() != "a" {
		t.Error("pools")
	}
	if a := r.Listener("a"); a != r.Listener("a") || a == r.Listener("b") || a.Name() != "a" {
		t.Error("listeners")
	}
	if a := r.Zone("a"); a != r.Zone("a") || a == r.Zone("b") || a.Name() != "a" {
		t.Error("zones")
	}
	b := r.Backend("a", "b")
	if b != r.Backend("a", "b") || b == r.Backend("b", "a") || b.Pool() != "a" || b.Name() != "b" {
		t.Error("backends")
	}
}

func TestHandlesOfASnapshotThatWasDroppedLeaveNoSeries(t *testing.T) {
	r := New("")
	before := series(t, r)
	r.Route("a")
	r.Pool("a")
	r.Backend("a", "b")
	r.Zone("a").Watch(func() ZoneGauges { return ZoneGauges{Capacity: 1} })
	if got := series(t, r); got != before {
		t.Errorf("got:\n%s", got)
	}
	r.Retain(Keep{
		Routes:   []*Route{r.Route("a")},
		Pools:    []*Pool{r.Pool("a")},
		Backends: []*Backend{r.Backend("a", "b")},
		Zones:    []*Zone{r.Zone("a")},
	})
	for _, want := range []string{
		`weir_request_duration_seconds_count{route="a"} 0`,
		`weir_retries_total{pool="a"} 0`,
		`weir_backend_first_byte_seconds_count{backend="b",pool="a"} 0`,
		`weir_cache_zone_capacity_bytes{zone="a"} 1`,
	} {
		if got := series(t, r); !strings.Contains(got, want) {
			t.Errorf("no %s in:\n%s", want, got)
		}
	}
}

func TestRetainRemovesWhatIsGoneAndKeepsCounting(t *testing.T) {
	r := New("")
	stays, goes := r.Route("stays"), r.Route("goes")
	p, q := r.Pool("p"), r.Pool("q")
	b, c := r.Backend("p", "b"), r.Backend("q", "c")
	y, z := r.Zone("y"), r.Zone("z")
	y.Purged("all")
	z.Purged("all")
	stays.Done(0, GET, 200, 0, 0, 0)
	goes.Done(0, GET, 200, 0, 0, 0)
	for _, pool := range []*Pool{p, q} {
		pool.Retried(0)
	}
	b.Attempt(0, 200, 0)
	c.Attempt(0, 200, 0)

	r.Retain(Keep{[]*Route{stays}, []*Pool{p}, []*Backend{b}, []*Zone{y}})
	y.Purged("all")
	stays.Done(1, GET, 200, 0, 0, 0)
	goes.Done(1, GET, 200, 0, 0, 0)
	got := series(t, r)
	for _, want := range []string{
		`weir_requests_total{method="GET",route="stays",status="200"} 2`,
		`weir_retries_total{pool="p"} 1`,
		`weir_backend_requests_total{backend="b",pool="p",status="200"} 1`,
		`weir_cache_purges_total{kind="all",zone="y"} 2`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in:\n%s", want, got)
		}
	}
	for _, gone := range []string{`route="goes"`, `pool="q"`, `zone="z"`} {
		if strings.Contains(got, gone) {
			t.Errorf("%s in:\n%s", gone, got)
		}
	}
	if again := r.Route("goes"); again == goes || again.Durations().Count() != 0 {
		t.Error("a name that comes back does not begin anew")
	}
}

func TestForgetRemovesAListener(t *testing.T) {
	r := New("")
	l := r.Listener("a")
	l.Rejected(0, "bad_host")
	r.Forget(l)
	r.Forget(l)
	if got := series(t, r); strings.Contains(got, `listener="a"`) {
		t.Error(got)
	}
	again := r.Listener("a")
	r.Forget(l) // which is not the one of that name any more
	if r.Listener("a") != again {
		t.Error("a new listener of the same name was forgotten")
	}
	if n := r.Totals().Rejected; n != 1 {
		t.Errorf("%d rejected", n)
	}
}

func TestTotals(t *testing.T) {
	r := busy()
	r.Listener("other").Accepted(0)
	r.Route("b").Done(0, GET, 502, time.Second, 1, 2)
	check := func(tunnels int64) {
		t.Helper()
		got := r.Totals()
		durations := got.Durations
		got.Durations = Durations{}
		want := Totals{
			Requests: 7, Errors: 2, Rejected: 3, BytesIn: 51, BytesOut: 223,
			OpenConnections: 3, OpenTunnels: tunnels, Retries: 1,
		}
		if got != want {
			t.Errorf("totals %+v, want %+v", got, want)
		}
		if durations.Count() != 7 {
			t.Errorf("%d durations", durations.Count())
		}
	}
	check(1)
	r.Retain(Keep{Routes: []*Route{r.Route("b")}}) // what is gone has happened all the same
	check(0)
	r.Retain(Keep{})
	r.Retain(Keep{})
	check(0)
}

func TestReloadSeries(t *testing.T) {
	r := New("")
	has := func(lines ...string) {
		t.Helper()
		got := strings.Split(series(t, r), "\n")
		for _, l := range lines {
			if !slices.Contains(got, l) {
				t.Errorf("no %q in %q", l, got)
			}
		}
	}
	has(`weir_config_last_reload_successful 1`, `weir_reloads_total{result="success"} 0`)
	r.Reloaded("one", time.Unix(5, 0))
	r.ReloadFailed()
	has(`weir_config_info{hash="one"} 1`, `weir_config_last_reload_successful 0`,
		`weir_config_last_reload_success_timestamp_seconds 5`,
		`weir_reloads_total{result="success"} 1`, `weir_reloads_total{result="failure"} 1`)
	r.Reloaded("two", time.Unix(6, 0))
	has(`weir_config_info{hash="two"} 1`, `weir_config_last_reload_successful 1`)
}
