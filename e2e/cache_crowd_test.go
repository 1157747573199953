package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// crowdSize is how many clients ask at once: WEIR_E2E_CROWD, or what does not
// keep the other tests waiting.
func crowdSize(t *testing.T) int {
	t.Helper()
	text := os.Getenv("WEIR_E2E_CROWD")
	if text == "" {
		return 500
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 2 {
		t.Fatalf("WEIR_E2E_CROWD=%q", text)
	}
	return n
}

// crowdBody is what the crowd is after: 1 MiB that shows where a piece is missing.
var crowdBody = sync.OnceValue(func() string {
	var b strings.Builder
	for i := 0; b.Len() < 1<<20; i++ {
		fmt.Fprintf(&b, "%07d\n", i)
	}
	return b.String()[:1<<20]
})

// A crowd is many clients with a connection each, all of which have been used.
type crowd struct {
	t     *testing.T
	w     *weir
	conns []*crowdClient
}

type crowdClient struct {
	conn net.Conn
	r    *bufio.Reader
}

const crowdConf = `
pools: { origin: { backends: [%q] } }
routes:
  - { match: { path: /warm }, respond: { status: 200, body: warm } }
  - { match: { prefix: / }, pool: origin, cache: { %s } }
`

func gather(t *testing.T, origin *origintest.Server, n int, cache string) *crowd {
	t.Helper()
	w := start(t, setup{conf: fmt.Sprintf(crowdConf, origin.Addr(), cache)})
	c := &crowd{t: t, w: w, conns: make([]*crowdClient, n)}
	c.each(func(i int) error {
		conn, err := net.Dial("tcp", w.addr)
		if err != nil {
			return err
		}
		c.conns[i] = &crowdClient{conn: conn, r: bufio.NewReaderSize(conn, 4<<10)}
		return c.conns[i].fetch("/warm", "warm")
	}, nil)
	t.Cleanup(func() {
		for _, cc := range c.conns {
			if cc != nil {
				cc.conn.Close()
			}
		}
	})
	return c
}

// each has every client do what f says at the same time. all, if not nil, is
// closed once all have begun.
func (c *crowd) each(f func(i int) error, all chan<- struct{}) {
	c.t.Helper()
	var failed atomic.Int64
	var wg, begun sync.WaitGroup
	begun.Add(len(c.conns))
	for i := range c.conns {
		wg.Go(func() {
			begun.Done()
			if err := f(i); err != nil && failed.Add(1) <= 5 {
				c.t.Errorf("client %d: %v", i, err)
			}
		})
	}
	if all != nil {
		begun.Wait()
		close(all)
	}
	wg.Wait()
	if n := failed.Load(); n > 0 {
		c.t.Errorf("%d of %d clients failed", n, len(c.conns))
	}
}

func (cc *crowdClient) send(path string) error {
	_, err := io.WriteString(cc.conn, "GET "+path+" HTTP/1.1\r\nHost: crowd.test\r\n\r\n")
	return err
}

// fetch demands the body.
func (cc *crowdClient) fetch(path, body string) error {
	if err := cc.send(path); err != nil {
		return err
	}
	status, got, err := cc.read(body)
	if err != nil {
		return err
	}
	if status != 200 || got != body {
		return fmt.Errorf("status %d with a body of %d bytes that is not the one wanted: %.60q", status, len(got), got)
	}
	return nil
}

// read reads a response. To spare memory, a body that is want is not collected.
func (cc *crowdClient) read(want string) (status int, body string, err error) {
	cc.conn.SetReadDeadline(time.Now().Add(2 * time.Minute))
	length := -1
	for {
		line, err := cc.r.ReadString('\n')
		if err != nil {
			return 0, "", fmt.Errorf("in the head: %w", err)
		}
		if line == "\r\n" {
			break
		}
		if status == 0 {
			if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &status); err != nil {
				return 0, "", err
			}
		}
		if v, ok := strings.CutPrefix(strings.ToLower(line), "content-length: "); ok {
			length, _ = strconv.Atoi(strings.TrimSpace(v))
		}
	}
	if length < 0 {
		return 0, "", fmt.Errorf("no Content-Length")
	}
	var other strings.Builder
	buf := make([]byte, 4<<10)
	for at := 0; at < length; {
		n, err := cc.r.Read(buf[:min(len(buf), length-at)])
		if err != nil {
			return 0, "", fmt.Errorf("after %d of %d bytes: %w", at, length, err)
		}
		if at+n > len(want) || want[at:at+n] != string(buf[:n]) {
			other.Write(buf[:n])
		}
		at += n
	}
	if other.Len() > 0 || length != len(want) {
		return status, other.String(), nil
	}
	return status, want, nil
}

// memory is the resident size of the process now, in bytes; the peak counts from
// here on.
func (w *weir) memory(t *testing.T) int64 {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", w.cmd.Process.Pid), []byte("5"), 0); err != nil {
		t.Skipf("peaks of memory cannot be measured here: %v", err)
	}
	return w.peakMemory(t)
}

