package e2e

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// A load is a set of keep-alive clients that ask for one path over and over.
type load struct {
	t    *testing.T
	w    *weir
	path string
	stop chan struct{}
	wg   sync.WaitGroup

	done     atomic.Int64 // complete responses with status 200
	failed   atomic.Int64
	replaced atomic.Int64 // connections that weir ended unasked between two requests

	// endsWhenRefused makes a client that cannot connect any more end in peace.
	endsWhenRefused atomic.Bool

	mu       sync.Mutex // guards the following fields
	failures []string   // the first few
}

// startLoad starts n clients. The test has to end it with finish.
func startLoad(t *testing.T, w *weir, n int, path string) *load {
	l := &load{t: t, w: w, path: path, stop: make(chan struct{})}
	for range n {
		l.wg.Go(l.client)
	}
	return l
}

// client repeats one request until it is told to stop. A connection that weir
// ended between two requests, which a client has to be ready for, is replaced.
func (l *load) client() {
	var c *client
	fresh := false
	for !l.stopped() {
		if c == nil {
			var err error
			c, err = tryDial(l.t, l.w.addr)
			if err != nil && l.endsWhenRefused.Load() {
				return
			}
			if err != nil {
				l.fail("dial: %v", err)
				return
			}
			fresh = true
		}
		c.offer(request("GET", l.path))
		r, err := c.tryResponse("GET")
		switch {
		case errors.Is(err, errNothing) && !fresh:
			l.replaced.Add(1)
			c.conn.Close()
			c = nil
		case err != nil || r.status != 200:
			l.fail("%v: %v", err, r)
			c.conn.Close()
			c = nil
		default:
			l.done.Add(1)
			fresh = false
			if r.value("Connection") == "close" {
				c.conn.Close()
				c = nil
			}
		}
	}
	if c != nil {
		c.conn.Close()
	}
}

func (l *load) stopped() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

func (l *load) fail(format string, args ...any) {
	l.failed.Add(1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failures) < 5 {
		l.failures = append(l.failures, fmt.Sprintf(format, args...))
	}
}

// awaitMore waits for n more good responses.
func (l *load) awaitMore(n int64) {
	l.t.Helper()
	target := l.done.Load() + n
	await(l.t, fmt.Sprintf("%d more responses", n), func() bool {
		return l.done.Load() >= target || l.failed.Load() > 0
	})
}

// finish ends the load and demands that no request failed.
func (l *load) finish() {
	l.t.Helper()
	close(l.stop)
	l.wg.Wait()
	if n := l.failed.Load(); n > 0 {
		l.t.Errorf("%d of %d requests failed, such as %q", n, n+l.done.Load(), l.failures)
	}
	if l.done.Load() == 0 {
		l.t.Error("the load did nothing")
	}
}
