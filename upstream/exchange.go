package upstream

import (
	"errors"
	"time"

	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
)

const (
	// slice is how much is written under one deadline.
	slice = 64 << 10
	// century stands for no limit where a deadline has to be set.
	century = 100 * 365 * 24 * time.Hour
)

var (
	errClosed  = &Error{Kind: Internal, Err: errors.New("connection was closed by its user")}
	errSecond  = errors.New("a second response was asked for")
	errNotIdle = errors.New("closed or written to while idle")
)

// exchange sends out, a complete request, and reads the first response head.
func (c *Conn) exchange(now int64, out []byte, method string, res *message.Response) *Error {
	var bad *Error
	if c.tls == nil {
		bad = c.writePlain(now, out)
	} else {
		bad = c.writeTLS(out)
	}
	if bad != nil {
		return bad
	}
	return c.readHead(method, res)
}

// writePlain writes out and reads the first of the answer in one go.
func (c *Conn) writePlain(now int64, out []byte) *Error {
	p := c.in.space()
	for {
		c.sentAt.Store(now)
		c.sock.ReadWithin(now, c.step(now, c.deadline(now)))
		sent, n, err := c.sock.Exchange(out, p)
		if sent > 0 {
			c.written.Store(true)
		}
		switch {
		case n > 0:
			c.in.w = n
			return nil
		case err == nil:
			c.sentAt.Store(0)
			_ = c.Send(out[sent:], true) // an answer may come all the same
			return nil
		case !sock.IsTimeout(err):
			return c.notAnswered(sent, err)
		case sent > 0:
			return c.look()
		}
		// An old deadline has passed because now was no longer that.
		now = sock.Now()
	}
}

// notAnswered is for a connection that ended before or while it was written to.
func (c *Conn) notAnswered(sent int, err error) *Error {
	if errors.Is(err, sock.ErrNotIdle) {
		err = errNotIdle
	}
	if sent == 0 {
		return c.fail(&Error{Kind: Terminated, Err: err})
	}
	return c.ended(err)
}

func (c *Conn) writeTLS(out []byte) *Error {
	if err := c.Send(out, true); err != nil && !c.sent() {
		return c.fail(&Error{Kind: Terminated, Err: err})
	}
	return nil // once a part was sent, an answer may come all the same
}

// Send sends the next bytes of the request; last tells that it is complete with
// them. Only then does FirstByte begin to count, and the connection can be kept.
// After an error nothing more can be sent, but ReadHead and Next go on: the
// backend may have answered before it stopped reading.
func (c *Conn) Send(p []byte, last bool) error {
	if bad := c.unsent.Load(); bad != nil {
		return bad
	}
	for len(p) > 0 {
		n, err := c.write(p[:min(len(p), slice)])
		if n > 0 {
			c.written.Store(true)
		}
		if err != nil {
			return c.cannotSend(err)
		}
		p = p[n:]
	}
	if last {
		c.sentAt.Store(sock.Now())
	}
	return nil
}

func (c *Conn) write(p []byte) (int, error) {
	d := c.limits.BetweenBytes
	if d <= 0 {
		d = century
	}
	if c.tls != nil {
		c.records.idle.Store(int64(d))
		return c.tls.Write(p)
	}
	return c.sock.WriteIdle(sock.Now(), d, p, nil, nil)
}

// cannotSend remembers why. The order of the two stores matters to requestSent.
func (c *Conn) cannotSend(err error) error {
	bad := &Error{Kind: Terminated, Sent: c.sent(), Reused: c.reused, Err: err}
	switch {
	case c.aborted.Load():
		bad.Kind = Aborted
	case sock.IsTimeout(err):
		bad.Kind = WriteTimeout
	}
	c.unsent.Store(bad)
	c.sentAt.Store(sock.Now())
	return bad
}

// requestSent tells that all of the request was sent without an error.
func (c *Conn) requestSent() bool { return c.sentAt.Load() != 0 && c.unsent.Load() == nil }

// ReadHead reads the next response head into res, whose slices are valid until
// the next call of ReadHead, Next, Release or Close. After a status below 200
// that is not 101 it has to be called again; there are at most 16 of these.
// method is the request's. Whether a 101 was asked for is for the caller to say.
func (c *Conn) ReadHead(method string, res *message.Response) error {
	if bad := c.readHead(method, res); bad != nil {
		return bad
	}
	return nil
}

func (c *Conn) readHead(method string, res *message.Response) *Error {
	if c.in.inBody {
		return c.fail(&Error{Kind: Internal, Err: errSecond})
	}
	for c.broken == nil {
		ok, bad := c.in.head(method, res)
		if bad != nil {
			return c.fail(bad)
		}
		if ok {
			if !c.in.inBody {
				c.headAt = sock.Now()
			}
			return nil
		}
		c.fill()
	}
	return c.broken
}
