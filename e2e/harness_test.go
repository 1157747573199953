package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for something that ought to happen soon.
const patience = 15 * time.Second

// A weir is one running process.
type weir struct {
	t      testing.TB
	cmd    *exec.Cmd
	addr   string // of the listener "main"
	admin  string
	config string // path of the configuration file
	access string // path of the access log
	stderr *output

	exited   chan struct{} // closed once the process is gone
	expected int           // the exit status that stop demands
}

// A setup is what a test wants of its weir.
type setup struct {
	listen string // further keys of the listener "main", each "\n    key: value"
	top    string // further top-level keys
	drain  string // "" is "{ delay: 0s, timeout: 20s }"
	conf   string // pools and routes

	descriptors int // that the process may have open; 0: as many as the test
}

// text writes the configuration.
func (s setup) text(addr, admin, access string) string {
	drain := s.drain
	if drain == "" {
		drain = "{ delay: 0s, timeout: 20s }"
	}
	return fmt.Sprintf(`listen:
  - name: main
    address: %q%s
admin: { address: %q }
log: { level: debug, access: { path: %q } }
drain: %s
%s
%s
`, addr, s.listen, admin, access, drain, s.top, s.conf)
}

// start runs weir until the test ends; then it is asked to stop and has to exit
// with status 0.
func start(t testing.TB, s setup) *weir {
	t.Helper()
	dir := t.TempDir()
	w := &weir{
		t: t, addr: freeAddr(t), admin: freeAddr(t), stderr: &output{}, exited: make(chan struct{}),
		config: filepath.Join(dir, "weir.yaml"), access: filepath.Join(dir, "access.log"),
	}
	w.write(s)
	w.cmd = exec.Command(binary, "run", "-c", w.config)
	if s.descriptors > 0 {
		limit := fmt.Sprintf(`ulimit -n %d && exec "$@"`, s.descriptors)
		w.cmd = exec.Command("sh", append([]string{"-c", limit, "sh"}, w.cmd.Args...)...)
	}
	w.cmd.Stdout, w.cmd.Stderr = w.stderr, w.stderr
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		w.cmd.Wait()
		close(w.exited)
	}()
	t.Cleanup(w.cleanup)
	w.awaitReady()
	return w
}

// write replaces the configuration file in one step.
func (w *weir) write(s setup) { w.writeText(s.text(w.addr, w.admin, w.access)) }

func (w *weir) writeText(text string) {
	w.t.Helper()
	next := w.config + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(next, w.config); err != nil {
		w.t.Fatal(err)
	}
}

func (w *weir) awaitReady() {
	w.t.Helper()
	await(w.t, "weir is ready", func() bool {
		select {
		case <-w.exited:
			w.t.Fatalf("weir ended at its start: %v\n%s", w.cmd.ProcessState, w.stderr)
		default:
		}
		status, _, err := w.adminGet("/readyz")
		return err == nil && status == 200
	})
}

var adminClient = &http.Client{
	Timeout:   patience,
	Transport: &http.Transport{DisableKeepAlives: true},
}

// adminGet asks the operators' listener.
func (w *weir) adminGet(path string) (status int, body string, err error) {
	resp, err := adminClient.Get("http://" + w.admin + path)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

func (w *weir) signal(s syscall.Signal) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(s); err != nil {
		w.t.Fatalf("signal %v: %v", s, err)
	}
}

// running tells whether the process is still there.
func (w *weir) running() bool {
	select {
	case <-w.exited:
		return false
	default:
		return true
	}
}

// awaitExit waits for the process to end and returns its exit status.
func (w *weir) awaitExit() int {
	w.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.exited:
	case <-timer.C:
		w.cmd.Process.Kill()
		<-w.exited
		w.t.Errorf("weir did not end; killed")
	}
	return w.cmd.ProcessState.ExitCode()
}

func (w *weir) cleanup() {
	if w.running() {
		w.checkPanics()
		w.cmd.Process.Signal(syscall.SIGTERM)
		if status := w.awaitExit(); status != w.expected {
			w.t.Errorf("exit status %d after SIGTERM, want %d", status, w.expected)
		}
	}
	log := w.stderr.String()
	for _, word := range []string{"panic", "DATA RACE", "BUG:", "fatal error"} {
		if strings.Contains(log, word) {
			w.t.Errorf("weir's log speaks of %q", word)
		}
	}
	if w.t.Failed() {
		w.t.Logf("weir's log ends:\n%s", tail(log, 4000))
	}
}

// checkPanics demands that nothing had to be recovered.
func (w *weir) checkPanics() {
	_, body, err := w.adminGet("/metrics")
	if err == nil && !strings.Contains(body, "\nweir_panics_recovered_total 0\n") {
		w.t.Error("weir recovered from a panic")
	}
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// An output collects what a process writes.
type output struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// await polls cond until it holds.
func await(t testing.TB, what string, cond func() bool) {
	t.Helper()
	awaitLong(t, patience, what, cond)
}

func awaitLong(t testing.TB, long time.Duration, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(long)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", long, what)
		}
		<-tick.C
	}
}

// receive takes a value from ch, which has to come soon.
func receive[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case v := <-ch:
		return v
	case <-timer.C:
		t.Fatalf("nothing was received for %v", patience)
		panic("not reached")
	}
}

// deliver gives a value to whoever has to take it soon.
func deliver[T any](t testing.TB, ch chan<- T, v T) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case ch <- v:
	case <-timer.C:
		t.Fatalf("nobody took %v for %v", v, patience)
	}
}

// nextPort hands out ports below the range from which the kernel takes the
// ports of outgoing connections, so that none of those is in the way.
var nextPort atomic.Uint32

func freeAddr(t testing.TB) string {
	t.Helper()
	for range 1000 {
		port := 20000 + (uint32(os.Getpid())*64+nextPort.Add(1))%12000
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		if ln, err := net.Listen("tcp", addr); err == nil {
			ln.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// deadAddr returns an address where nobody listens.
func deadAddr(t testing.TB) string { return freeAddr(t) }

// awaitOutput waits until weir has logged something.
func (w *weir) awaitOutput(what string) {
	w.t.Helper()
	await(w.t, fmt.Sprintf("the log says %q", what), func() bool { return strings.Contains(w.stderr.String(), what) })
}
