package upstream

import (
	"crypto/tls"
	"sync/atomic"

	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
)

// A Conn is a connection for the time of one exchange. One goroutine may Send
// while another reads; Abort may be called by any. After Release or Close the Conn
// belongs to somebody else and must not be touched.
type Conn struct {
	pool    *pool
	sock    *sock.Conn
	tls     *tls.Conn // nil: plain
	records *records  // under tls
	one     [1]byte   // where quiet reads

	parked bool  // in the pool; guarded by pool.mu
	idleAt int64 // guarded by pool.mu

	closed  atomic.Bool
	aborted atomic.Bool

	// The following belong to one exchange. Those that are not atomic are
	// changed by the reading goroutine only.
	held    bool // the exchange is not over
	client  message.Client
	limits  Timeouts
	reused  bool
	in      input
	broken  *Error
	headAt  int64                 // when the last informational head came
	written atomic.Bool           // a byte of the request was
	base    uint64                // records.written when the exchange began
	sentAt  atomic.Int64          // when the request was complete; 0: it is not yet
	unsent  atomic.Pointer[Error] // why the rest of the request cannot be sent
}

// begin makes c ready for an exchange.
func (c *Conn) begin(client message.Client, w *Timeouts) {
	c.held = true
	c.client = client
	c.limits = Timeouts{}
	if w != nil {
		c.limits = *w
	}
	c.in.begin()
	c.broken = nil
	c.headAt = 0
	c.written.Store(false)
	if c.records != nil {
		c.base = c.records.written.Load()
	}
	c.sentAt.Store(0)
	c.unsent.Store(nil)
}

// SetClient makes client the one that the rest of the exchange is for: its leaving
// ends the wait for the backend. nil: nobody's does. It is for the goroutine that
// reads.
func (c *Conn) SetClient(client message.Client) { c.client = client }

// counted counts the exchange if it is not the connection's first.
func (c *Conn) counted() *Conn {
	if c.reused {
		c.pool.reused.Add(1)
	}
	return c
}

// Next returns the next bytes of the response body, which are valid until the
// next call. last tells that the body is complete with them; there may be none.
// Any other end is an *Error: Incomplete when the backend closed or reset the
// connection, ReadTimeout when it paused for too long.
func (c *Conn) Next() (p []byte, last bool, err error) {
	for {
		p, last, ready, err := c.Take()
		if ready || err != nil {
			return p, last, err
		}
		c.fill()
	}
}

// Take is Next without the waiting: ready is false when nothing has been read of
// the body that was not taken. It leaves the response head as it was.
func (c *Conn) Take() (p []byte, last, ready bool, err error) {
	if c.broken != nil {
		return nil, false, false, c.broken
	}
	p, last, ready, bad := c.in.take()
	if bad != nil {
		return nil, false, false, c.fail(bad)
	}
	return p, last, ready, nil
}

// Trailers returns the trailer fields once Next has said last. They are valid
// until Release or Close.
func (c *Conn) Trailers() []message.Field { return c.in.trailers() }

// Release ends the exchange. The connection is kept for another one when this
// one ended cleanly on both sides, and closed otherwise. A Conn that was
// released or closed already is left alone. now is from Now.
func (c *Conn) Release(now int64) {
	if !c.held {
		return
	}
	if !c.reusable() {
		c.Close()
		return
	}
	c.let()
	if !c.pool.push(c, now) {
		c.retire()
	}
}

// reusable tells whether the exchange left the connection as if it were new.
func (c *Conn) reusable() bool {
	return c.in.reusable() && c.broken == nil && c.requestSent() && !c.closed.Load()
}

// Close ends the exchange and the connection. Another goroutine may still be in
// Send, which then fails.
func (c *Conn) Close() {
	if !c.held {
		return
	}
	c.let()
	c.broken = errClosed
	c.shut()
}

// let ends the exchange.
func (c *Conn) let() {
	c.held = false
	c.in.end()
	c.client = nil
}

// Abort closes the connection under whatever is under way on it: that and all
// that follows fails with Aborted. The reading goroutine still has to call
// Release or Close, and Abort must not come after that.
func (c *Conn) Abort() {
	c.aborted.Store(true)
	c.shut()
}

// shut closes the socket, in whatever state the exchange is.
func (c *Conn) shut() {
	if !c.closed.Swap(true) {
		_ = c.sock.Close()
		c.pool.removed()
	}
}

// retire closes an idle connection, with TLS's good-bye.
func (c *Conn) retire() {
	if c.closed.Swap(true) {
		return
	}
	if c.tls != nil {
		c.records.idle.Store(0) // the good-bye has a deadline of its own
		_ = c.tls.Close()
	} else {
		_ = c.sock.Close()
	}
	c.pool.removed()
}

// stale tells that err only means that the backend had closed the connection
// while it was idle: nothing was sent on it.
func (c *Conn) stale(err *Error) bool {
	return c.reused && !err.Sent && err.Kind == Terminated
}

// fail makes e, or why the exchange was given up before, what ends it.
func (c *Conn) fail(e *Error) *Error {
	if c.broken != nil {
		return c.broken
	}
	if c.aborted.Load() {
		e = &Error{Kind: Aborted, Err: e.Err}
	}
	e.Sent = c.sent()
	e.Reused = c.reused
	c.broken = e
	return e
}

// sent tells whether any byte of the request may have left.
func (c *Conn) sent() bool {
	return c.written.Load() || c.records != nil && c.records.written.Load() != c.base
}
