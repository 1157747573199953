package edge

import (
	"bytes"
	"io"
	"time"

	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
)

// next waits until a request is ready. An error means that there will be none,
// and that nobody needs to be told.
func (c *conn) next() error {
	for c.work == nil {
		if err := c.await(); err != nil {
			return err
		}
	}
	if c.ready {
		return nil
	}
	c.set = c.server.settings.Load()
	end, rej, err := c.head()
	if err != nil {
		return err
	}
	c.gate(end, rej)
	return nil
}

// gate makes the head that ends at end the request that is ready, or rej the
// reason why there is none.
func (c *conn) gate(end int, rej *message.Reject) {
	if rej == nil {
		rej = c.req.Parse(c.buf[c.r:end], "http", &c.set.Limits)
		c.r = end
	} else {
		// What an earlier request left there is neither to be answered nor logged.
		_ = c.req.Parse(nil, "http", &c.set.Limits)
	}
	c.ready = true
	c.skipped = false
	c.rejected = rej
	c.req.Arrived = sock.Now()
	c.req.Conn, c.req.Client = &c.info, c
	c.req.Scheme = "http"
	c.stopBody.Store(false)
	c.body.begin(c)
	c.sink.begin(c)
	c.server.metrics.Request(c.info.Stripe)
	if rej != nil {
		c.server.metrics.Rejected(c.info.Stripe, rej.Reason.String())
	}
}

const (
	// lastCall is how long an idle connection of a server that stops is still
	// waited on: its client may have a request on the way.
	lastCall = time.Second
	// blindWait bounds the wait after Take, which misses some ends.
	blindWait = time.Second
)

// await waits, without holding memory, for the first bytes of a request.
func (c *conn) await() error {
	c.set = c.server.settings.Load()
	c.lender = c.set.heads
	patience := c.set.KeepAlive
	if !c.served {
		patience = c.set.HeaderTimeout
	} else if patience == 0 {
		return io.EOF
	}
	c.idle.Store(true)
	defer c.idle.Store(false)
	stopping := false
	now := sock.Now()
	c.until = now + int64(patience)
	for {
		// Looked at before each wait: a stop from here on wakes the wait.
		if !stopping && c.server.stopping.Load() {
			stopping = true
			c.until = min(c.until, now+int64(lastCall))
		}
		c.sock.ReadWithin(now, time.Duration(c.until-now))
		if !stopping && c.server.stopping.Load() {
			continue // it may have come before the deadline was set, and been undone by it
		}
		buf, n, err := c.sock.ReadLent(c.lender, c)
		switch {
		case err == nil && n > 0:
			c.acquire(c.lender, buf, n)
			return nil
		case err == nil && c.closing:
			return io.EOF
		case err == nil:
			return nil
		}
		c.sock.Forget()
		if now = sock.Now(); !sock.IsTimeout(err) || now >= c.until {
			return err
		}
	}
}

// Take serves a request that has arrived whole and needs nothing more from the
// client, within the wait for it (sock.Taker). Everything else is left to next.
//
// Fast path: it saves fasthttp's turn and a read that finds nothing, together
// 7 % of the CPU time of a small proxied request.
func (c *conn) Take(buf []byte, n int) (wait bool) {
	c.idle.Store(false)
	c.set = c.server.settings.Load()
	c.acquire(c.lender, buf, n)
	c.skipEmptyLine()
	end, rej := message.HeadEnd(c.buf[c.r:c.w], 0)
	if rej == nil && end == 0 {
		return false
	}
	c.gate(c.r+end, rej)
	if c.rejected != nil || c.req.Body != nil || c.req.Upgrade != nil {
		return false
	}
	if c.serve(); c.closing || c.work != nil || c.lender != c.set.heads {
		return false
	}
	now := c.sink.wrote // near enough, and costs nothing
	c.until = now + int64(c.set.KeepAlive)
	c.idle.Store(true)
	c.sock.ReadWithin(now, min(blindWait, c.set.KeepAlive))
	return !c.server.stopping.Load() // a stop before the deadline was set is undone by it
}

// head reads on until the whole head is in the buffer and returns where it ends.
func (c *conn) head() (end int, rej *message.Reject, err error) {
	var deadline time.Time
	scanned := 0
	for {
		if c.skipEmptyLine() {
			scanned = 0
		}
		n, rej := message.HeadEnd(c.buf[c.r:c.w], scanned)
		if rej != nil || n > 0 {
			return c.r + n, rej, nil
		}
		scanned = c.w - c.r
		if rej := c.overlong(scanned); rej != nil {
			return 0, rej, nil
		}
		// Slow path: the head comes in pieces.
		if deadline.IsZero() {
			deadline = time.Now().Add(c.set.HeaderTimeout)
			c.sock.Forget()
		}
		_ = c.sock.SetReadDeadline(deadline)
		if err := c.more(); sock.IsTimeout(err) && !time.Now().Before(deadline) {
			if c.w == c.r {
				return 0, nil, err
			}
			return 0, message.Rejected(message.HeadTimeout), nil
		} else if err != nil && !sock.IsTimeout(err) {
			return 0, nil, err
		}
	}
}

// lineRoom is what a request line may hold besides its target: the longest method
// and " HTTP/1.1" with what separates and ends them.
const lineRoom = 32 + 12

// overlong says what is too long when the n bytes in hand hold no end of a head
// and no more may be taken in.
func (c *conn) overlong(n int) *message.Reject {
	lim, b := &c.set.Limits, c.buf[c.r:c.w]
	if n >= lim.HeaderBytes || n > lim.TargetBytes+lineRoom && bytes.IndexByte(b, '\n') < 0 {
		return lim.Overrun(b)
	}
	return nil
}

// more reads more bytes behind those that are there, which are fewer than the
// largest head has.
func (c *conn) more() error {
	if c.r > 0 {
		c.w = copy(c.buf, c.buf[c.r:c.w])
		c.r = 0
	}
	if large := c.set.large; c.w == len(c.buf) && c.w < large.Size() {
		buf := large.Get()
		copy(buf, c.buf)
		c.heads.Put(c.buf)
		c.heads, c.buf = large, buf
	}
	n, err := c.sock.Read(c.buf[c.w:])
	c.w += n
	return err
}

// skipEmptyLine passes over an empty line ahead of a request line, which some
// clients send after a body, once (RFC 9112, section 2.2).
func (c *conn) skipEmptyLine() bool {
	if c.skipped {
		return false
	}
	n := message.SkipLeading(c.buf[c.r:c.w])
	c.r += n
	c.skipped = n > 0
	return c.skipped
}
