package e2e

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// insist repeats SIGTERM until weir has ended. Two signals within a few
// milliseconds may be one order sent twice, and one that comes when weir is on
// its way out may end it as any process: awaitExit returns -1 then.
func (w *weir) insist() {
	w.t.Helper()
	await(w.t, "weir ends", func() bool {
		w.cmd.Process.Signal(syscall.SIGTERM)
		return !w.running()
	})
}

// TestWhateverIsInFlightIsCutAtTheDeadline: no state of a request keeps weir from
// ending when its time is up, nor when it is told a second time.
func TestWhateverIsInFlightIsCutAtTheDeadline(t *testing.T) {
	t.Parallel()
	var taken atomic.Int64
	rows := []struct {
		name   string
		raw    string
		script func(*origintest.Conn)
	}{
		{"backend does not answer", request("GET", "/"), func(c *origintest.Conn) { c.ReadHead(); c.WaitClose() }},
		{"backend stalls in its head", request("GET", "/"), func(c *origintest.Conn) { c.ReadHead(); c.Cut(origintest.OK("hello"), 10, origintest.ByStall) }},
		{"backend stalls in its body", request("GET", "/"), func(c *origintest.Conn) { c.ReadHead(); c.Cut(origintest.OK("hello"), 40, origintest.ByStall) }},
		{"backend does not read", request("POST", "/", "Content-Length: 100000000") + string(make([]byte, 1<<20)), func(c *origintest.Conn) { c.ReadHead(); c.Pause(4 * patience) }},
		{"client stalls in its body", request("POST", "/", "Content-Length: 10") + "hello", func(c *origintest.Conn) { c.ReadHead(); c.ReadBody() }},
		{"client does not read", request("GET", "/"), flood(&taken)},
		{"tunnel", handshake("/"), origintest.WebSocketEcho},
	}
	for _, row := range rows {
		for _, again := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/again=%v", row.name, again), func(t *testing.T) {
				t.Parallel()
				origin := origintest.New(t, row.script)
				s := setup{drain: "{ delay: 0s, timeout: 300ms }", conf: fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - { match: { prefix: / }, pool: api, limits: { body: unlimited }, upgrade: [websocket] }
`, origin.Addr())}
				want := 3
				if again {
					s.drain, want = "{ delay: 0s, timeout: 1h }", 1
				}
				w := start(t, s)
				c := w.dial(t)
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					c.offer(row.raw)
				}()
				await(t, "the request is at the backend", func() bool { return len(origin.Requests()) == 1 })
				w.signal(syscall.SIGTERM)
				if again {
					w.insist()
				}
				if status := w.awaitExit(); status != want && !(again && status == -1) {
					t.Errorf("exit status %d, want %d", status, want)
				}
				c.conn.Close()
				<-sent
			})
		}
	}
}
