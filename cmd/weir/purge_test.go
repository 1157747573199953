package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/weirproxy/weir/admin"
	"github.com/weirproxy/weir/edge"
	"github.com/weirproxy/weir/proxy"
)

// An operated is an admin listener in front of a proxy that only listens.
type operated struct {
	address string

	mu    sync.Mutex // guards the following fields
	asked []proxy.PurgeRequest
	zones []string
	err   error
}

// operate serves on address until the test ends.
func operate(t *testing.T, address string) *operated {
	t.Helper()
	o := &operated{zones: []string{"default"}}
	a := admin.New(address, admin.Sources{
		Phase:   func() admin.Phase { return admin.Ready },
		Purge:   o.purge,
		Metrics: http.NotFoundHandler(),
	}, slog.New(slog.DiscardHandler))
	if err := a.Listen(edge.Listen); err != nil {
		t.Fatal(err)
	}
	o.address = addressOf(a.Addr())
	served := make(chan struct{})
	go func() {
		defer close(served)
		a.Serve()
	}()
	t.Cleanup(func() {
		a.Close(t.Context())
		<-served
	})
	return o
}

func (o *operated) purge(r proxy.PurgeRequest) (proxy.PurgeResult, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, r)
	return proxy.PurgeResult{Zones: o.zones}, o.err
}

// answer makes it answer otherwise from now on.
func (o *operated) answer(err error, zones ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.zones, o.err = zones, err
}

// last is what was asked since the last call.
func (o *operated) last() []proxy.PurgeRequest {
	o.mu.Lock()
	defer o.mu.Unlock()
	asked := o.asked
	o.asked = nil
	return asked
}

func TestPurgeCommand(t *testing.T) {
	o := operate(t, "127.0.0.1:0")
	for _, c := range []struct {
		args []string
		want proxy.PurgeRequest
		says string
	}{
		{[]string{"https://a.example/x?y=1"}, proxy.PurgeRequest{URL: "https://a.example/x?y=1"},
			"marked stale: https://a.example/x?y=1, in zone default\n"},
		{[]string{"--tag", "news", "--hard"}, proxy.PurgeRequest{Tag: "news", Hard: true},
			"removed: tag \"news\", in zone default\n"},
		{[]string{"--group", "g", "--origin", "https://a.example", "--zone", "default"},
			proxy.PurgeRequest{Group: "g", Origin: "https://a.example", Zone: "default"},
			"marked stale: group \"g\" of https://a.example, in zone default\n"},
		{[]string{"--prefix=/a"}, proxy.PurgeRequest{Prefix: "/a"},
			"marked stale: prefix \"/a\", in zone default\n"},
		{[]string{"--pattern", "/*.png", "--host", "*.example"}, proxy.PurgeRequest{Pattern: "/*.png", Host: "*.example"},
			"marked stale: pattern \"/*.png\" of *.example, in zone default\n"},
		{[]string{"--host", "a.example"}, proxy.PurgeRequest{Host: "a.example"}, "marked stale: everything of a.example, in zone default\n"},
		{[]string{"--all"}, proxy.PurgeRequest{All: true}, "marked stale: everything, in zone default\n"},
	} {
		got := weir(t, "", append([]string{"purge", "--admin", o.address}, c.args...)...)
		if want := (outcome{statusOK, c.says, ""}); got != want {
			t.Errorf("%q: %+v, want %+v", c.args, got, want)
		}
		if asked := o.last(); len(asked) != 1 || asked[0] != c.want {
			t.Errorf("%q: asked %+v, want %+v", c.args, asked, c.want)
		}
	}
}

