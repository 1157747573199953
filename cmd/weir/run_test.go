package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestRunServesAndStops(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		w := runWeir(t, fixed("one"))
		if status, body := fetched(t, "http://"+w.addresses()[0]+"/"); status != 200 || body != "one" {
			t.Errorf("%d %q", status, body)
		}
		if status, body := fetched(t, "http://"+w.admin()+"/readyz?verbose"); status != 200 ||
			!strings.Contains(body, " on "+w.addresses()[0]+"\n") {
			t.Errorf("readyz: %d %q", status, body)
		}
		w.signal(sig)
		if status := w.exit(); status != 0 {
			t.Errorf("%v: exit status %d", sig, status)
		}
	}
}

func TestRunRefusesABadConfiguration(t *testing.T) {
	path := configFile(t, strings.Replace(goodConfig, "pool: one", "pool: onne", 1))
	got := weir(t, "", "run", "-c", path)
	if got.status != statusConfig || !strings.HasPrefix(got.errors, path+":8:11: routes[0].pool: ") {
		t.Errorf("%+v", got)
	}
}

func TestRunFailsOnATakenAddress(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	taken := ln.Addr().String()
	for _, config := range []string{
		strings.Replace(fixed(""), `["127.0.0.1:0"]`, `[{ name: web, address: "`+taken+`" }]`, 1),
		strings.Replace(fixed(""), `{ address: "127.0.0.1:0" }`, `{ address: "`+taken+`" }`, 1),
	} {
		got := weir(t, "", "run", "-c", configFile(t, config))
		if got.status != statusFailure || !strings.HasSuffix(got.errors, "listen tcp "+taken+": bind: address already in use\n") {
			t.Errorf("%+v", got)
		}
	}
}

func TestAccessLogIsReopened(t *testing.T) {
	dir := t.TempDir()
	file, moved := filepath.Join(dir, "access.log"), filepath.Join(dir, "access.log.1")
	w := runWeir(t, strings.Replace(fixed("one"), `access: "off"`, "access: "+file, 1))
	url := "http://" + w.addresses()[0]
	holds := func(path, text string) func() bool {
		return func() bool {
			b, err := os.ReadFile(path)
			return err == nil && strings.Contains(string(b), text)
		}
	}
	fetched(t, url+"/before")
	eventually(t, "the first line", holds(file, "/before"))
	if err := os.Rename(file, moved); err != nil {
		t.Fatal(err)
	}
	fetched(t, url+"/between")
	eventually(t, "a line in the moved file", holds(moved, "/between"))
	w.signal(syscall.SIGUSR1)
	w.await("access log reopened")
	fetched(t, url+"/after")
	eventually(t, "a line in the new file", holds(file, "/after"))
}

func TestRunOutlivesTheReaderOfItsLogs(t *testing.T) {
	path := configFile(t, strings.Replace(fixed("one"), `access: "off"`, "access: stdout", 1))
	cmd := weirCommand(t, "run", "-c", path)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	cmd.Stdout = writer
	w := startWeir(t, cmd, path)
	w.await("msg=serving")
	reader.Close()
	for range 3 {
		if status, body := fetched(t, "http://"+w.addresses()[0]+"/"); status != 200 || body != "one" {
			t.Errorf("%d %q", status, body)
		}
	}
	w.signal(syscall.SIGTERM)
	if status := w.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// TestDescriptorLimitIsRaised holds what weir leaves to the Go runtime: the soft
// limit is raised to the hard one at the start of a process.
func TestDescriptorLimitIsRaised(t *testing.T) {
	path := configFile(t, fixed("one"))
	self := weirCommand(t, "run", "-c", path)
	cmd := exec.Command("/bin/sh", append([]string{"-c", `ulimit -Sn 64 && exec "$0" "$@"`, self.Path}, self.Args[1:]...)...)
	cmd.Env = self.Env
	w := startWeir(t, cmd, path)
	w.await("msg=serving")
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", cmd.Process.Pid))
	if err != nil {
		t.Skip("no /proc on this system")
	}
	line := regexp.MustCompile(`Max open files +(\d+) +(\d+)`).FindSubmatch(limits)
	if line == nil {
		t.Fatalf("limits: %s", limits)
	}
	soft, _ := strconv.Atoi(string(line[1]))
	hard, _ := strconv.Atoi(string(line[2]))
	if soft < hard-1 { // the runtime leaves one, to know its own change from others'
		t.Errorf("the soft limit is %d, the hard one %d", soft, hard)
	}
}

// TestRunWaitsForItsGoroutines runs the same wiring without a process of its own.
func TestRunWaitsForItsGoroutines(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent(),
		// These two are fasthttp's: one a process, the other one a listener, for
		// up to ten seconds after its end.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
	stop := make(chan os.Signal, 2)
	path := configFile(t, fixed("one"))
	p := newProcess(path, newLogging(io.Discard))
	p.started = func() {
		if status, body := fetched(t, "http://"+p.server.addresses()[0]+"/"); status != 200 || body != "one" {
			t.Errorf("%d %q", status, body)
		}
		stop <- syscall.SIGTERM
	}
	if err := p.run(streams{out: io.Discard, err: io.Discard}, orders{stop: stop}); err != nil {
		t.Error(err)
	}
}

func TestRunOnAUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "weir") // t.TempDir's names can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	w := runWeir(t, strings.Replace(fixed("one"), `["127.0.0.1:0"]`, "[unix:"+socket+"]", 1))
	if got := w.addresses(); len(got) != 1 || got[0] != "unix:"+socket {
		t.Errorf("logged addresses %q", got)
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.0\r\nHost: a\r\n\r\n")
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(answer), "\r\n\r\none") {
		t.Errorf("answer %q, %v", answer, err)
	}
	w.signal(syscall.SIGTERM)
	if status := w.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}
