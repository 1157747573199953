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
		w.t.Skipf("nothing is known of the descriptors of a process here: %v", err)
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
		pools += fmt.Sprintf("  %s: { backends: [%q], timeouts: { first_byte: 300ms, between_bytes: 300ms } }\n", name, addr)
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

	w.get(t, "/good").expect(t, 200)
	goroutines, descriptors := w.settled(t)
	const rounds = 8
	for range rounds {
		faults(t, w, len(hostiles))
	}
	// Fewer than the rounds, so that one leak a round is seen; more than what a
	// probe of the admin listener and pooled connections make up for. Idle workers
	// of the server go after some 20 seconds.
	const slack = rounds - 2
	var g, d int
	defer func() { t.Logf("goroutines %d, then %d; descriptors %d, then %d", goroutines, g, descriptors, d) }()
	awaitLong(t, 4*patience, "goroutines and descriptors are as before", func() bool {
		g, d = int(w.metric("go_goroutines")), w.descriptors()
		return g <= goroutines+slack && d <= descriptors+slack
	})
}

// settled waits until no client is connected and nothing is in flight, and
// returns how many goroutines and descriptors there are then, at the least.
func (w *weir) settled(t *testing.T) (goroutines, descriptors int) {
	t.Helper()
	await(t, "weir has nothing to do", func() bool {
		_, body, err := w.adminGet("/metrics")
		return err == nil && seriesSum(body, "weir_connections_open") == 0 &&
			seriesSum(body, "weir_backend_requests_in_flight") == 0 && seriesSum(body, "weir_tunnels_open") == 0
	})
	goroutines, descriptors = 1<<30, 1<<30
	for range 50 {
		goroutines = min(goroutines, int(w.metric("go_goroutines")))
		descriptors = min(descriptors, w.descriptors())
	}
	return goroutines, descriptors
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
