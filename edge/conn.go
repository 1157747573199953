package edge

import (
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
)

// turn is the head fasthttp is given for each request that is ready: it makes
// fasthttp call the handler, and carries nothing.
const turn = "GET / HTTP/1.1\r\nHost: w\r\n\r\n"

// A conn is one client connection. It is the net.Conn that fasthttp reads from
// and writes to, on the connection's one goroutine; other goroutines may only
// call wake, cut and the methods of message.Client.
type conn struct {
	server *Server
	sock   *sock.Conn
	info   message.ConnInfo

	*work // of the request under way and of unread bytes; nil while idle

	set      *settings       // in force for the request under way
	rejected *message.Reject // why the gate turned it away, if it did
	ready    bool            // a request is parsed, or rejected, and not yet served
	until    int64           // when an idle connection is given up
	lender   *sock.Pool      // of the buffer that await reads into
	served   bool            // a request has been answered before
	closing  bool            // no request after this one
	linger   bool            // the client may still be sending when we close
	abort    bool            // an orderly close would look like the end of the body
	sink     sink

	idle     atomic.Bool // waiting for a request, nothing of it has arrived
	stopBody atomic.Bool // the request body is no longer wanted
	severed  atomic.Bool // cut was called
}

// Read is called by fasthttp when it wants the next request. It waits until one
// has passed the gate, or was turned away by it, and then says that it is there.
func (c *conn) Read(p []byte) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			c.server.recovered(r)
			n, err = 0, io.EOF
		}
	}()
	if len(p) < len(turn) {
		panic("BUG: fasthttp reads in pieces")
	}
	if err := c.next(); err != nil {
		return 0, err
	}
	return copy(p, turn), nil
}

// Write is called by fasthttp with a response that nobody wants: the handler has
// sent the real one.
func (c *conn) Write(p []byte) (int, error) { return len(p), nil }

// Close is called by fasthttp when the connection is over.
func (c *conn) Close() error {
	defer c.server.remove(c)
	patience := c.patience()
	c.release()
	if patience > 0 {
		c.drain(patience)
	}
	if c.abort {
		return c.sock.Reset()
	}
	return c.sock.Close()
}

// patience is for how long the client's end is waited for after ours.
func (c *conn) patience() time.Duration {
	const long = 5 * time.Second
	switch {
	case c.linger:
		return long
	case !c.closing || c.abort || c.work == nil:
		return 0
	case c.r < c.w || !c.sock.Peek():
		return long // it has sent more than was asked for, requests behind the last one for example
	case c.sink.state == ended && c.req.KeepAlive:
		return lastCall // it cannot know yet, and may be sending
	}
	return 0
}

// drain ends our side and reads on until the client has ended its own. Closing
// with unread bytes would reset the connection and could take the answer with it
// (RFC 9112, section 9.6).
func (c *conn) drain(patience time.Duration) {
	if c.sock.CloseWrite() != nil {
		return
	}
	if c.sock.SetReadDeadline(time.Now().Add(patience)) != nil {
		return
	}
	pool := c.server.settings.Load().heads
	buf := pool.Get()
	defer pool.Put(buf)
	for {
		if _, err := c.sock.Read(buf); err != nil {
			return
		}
	}
}

// wake ends the wait for a request, when that is what the connection is doing.
func (c *conn) wake() {
	if c.idle.Load() {
		_ = c.sock.SetReadDeadline(time.Unix(1, 0))
	}
}

// cut breaks the connection off, whatever it is doing.
func (c *conn) cut() {
	c.severed.Store(true)
	c.sock.Shutdown()
}

// serve has the handler answer the request that is ready.
func (c *conn) serve() {
	c.ready = false
	defer func() {
		if r := recover(); r != nil {
			c.server.recovered(r)
			c.closing, c.abort = true, true
		}
	}()
	if c.rejected != nil {
		c.closing = true
		c.linger = true
		c.server.handler.Reject(&c.req, c.rejected, &c.sink)
	} else {
		c.server.handler.Serve(&c.req, &c.sink)
	}
	c.finish()
}

// finish decides, after a handler returned, whether the connection has a future.
func (c *conn) finish() {
	c.served = true
	switch {
	case c.sink.state == tunnelled:
		c.closing = true
	case c.sink.state != ended:
		c.closing = true
		c.linger = false
		if c.sink.framing == untilClose {
			c.abort = true
		}
	case c.req.Body != nil && !c.body.complete():
		c.closing = true
		c.linger = true
	}
	if c.closing {
		return
	}
	c.body.settle()
	if c.r == c.w {
		c.release()
	}
}

// LocalAddr and the methods after it complete net.Conn. Deadlines are ours to
// set, not fasthttp's.
func (c *conn) LocalAddr() net.Addr { return c.sock.LocalAddr() }

// RemoteAddr is the address of the other end of the socket.
func (c *conn) RemoteAddr() net.Addr { return c.sock.RemoteAddr() }

// SetDeadline does nothing.
func (c *conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (c *conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
