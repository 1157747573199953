package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
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
