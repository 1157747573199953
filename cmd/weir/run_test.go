package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// A running is a weir in a process of its own.
type running struct {
	t    *testing.T
	cmd  *exec.Cmd
	path string // of the configuration
	done chan struct{}

	mu  sync.Mutex // guards the following field
	log []string   // lines of standard error
}

// runWeir runs weir on a configuration until the test ends, and waits until it
// serves.
func runWeir(t *testing.T, config string) *running {
	t.Helper()
	path := configFile(t, config)
	w := startWeir(t, weirCommand(t, "run", "-c", path), path)
	w.await("msg=serving")
	return w
}

func startWeir(t *testing.T, cmd *exec.Cmd, path string) *running {
	t.Helper()
	w := &running{t: t, cmd: cmd, path: path, done: make(chan struct{})}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.done)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			w.mu.Lock()
			w.log = append(w.log, lines.Text())
			w.mu.Unlock()
		}
		cmd.Wait()
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-w.done
		if t.Failed() {
			t.Logf("log of weir:\n%s", w.text())
		}
	})
	return w
}

func (w *running) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.log, "\n")
}

// await waits until the log holds a line that contains text, and returns the
// last such line.
func (w *running) await(text string) string {
	w.t.Helper()
	var found string
	eventually(w.t, "a line with "+text, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, line := range w.log {
			if strings.Contains(line, text) {
				found = line
			}
		}
		return found != ""
	})
	return found
}

var loggedAddresses = regexp.MustCompile(`listeners="?\[([^\]]*)\]"?`)

// addresses are the listeners' as the last log line about them has it.
func (w *running) addresses() []string {
	w.t.Helper()
	return strings.Fields(loggedAddresses.FindStringSubmatch(w.await("listeners="))[1])
}

var loggedAdmin = regexp.MustCompile(`admin=(\S+)`)

func (w *running) admin() string {
	w.t.Helper()
	return loggedAdmin.FindStringSubmatch(w.await("msg=serving"))[1]
}

func (w *running) signal(sig syscall.Signal) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(sig); err != nil {
		w.t.Fatal(err)
	}
}

// exit waits for the end of the process and returns its status.
func (w *running) exit() int {
	w.t.Helper()
	select {
	case <-w.done:
	case <-time.After(waitLimit):
		w.t.Fatal("weir does not end")
	}
	return w.cmd.ProcessState.ExitCode()
}

// eventually polls until condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(waitLimit)
	for !condition() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("still waiting for %s", what)
		}
	}
}

// awaitRefused waits until nobody listens on address.
func awaitRefused(t *testing.T, address string) {
	t.Helper()
	eventually(t, "the end of the listener on "+address, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
}

// fetch asks for a page on a connection of its own.
func fetch(url string) (status int, body string, err error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: waitLimit}
	res, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}

// fetched is like fetch for what has to work.
func fetched(t *testing.T, url string) (status int, body string) {
	t.Helper()
	status, body, err := fetch(url)
	if err != nil {
		t.Fatal(err)
	}
	return status, body
}

// fixed is a configuration that answers every request with text.
func fixed(text string) string {
	return fmt.Sprintf(`listen: ["127.0.0.1:0"]
admin: { address: "127.0.0.1:0" }
log: { access: "off" }
drain: { delay: 0s }
routes:
  - match: { prefix: / }
    respond: { body: %q }
`, text)
}

// held is a configuration in front of an origin that answers once it is told to.
func held(t *testing.T, drain string) (config string, arrived <-chan struct{}, answer func()) {
	t.Helper()
	entered, release := make(chan struct{}, 16), make(chan struct{})
	answer = sync.OnceFunc(func() { close(release) })
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		select {
		case <-release:
			io.WriteString(w, "at last")
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(origin.Close)
	t.Cleanup(answer)
	return fmt.Sprintf(`listen: ["127.0.0.1:0"]
admin: { address: "127.0.0.1:0" }
log: { access: "off" }
drain: %s
pools:
  origin: { backends: [%q] }
routes:
  - match: { prefix: / }
    pool: origin
`, drain, origin.Listener.Addr()), entered, answer
}

// pending is a request under way.
type pending struct {
	status int
	body   string
	err    error
}

func begin(url string) <-chan pending {
	c := make(chan pending, 1)
	go func() {
		status, body, err := fetch(url)
		c <- pending{status, body, err}
	}()
	return c
}

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

func TestDrainFinishesWhatIsInFlight(t *testing.T) {
	config, arrived, answer := held(t, "{ delay: 0s, timeout: 1h }")
	w := runWeir(t, config)
	answered := begin("http://" + w.addresses()[0] + "/")
	<-arrived
	w.signal(syscall.SIGTERM)
	awaitRefused(t, w.addresses()[0])
	answer()
	if got := <-answered; got != (pending{200, "at last", nil}) {
		t.Errorf("%+v", got)
	}
	if status := w.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

func TestDrainFailsReadinessBeforeItStopsAccepting(t *testing.T) {
	w := runWeir(t, strings.Replace(fixed("one"), "delay: 0s", "delay: 1h", 1))
	w.signal(syscall.SIGTERM)
	eventually(t, "readiness to fail", func() bool {
		status, body := fetched(t, "http://"+w.admin()+"/readyz")
		return status == 503 && body == "draining\n"
	})
	res, err := http.Get("http://" + w.addresses()[0] + "/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 || !res.Close {
		t.Errorf("status %d, asks to close: %v; want 200, true", res.StatusCode, res.Close)
	}
	w.signal(syscall.SIGTERM)
	if status := w.exit(); status != statusFailure {
		t.Errorf("exit status %d after a second signal, want %d", status, statusFailure)
	}
}

func TestDrainThatTimesOut(t *testing.T) {
	config, arrived, _ := held(t, "{ delay: 0s, timeout: 50ms }")
	w := runWeir(t, config)
	answered := begin("http://" + w.addresses()[0] + "/")
	<-arrived
	w.signal(syscall.SIGTERM)
	if status := w.exit(); status != statusDrainTimeout {
		t.Errorf("exit status %d, want %d", status, statusDrainTimeout)
	}
	if got := <-answered; got.err == nil {
		t.Errorf("the request that was cut got %+v", got)
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	config, arrived, _ := held(t, "{ delay: 0s, timeout: 1h }")
	w := runWeir(t, config)
	answered := begin("http://" + w.addresses()[0] + "/")
	<-arrived
	w.signal(syscall.SIGTERM)
	w.await("msg=draining")
	w.signal(syscall.SIGINT)
	if status := w.exit(); status != statusFailure {
		t.Errorf("exit status %d, want %d", status, statusFailure)
	}
	w.await("weir: ended by a second signal")
	if got := <-answered; got.err == nil {
		t.Errorf("the request that was cut got %+v", got)
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
