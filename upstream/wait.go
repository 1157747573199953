package upstream

import (
	"errors"
	"io"
	"math"
	"net"
	"time"

	"github.com/weirproxy/weir/internal/sock"
)

const (
	// wake is how often somebody who waits for a backend looks after the client.
	wake = time.Second
	// never is a deadline that does not pass.
	never = math.MaxInt64
)

// fill reads what there is, and waits for it. When it cannot, it fails c, unless
// the end of the connection is the proper end of the body.
func (c *Conn) fill() *Error {
	p := c.room()
	began := sock.Now()
	now := began
	for {
		deadline := c.deadline(began)
		if now >= deadline {
			return c.fail(c.late())
		}
		c.sock.ReadWithin(now, c.step(now, deadline))
		n, err := c.receive(p)
		if n > 0 {
			return nil
		}
		if !sock.IsTimeout(err) {
			return c.ended(err)
		}
		if bad := c.look(); bad != nil {
			return bad
		}
		now = sock.Now()
	}
}

// room returns where to read to; nil means that there is nothing yet to read
// behind, so that the wait, which may be long, needs no buffer.
func (c *Conn) room() []byte {
	if c.tls == nil && c.in.drained() {
		c.in.end()
		return nil
	}
	return c.in.space()
}

func (c *Conn) receive(p []byte) (n int, err error) {
	if p == nil {
		c.in.buf, n, err = c.sock.ReadLent(buffers, nil)
	} else {
		n, err = c.read(p)
	}
	if n > 0 {
		c.in.w += n
	}
	return n, err
}

func (c *Conn) read(p []byte) (int, error) {
	if c.tls != nil {
		return c.tls.Read(p)
	}
	return c.sock.Read(p)
}

// deadline is when a wait that began at began has lasted too long.
func (c *Conn) deadline(began int64) int64 {
	limit := c.limits.BetweenBytes
	if !c.in.inBody {
		limit = c.limits.FirstByte
		began = c.sentAt.Load()
		if began == 0 {
			return never // the backend may well wait for the rest of the request
		}
		began = max(began, c.headAt)
	}
	if limit <= 0 {
		return never
	}
	return began + int64(limit)
}

func (c *Conn) late() *Error {
	if c.in.inBody {
		return &Error{Kind: ReadTimeout}
	}
	return &Error{Kind: ResponseTimeout}
}

// step is how long to wait before looking around.
func (c *Conn) step(now, deadline int64) time.Duration {
	d := min(wake, time.Duration(deadline-now))
	if deadline == never && !c.in.inBody && c.limits.FirstByte > 0 {
		// The end of the request starts the clock while this side waits.
		d = min(d, c.limits.FirstByte/4)
	}
	return max(d, time.Millisecond)
}

// look is the look around about once a second.
func (c *Conn) look() *Error {
	if c.client != nil && c.client.Gone() {
		return c.fail(&Error{Kind: ClientGone})
	}
	// A backend that stopped reading is not waited for any longer.
	if bad := c.unsent.Load(); bad != nil && bad.Kind == WriteTimeout && !c.in.inBody {
		return c.fail(&Error{Kind: WriteTimeout, Err: bad.Err})
	}
	return nil
}

// ended draws the consequences of a connection that can no longer be read.
func (c *Conn) ended(err error) *Error {
	if errors.Is(err, io.EOF) {
		// A reset may show as an end here when it was the request's write that
		// got to know of it; so no end is clean before the request is.
		clean := c.requestSent() && (c.tls == nil || !c.records.ended)
		if bad := c.in.eof(clean); bad != nil {
			return c.fail(bad)
		}
		return nil
	}
	bad := &Error{Kind: c.in.cut(), Err: err}
	var op *net.OpError
	if c.tls != nil && errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") {
		bad.Kind = tlsKind(err)
	}
	return c.fail(bad)
}