func TestPurgeNamesAllZones(t *testing.T) {
	o := operate(t, "127.0.0.1:0")
	o.answer(nil, "default", "images")
	got := weir(t, "", "purge", "--admin", o.address, "--all")
	if want := (outcome{statusOK, "marked stale: everything, in zones default, images\n", ""}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestPurgeFindsTheListenerInTheFile(t *testing.T) {
	dir, err := os.MkdirTemp("", "weir") // t.TempDir's names can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, address := range []string{"127.0.0.1:0", "unix:" + filepath.Join(dir, "a")} {
		o := operate(t, address)
		file := strings.Replace(goodConfig, "address: off", "address: '"+o.address+"'", 1)
		for _, got := range []outcome{
			weir(t, "", "purge", "-c", configFile(t, file), "--all"),
			weir(t, file, "purge", "-c", "-", "--all"),
		} {
			if want := (outcome{statusOK, "marked stale: everything, in zone default\n", ""}); got != want {
				t.Errorf("%s: %+v, want %+v", o.address, got, want)
			}
		}
		if asked := o.last(); len(asked) != 2 {
			t.Errorf("%s: asked %+v", o.address, asked)
		}
	}
}

func TestPurgeRefusesFilesWithoutAnAddress(t *testing.T) {
	for file, want := range map[string]outcome{
		goodConfig: {statusFailure, "", "weir: FILE has no admin listener to purge through\n"},
		strings.Replace(goodConfig, "address: off", "address: '127.0.0.1:0'", 1): {statusFailure, "",
			"weir: FILE leaves the port of the admin listener to the system: see weir's log, and use --admin\n"},
	} {
		path := configFile(t, file)
		got := weir(t, "", "purge", "-c", path, "--all")
		got.errors = strings.ReplaceAll(got.errors, path, "FILE")
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	got := weir(t, "nonsense: 1\n", "purge", "-c", "-", "--all")
	if got.status != statusConfig || !strings.HasPrefix(got.errors, "-:1:1: nonsense: ") {
		t.Errorf("%+v", got)
	}
}

func TestPurgeSaysWhyItFails(t *testing.T) {
	o := operate(t, "127.0.0.1:0")
	o.answer(fmt.Errorf("%w \"x\x1b[2J\"", proxy.ErrPurgeZone))
	for address, want := range map[string]string{
		o.address:                 "weir: refused: unknown zone \"x?[2J\"\n",
		freeAddressOf(t):          "weir: no weir answers on ADDRESS: dial tcp ADDRESS: connect: connection refused\n",
		"unix:/does/not/exist":    "weir: no weir answers on ADDRESS: dial unix /does/not/exist: connect: no such file or directory\n",
		answering(t, 404, "gone"): "weir: what answers on ADDRESS, with status 404, is not the admin listener of this version of weir\n",
		answering(t, 200, "gone"): "weir: what answers on ADDRESS, with status 200, is not the admin listener of this version of weir\n",
		answering(t, 302, ""):     "weir: what answers on ADDRESS, with status 302, is not the admin listener of this version of weir\n",
	} {
		got := weir(t, "", "purge", "--admin", address, "--all")
		got.errors = strings.ReplaceAll(got.errors, address, "ADDRESS")
		if got != (outcome{statusFailure, "", want}) {
			t.Errorf("%s: %+v, want %q", address, got, want)
		}
	}
}

func TestPurgeUsage(t *testing.T) {
	for args, want := range map[string]string{
		"":                        "nothing to purge is named: give a URL, --tag, --group, --prefix, --pattern, --host or --all",
		"--hard":                  "nothing to purge is named: give a URL, --tag, --group, --prefix, --pattern, --host or --all",
		"--all --tag a":           "several things to purge are named: purge one by one",
		"http://a/ --all":         "several things to purge are named: purge one by one",
		"--prefix /a --pattern b": "several things to purge are named: purge one by one",
		"--group a":               "--group and --origin go together",
		"--origin http://a":       "--group and --origin go together",
		"--all --origin http://a": "--group and --origin go together",
		"--all --host a":          "several things to purge are named: purge one by one",
		"--tag x --host a":        "several things to purge are named: purge one by one",
		"a.example/x":             `"a.example/x" is not a URL: it begins with http:// or https://`,
		"--tag=":                  "flag --tag is empty",
		"--all --zone=":           "flag --zone is empty",
		"--all --admin x":         `"x" is not the address of an admin listener: host:port or unix:/path`,
		"--all --admin :1":        `":1" is not the address of an admin listener: host:port or unix:/path`,
		"--all --admin unix:":     `"unix:" is not the address of an admin listener: host:port or unix:/path`,
		"--all --config=":         "flag --config is empty: it names the configuration file",
		"http://a/ http://b/":     "accepts at most 1 arg(s), received 2",
	} {
		got := weir(t, "", append([]string{"purge"}, strings.Fields(args)...)...)
		if first, _, _ := strings.Cut(got.errors, "\n"); got.status != statusUsage || first != "weir: "+want || got.out != "" {
			t.Errorf("%s: %+v, want %q", args, got, want)
		}
	}
}

// A weir without a cache says so.
func TestPurgeOfARunningWeirWithoutZones(t *testing.T) {
	w := runWeir(t, fixed("one"))
	got := weir(t, "", "purge", "--admin", w.admin(), "--zone", "none", "--all")
	if got.status != statusFailure || got.out != "" || !strings.HasPrefix(got.errors, "weir: refused: "+proxy.ErrPurgeZone.Error()) {
		t.Errorf("%+v", got)
	}
}

// answering is the address of somebody who answers everything alike.
func answering(t *testing.T, status int, body string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// freeAddressOf is an address that nobody listens on.
func freeAddressOf(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func TestCauseOfKeepsOtherErrors(t *testing.T) {
	if err := errors.New("x"); causeOf(err) != err {
		t.Error(causeOf(err))
	}
}