// awaitJoined waits until the requests of n clients have reached weir.
func (c *crowd) awaitJoined(n int) {
	awaitLong(c.t, time.Minute, "all requests have been read", func() bool {
		_, body, err := c.w.adminGet("/metrics")
		return err == nil && metric(body, `weir_listener_requests_total{listener="main"}`) >= int64(len(c.conns)+n)
	})
}

// metric returns the value of a series, 0 when there is none.
func metric(exposition, series string) int64 {
	for line := range strings.Lines(exposition) {
		if v, ok := strings.CutPrefix(line, series+" "); ok {
			f, _ := strconv.ParseFloat(strings.TrimSpace(v), 64)
			return int64(f)
		}
	}
	return 0
}

// heldOrigin answers its first request with first once it is let go, and all
// others at once with what later says.
func heldOrigin(t *testing.T, first string, later func(n int64) string) (o *origintest.Server, asked *atomic.Int64, let chan struct{}) {
	asked, let = new(atomic.Int64), make(chan struct{})
	o = origintest.New(t, func(c *origintest.Conn) {
		c.Each(func(*origintest.Request) error {
			n := asked.Add(1)
			if n > 1 {
				return c.Send(later(n))
			}
			if err := c.Wait(let); err != nil {
				return err
			}
			return c.Send(first)
		})
	})
	return o, asked, let
}

func cached(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func TestCrowdIsServedByOneFetch(t *testing.T) {
	body := crowdBody()
	origin, asked, let := heldOrigin(t, cached(body), func(int64) string { return cached("a second fetch") })
	c := gather(t, origin, crowdSize(t), "collapse_wait: 60s")
	before := c.w.memory(t)
	go func() {
		defer close(let)
		c.awaitJoined(len(c.conns))
	}()
	c.each(func(i int) error { return c.conns[i].fetch("/object", body) }, nil)
	if n := asked.Load(); n != 1 {
		t.Errorf("the backend was asked %d times", n)
	}
	extra := c.w.peakMemory(t) - before
	t.Logf("%d clients, 1 MiB each, took %d KiB of memory besides what they had taken idle", len(c.conns), extra>>10)
	if extra > 64<<20 && !raceBuild {
		t.Errorf("that is more than 64 MiB")
	}
}

func TestCrowdIsServedThoughTheFirstClientLeft(t *testing.T) {
	body := crowdBody()
	origin, asked, let := heldOrigin(t, cached(body), func(int64) string { return cached("a second fetch") })
	c := gather(t, origin, crowdSize(t), "collapse_wait: 60s")
	leader := c.conns[0]
	if err := leader.send("/object"); err != nil {
		t.Fatal(err)
	}
	await(t, "the backend is asked", func() bool { return asked.Load() == 1 })
	leader.conn.Close()
	c.conns = c.conns[1:]
	go func() {
		defer close(let)
		c.awaitJoined(len(c.conns) + 1)
	}()
	c.each(func(i int) error { return c.conns[i].fetch("/object", body) }, nil)
	if n := asked.Load(); n != 1 {
		t.Errorf("the backend was asked %d times", n)
	}
}

// TestCrowdIsLetGo has the first answer turn out to be for one client alone: all
// others must get answers of their own, many at a time.
func TestCrowdIsLetGo(t *testing.T) {
	for name, first := range map[string]string{
		"an error":           "HTTP/1.1 500 Oh\r\nContent-Length: 5\r\n\r\nfirst",
		"a private response": "HTTP/1.1 200 OK\r\nCache-Control: private, max-age=60\r\nContent-Length: 5\r\n\r\nfirst",
	} {
		t.Run(name, func(t *testing.T) {
			var now, most atomic.Int64
			asked, let := new(atomic.Int64), make(chan struct{})
			origin := origintest.New(t, func(c *origintest.Conn) {
				c.Each(func(*origintest.Request) error {
					if asked.Add(1) == 1 {
						if err := c.Wait(let); err != nil {
							return err
						}
						return c.Send(first)
					}
					defer now.Add(-1)
					if n := now.Add(1); n > most.Load() {
						most.Store(n)
					}
					if err := c.Pause(50 * time.Millisecond); err != nil {
						return err
					}
					return c.Send("HTTP/1.1 200 OK\r\nCache-Control: private\r\nContent-Length: 3\r\n\r\nown")
				})
			})
			c := gather(t, origin, crowdSize(t), "collapse_wait: 60s")
			go func() {
				defer close(let)
				c.awaitJoined(len(c.conns))
			}()
			var firsts atomic.Int64
			c.each(func(i int) error {
				if err := c.conns[i].send("/object"); err != nil {
					return err
				}
				status, body, err := c.conns[i].read("own")
				if err == nil && body == "first" {
					firsts.Add(1)
				} else if err == nil && (status != 200 || body != "own") {
					err = fmt.Errorf("%d %q", status, body)
				}
				return err
			}, nil)
			if n := firsts.Load(); n != 1 {
				t.Errorf("%d clients got the first answer", n)
			}
			if most.Load() < int64(min(100, len(c.conns)/2)) {
				t.Errorf("at most %d requests at a time reached the backend", most.Load())
			}
		})
	}
}
