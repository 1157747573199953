package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// metric returns the value of a series without labels.
func (w *weir) metric(name string) float64 {
	w.t.Helper()
	status, body, err := w.adminGet("/metrics")
	if err != nil || status != 200 {
		w.t.Fatalf("/metrics: %d, %v", status, err)
	}
	for line := range strings.Lines(body) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				w.t.Fatalf("metric %q", line)
			}
			return v
		}
	}
	w.t.Fatalf("no metric %s", name)
	return 0
}

// descriptors counts the open files of the process.
func (w *weir) descriptors() int {
	w.t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", w.cmd.Process.Pid))
	if err != nil {
		w.t.Fatal(err)
	}
	return len(entries)
}

// TestFaultsLeakNothing: after faults of every kind, goroutines and descriptors
// are back to what they were.
func TestFaultsLeakNothing(t *testing.T) {
	t.Parallel()
	hostiles := origintest.Hostiles()
	pools, routes := "", ""
	add := func(name, addr, more string) {
		pools += fmt.Sprintf("  %s: { backends: [%q], timeouts: { first_byte: 1s, between_bytes: 1s } }\n", name, addr)
		routes += fmt.Sprintf("  - { match: { prefix: /%s }, pool: %s%s }\n", name, name, more)
	}
	for i, h := range hostiles {
		add(fmt.Sprintf("bad%d", i), origintest.New(t, h.Script).Addr(), "")
	}
	add("good", origintest.New(t, origintest.Reply(origintest.OK("good"))).Addr(), "")
	add("ws", origintest.New(t, origintest.WebSocketEcho).Addr(), ", upgrade: [websocket]")
	add("silent", origintest.New(t, func(c *origintest.Conn) { c.WaitClose() }).Addr(), "")
	add("dead", deadAddr(t), "")
	w := start(t, setup{conf: "pools:\n" + pools + "routes:\n" + routes})

	faults(t, w, len(hostiles)) // whatever is kept for good is there after one round
	goroutines, descriptors := w.settle(t, 1<<30, 1<<30)
	for range 3 {
		faults(t, w, len(hostiles))
	}
	// A probe of the admin listener and a pooled connection more or less.
	w.settle(t, goroutines+5, descriptors+5)
}

// settle waits until no client is connected and both counts are within limits,
// and returns them.
func (w *weir) settle(t *testing.T, goroutines, descriptors int) (int, int) {
	t.Helper()
	var g, d int
	lastG, lastD, same := -1, -1, 0
	await(t, fmt.Sprintf("at most %d goroutines and %d descriptors", goroutines, descriptors), func() bool {
		g, d = int(w.metric("go_goroutines")), w.descriptors()
		if g == lastG && d == lastD {
			same++
		} else {
			lastG, lastD, same = g, d, 0
		}
		return g <= goroutines && d <= descriptors && same >= 200
	})
	return g, d
}

// faults sends every kind of bad request to every kind of bad backend and leaves
// in every impolite way.
func faults(t *testing.T, w *weir, hostiles int) {
	t.Helper()
	for i := range hostiles {
		c := w.dial(t)
		c.send(request("GET", fmt.Sprintf("/bad%d", i)))
		if i%2 == 0 {
			c.tryResponse("GET")
			c.conn.Close()
		} else {
			c.tryAnyHead("GET")
			c.reset()
		}
	}
	for _, raw := range []string{
		"", "G", "GET / HTTP/1.1\r\nHo", "\x16\x03\x01", "GET / HTTP/9.9\r\n\r\n",
		request("POST", "/good", "Content-Length: 1000") + "begin",
		request("POST", "/silent", "Content-Length: 1000") + "begin",
		request("POST", "/good", "Transfer-Encoding: chunked") + "5\r\nhel",
		request("GET", "/silent"), request("GET", "/dead"), request("GET", "/nowhere"),
		request("GET", "/good") + request("GET", "/good") + request("GET", "/silent"),
		handshake("/ws"), handshake("/good"), handshake("/dead"),
	} {
		for _, end := range []func(*client){(*client).reset, func(c *client) { c.conn.Close() }} {
			c := w.dial(t)
			c.offer(raw)
			end(c)
		}
	}
	c := openWebSocket(t, w, "/ws")
	c.echo("hello")
	c.reset()
	w.get(t, "/good").expect(t, 200)
}
