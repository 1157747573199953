package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestSelectScenarios(t *testing.T) {
	all, err := selectScenarios("all")
	if err != nil || len(all) != len(scenarios) {
		t.Errorf("all: %d scenarios, %v, want %d", len(all), err, len(scenarios))
	}
	two, err := selectScenarios("pass-10k,pass-small")
	if err != nil || len(two) != 2 || two[0].Name != "pass-small" || two[1].Name != "pass-10k" {
		t.Errorf("two: %v, %v, want the two in the table's order", two, err)
	}
	for role, cached := range map[string]bool{"pass": false, "hit": true} {
		list, err := selectScenarios(role)
		if err != nil || len(list) == 0 || len(ofKind(list, cached)) != len(list) {
			t.Errorf("%s: %v, %v, want all of the role", role, list, err)
		}
	}
	if got, err := selectScenarios("pass-small,pass-tiny"); err == nil {
		t.Errorf("unknown name: %v, want an error", got)
	}
}

func TestSelectProxies(t *testing.T) {
	two, err := selectProxies("varnish,nginx")
	if err != nil || !slices.Equal(labels(two), []string{"nginx", "nginx-cache", "varnish-cache"}) {
		t.Errorf("two: %v, %v, want all their roles in the table's order", labels(two), err)
	}
	for _, bad := range []string{"", "nginx,apache", "nginx,nginx"} {
		if _, err := selectProxies(bad); err == nil {
			t.Errorf("%q: want an error", bad)
		}
	}
}

func labels(list []proxy) (names []string) {
	for _, p := range list {
		names = append(names, p.label())
	}
	return names
}

func TestBodiesHaveTheirSize(t *testing.T) {
	for _, s := range scenarios {
		if got := len(s.body()); got != s.Size {
			t.Errorf("%s: %d bytes, want %d", s.Name, got, s.Size)
		}
		if strings.ContainsAny(s.Text(), "\"\\$") {
			t.Errorf("%s: the body holds what nginx would interpret", s.Name)
		}
	}
}

// TestConfigsNameEveryOrigin renders all configurations.
func TestConfigsNameEveryOrigin(t *testing.T) {
	s := settings{Dir: t.TempDir(), Port: 1111, Origins: []int{2222, 3333, 4444}, Room: 300, Inline: inline()}
	for _, p := range proxies {
		path, err := writeConfig(p.config, s)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if p.name == "varnish" {
			checkVarnish(t, string(text), p.args(path, s))
			continue
		}
		for _, address := range []string{"127.0.0.1:1111", "127.0.0.1:2222", "127.0.0.1:3333", "127.0.0.1:4444"} {
			if n := strings.Count(string(text), address); n != 1 {
				t.Errorf("%s: %s stands there %d times, want once:\n%s", p.label(), address, n, text)
			}
		}
	}
}

// checkVarnish: it has one backend, and its own address among the arguments.
func checkVarnish(t *testing.T, vcl string, args []string) {
	t.Helper()
	if !strings.Contains(vcl, `.port = "2222"`) || !slices.Contains(args, "127.0.0.1:1111") {
		t.Errorf("varnish: the addresses are not in %q and %s", args, vcl)
	}
}

func TestFindProgramMissing(t *testing.T) {
	if path, err := findProgram("weir-peers-no-such-program"); !errors.Is(err, errMissing) {
		t.Errorf("got %q, %v, want errMissing", path, err)
	}
}

func TestFreePortsDiffer(t *testing.T) {
	ports, err := freePorts(5)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, p := range ports {
		if seen[p] {
			t.Errorf("port %d twice in %v", p, ports)
		}
		seen[p] = true
	}
}

func TestParseFlagsHoldsLimits(t *testing.T) {
	for _, good := range []string{"-rounds=1", "-rounds=1000", "-connections=4000", "-duration=1s", "-duration=10m"} {
		if _, err := parseFlags([]string{good}, io.Discard); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"-rounds=0", "-rounds=1001", "-connections=0", "-connections=4001", "-duration=999ms", "-duration=601s",
		"-proxy-cpu=0", "stray", "-no-such-flag",
	} {
		if _, err := parseFlags([]string{bad}, io.Discard); err == nil {
			t.Errorf("%s: want an error", bad)
		}
	}
}

// stand is a proxy that can be told to do its job badly.
func stand(t *testing.T, change func(w http.ResponseWriter, r *http.Request, next http.Handler)) *server {
	t.Helper()
	job := http.NewServeMux()
	for _, s := range scenarios {
		job.HandleFunc(s.Path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(s.Size))
			io.WriteString(w, s.Text())
		})
	}
	job.HandleFunc("/connection", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "2") })
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { change(w, r, job) }))
	t.Cleanup(ts.Close)
	return &server{process: &process{name: "stand"}, address: strings.TrimPrefix(ts.URL, "http://")}
}

func TestCheckSame(t *testing.T) {
	type change = func(w http.ResponseWriter, r *http.Request, next http.Handler)
	for _, c := range []struct {
		name   string
		change change
		want   string // part of the error; empty: none
	}{
		{"does the job", func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }, ""},
		{"other body", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			io.WriteString(w, strings.Repeat("x", scenarios[0].Size))
		}, "not the origin's"},
		{"no length", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			w.(http.Flusher).Flush()
			next.ServeHTTP(w, r)
		}, "Content-Length"},
		{"error", func(w http.ResponseWriter, r *http.Request, next http.Handler) { w.WriteHeader(502) }, "status 502"},
		{"closes", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			w.Header().Set("Connection", "close")
			next.ServeHTTP(w, r)
		}, "connection to the client"},
		{"dials anew", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.URL.Path == "/connection" {
				io.WriteString(w, "1")
				return
			}
			next.ServeHTTP(w, r)
		}, "connections to the origin"},
	} {
		_, err := checkSame(context.Background(), stand(t, c.change), scenarios, nil)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

// TestServeReportsWhatEndsAtOnce: the program's own words are in the error.
func TestServeReportsWhatEndsAtOnce(t *testing.T) {
	dir := t.TempDir()
	bin := filepath.Join(dir, "taskset") // stands in for the real one, and fails
	script := "#!/bin/sh\necho cannot bind\nexit 1\n"
	if err := os.WriteFile(bin, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	ports, err := freePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = serve(context.Background(), "stand", dir, 0, ports[0], "anything")
	if err == nil || !strings.Contains(err.Error(), "cannot bind") {
		t.Errorf("error %v, want one that quotes the output", err)
	}
}
