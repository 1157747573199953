package e2e

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// TestDrippingBackendIsServed: slow is not dead. Every byte passes, in a response
// that takes longer than any single wait may.
func TestDrippingBackendIsServed(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		origintest.OK("drop by drop"),
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\ndrop by drop\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ndrop by drop",
	} {
		origin := origintest.New(t, func(c *origintest.Conn) {
			c.ReadHead()
			c.Drip(answer, 5*time.Millisecond)
		})
		w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q], timeouts: { first_byte: 2s, between_bytes: 2s } }
routes:
  - { match: { prefix: / }, pool: api }
`, origin.Addr())})
		if r := w.get(t, "/").expect(t, 200); string(r.body) != "drop by drop" {
			t.Errorf("%q became %v", answer, r)
		}
	}
}

// flood sends a body without end and counts what the other side took.
func flood(taken *atomic.Int64) func(*origintest.Conn) {
	return func(c *origintest.Conn) {
		if _, err := c.ReadHead(); err != nil {
			return
		}
		c.Send("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\n")
		block := make([]byte, 64<<10)
		for {
			n, err := c.Write(block)
			taken.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
}

// TestClientThatDoesNotReadIsCut, and its backend with it.
func TestClientThatDoesNotReadIsCut(t *testing.T) {
	t.Parallel()
	var taken atomic.Int64
	origin := origintest.New(t, flood(&taken))
	w := start(t, setup{listen: "\n    timeouts: { send_idle: 300ms }", conf: oneBackend(origin)})
	c := w.dial(t)
	c.send(request("GET", "/"))
	await(t, "the response begins", func() bool { return taken.Load() > 0 })
	await(t, "the backend's connection is given up", func() bool { return origin.Open() == 0 })
}

// TestSlowReaderHoldsTheBackendBack: what a client does not read is not read from
// the backend either, beyond what socket buffers hold, and costs no memory.
func TestSlowReaderHoldsTheBackendBack(t *testing.T) {
	t.Parallel()
	var taken atomic.Int64
	origin := origintest.New(t, flood(&taken))
	w := start(t, setup{conf: oneBackend(origin)})
	before := w.peakMemory(t)
	const clients = 8
	for range clients {
		w.dial(t).send(request("GET", "/"))
	}
	last, same := int64(-1), 0
	await(t, "the backend is held back", func() bool {
		if n := taken.Load(); n != last || n == 0 {
			last, same = n, 0
		} else {
			same++
		}
		return same > 300
	})
	if limit := int64(clients * (32 << 20)); last > limit {
		t.Errorf("%d bytes were taken for clients that read nothing", last)
	}
	if growth := w.peakMemory(t) - before; growth > growthLimit && !raceBuild {
		t.Errorf("memory grew by %d bytes for %d clients that read nothing", growth, clients)
	}
}

// TestUploadBelowTheMinimumRateIsCut, although bytes keep coming.
func TestUploadBelowTheMinimumRateIsCut(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		if _, err := c.ReadBody(); err == nil {
			c.Send(origintest.OK("complete"))
		}
	})
	w := start(t, setup{listen: "\n    timeouts: { body_grace: 300ms }\n    limits: { body_min_rate: 10KiB/s }", conf: oneBackend(origin)})
	c := w.dial(t)
	c.send(request("POST", "/", "Content-Length: 100000"))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		drip(c, strings.Repeat("x", 100000), stop)
	}()
	if r, err := c.tryResponse("POST"); err != nil || r.status != 408 {
		t.Errorf("%v, %v; want 408", r, err)
	}
	close(stop)
	<-stopped
	await(t, "the backend's connection ends", func() bool { return origin.Open() == 0 })
}

func TestKeepAliveCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	w := start(t, setup{listen: "\n    timeouts: { keep_alive: off }", conf: oneBackend(origin)})
	c := w.dial(t)
	c.send(request("GET", "/"))
	if r := c.response("GET").expect(t, 200); !strings.EqualFold(r.value("Connection"), "close") {
		t.Errorf("head %q", r.head)
	}
	c.ended()
}

// TestEndOfDescriptorsIsSurvived: more clients than the process may hold cost
// those clients, and nobody after them.
func TestEndOfDescriptorsIsSurvived(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	w := start(t, setup{descriptors: 64, conf: oneBackend(origin)})
	var clients []*client
	for range 150 {
		if c, err := tryDial(t, w.addr); err == nil {
			c.offer(request("GET", "/"))
			clients = append(clients, c)
		}
	}
	for _, c := range clients[:5] {
		c.response("GET").expect(t, 200)
	}
	for _, c := range clients {
		c.conn.Close()
	}
	await(t, "there is room again", func() bool {
		c, err := tryDial(t, w.addr)
		if err != nil {
			return false
		}
		defer c.conn.Close()
		c.offer(request("GET", "/"))
		r, err := c.tryResponse("GET")
		return err == nil && r.status == 200
	})
}

// TestLargeResponseKeepsItsBytes in every framing, through buffers of any size.
func TestLargeResponseKeepsItsBytes(t *testing.T) {
	t.Parallel()
	const size = 3<<20 + 17
	origin := origintest.New(t, func(c *origintest.Conn) {
		c.Each(func(r *origintest.Request) error {
			switch r.Target {
			case "/length":
				c.Sendf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
			case "/close":
				c.Send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
			default:
				c.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			}
			for at, n := 0, 1; at < size; at, n = at+n, n*3%65521+1 {
				n = min(n, size-at)
				from := at % period
				n = min(n, period)
				piece := string(pattern[from : from+n])
				var err error
				if r.Target == "/chunked" {
					err = c.Chunk(piece)
				} else {
					err = c.Send(piece)
				}
				if err != nil {
					return err
				}
			}
			if r.Target == "/chunked" {
				return c.LastChunk()
			}
			if r.Target == "/close" {
				return io.EOF
			}
			return nil
		})
	})
	w := start(t, setup{conf: oneBackend(origin)})
	for _, path := range []string{"/length", "/chunked", "/close"} {
		r := w.get(t, path).expect(t, 200)
		if len(r.body) != size || !matches(r.body, 0) {
			t.Errorf("%s: %d bytes arrived, or other ones", path, len(r.body))
		}
	}
}
