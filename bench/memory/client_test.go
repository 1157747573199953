package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestClientTakesWhatTheOriginSays: without weir between them.
func TestClientTakesWhatTheOriginSays(t *testing.T) {
	o, err := startOrigin()
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	c, p := newClient(o.address()), newPlan(16<<20)
	defer c.close()
	var first net.Conn
	for n := range int64(500) {
		hit, err := c.do(p.flood(n))
		if err != nil || hit {
			t.Fatalf("request %d: hit %v, %v", n, hit, err)
		}
		if n == 0 {
			first = c.conn
		}
	}
	if c.conn != first {
		t.Error("the connection was not kept")
	}
}

func TestClientChecks(t *testing.T) {
	a := ask{kind: declared, size: 500, number: 3}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		hit    bool
		want   string // part of the error; empty: none
	}{
		"right": {func(w http.ResponseWriter, _ *http.Request) { w.Write(a.body()) }, false, ""},
		"hit": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Status", "weir; hit; ttl=3")
			w.Write(a.body())
		}, true, ""},
		"another's body": {func(w http.ResponseWriter, _ *http.Request) { w.Write((&ask{size: 500, number: 4}).body()) }, false, "another body"},
		"too short":      {func(w http.ResponseWriter, _ *http.Request) { w.Write(a.body()[:499]) }, false, "1 bytes are missing"},
		"too long":       {func(w http.ResponseWriter, _ *http.Request) { w.Write(append(a.body(), 'x')) }, false, "another body"},
		"status":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, false, "status 503"},
	} {
		s := httptest.NewServer(c.answer)
		client := newClient(strings.TrimPrefix(s.URL, "http://"))
		hit, err := client.do(a)
		switch {
		case hit != c.hit:
			t.Errorf("%s: hit %v", name, hit)
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
		client.close()
		s.Close()
	}
}

func TestParseMemory(t *testing.T) {
	now, peak, err := parseMemory("Name:\tweir\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n")
	if err != nil || now != 1<<20 || peak != 2<<20 {
		t.Errorf("%d, %d, %v", now, peak, err)
	}
	for _, bad := range []string{"", "VmHWM: 1 kB\n", "VmHWM: x kB\nVmRSS: 1 kB\n"} {
		if _, _, err := parseMemory(bad); err == nil {
			t.Errorf("%q: want an error", bad)
		}
	}
}

func TestParseFigures(t *testing.T) {
	const text = `# TYPE weir_cache_zone_bytes gauge
weir_cache_zone_bytes{zone="default"} 1.5e+06
weir_cache_zone_capacity_bytes{zone="default"} 2
weir_cache_zone_pending_bytes{zone="default"} 3
weir_cache_zone_detached_bytes{zone="default"} 4
weir_cache_zone_entries{zone="default"} 5
weir_cache_zone_dropped_total{zone="default"} 6
`
	got, err := parseFigures(text)
	if want := (figures{1.5e6, 3, 4, 5, 6}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", strings.Replace(text, "1.5e+06", "x", 1), strings.Replace(text, "_entries", "", 1)} {
		if got, err := parseFigures(bad); err == nil {
			t.Errorf("%q: %+v, want an error", bad, got)
		}
	}
}

func TestParseFlagsHoldsLimits(t *testing.T) {
	for _, good := range []string{"-budget=16", "-budget=65536", "-base=0", "-requests=1", "-longest=1s", "-longest=24h", "-connections=400", "-slow=0", "-hot-rate=1"} {
		if _, err := parseFlags([]string{good}, io.Discard); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"-budget=15", "-budget=65537", "-base=-1", "-base=65537", "-requests=0", "-requests=1000000001", "-longest=999ms",
		"-longest=25h", "-connections=0", "-connections=401", "-slow=-1", "-slow=401", "-hot-rate=0", "-hot-rate=100001", "stray",
	} {
		if _, err := parseFlags([]string{bad}, io.Discard); err == nil {
			t.Errorf("%s: want an error", bad)
		}
	}
}
