package edge

import (
	"io"
	"sync/atomic"
	"time"

	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
)

// body reads the body of the request under way (message.Body).
type body struct {
	c       *conn
	chunked bool
	left    int64 // of a body of declared length
	chunks  message.ChunkedDecoder
	end     error // how it ended; io.EOF: complete

	whole atomic.Bool // end is io.EOF: the response may begin while another goroutine reads the body

	waited time.Duration // for the client
	read   int64         // bytes taken from the socket

	raw  []byte // lent: chunked bytes beyond those that came with the head
	r, w int    // raw[r:w] is not yet decoded
}

var rawPool = sock.NewPool(32 << 10)

// begin makes b the body of the request that was just parsed.
func (b *body) begin(c *conn) {
	b.c, b.end, b.chunked, b.left = c, nil, false, 0
	req := &c.req
	req.Body, req.Prefetched = nil, nil
	if c.rejected != nil || req.ContentLength == 0 {
		b.ended(io.EOF)
		return
	}
	if n := req.ContentLength; n > 0 && n <= int64(c.w-c.r) {
		req.Prefetched = c.buf[c.r : c.r+int(n)]
		c.r += int(n)
		b.ended(io.EOF)
		return
	}
	b.whole.Store(false)
	b.waited, b.read = 0, 0
	b.left = req.ContentLength
	if b.chunked = req.ContentLength == message.Unknown; b.chunked {
		b.chunks.Reset(&c.set.Limits)
	}
	req.Body = b
}

// complete tells whether the last byte of the body has been read. Any goroutine
// may ask.
func (b *body) complete() bool { return b.whole.Load() }

// ended notes how the body ended; nil: it has not.
func (b *body) ended(err error) {
	b.end = err
	if err == io.EOF && !b.whole.Load() { // a load is cheaper than a store
		b.whole.Store(true)
	}
}

// Read reads body bytes (message.Body).
func (b *body) Read(p []byte) (n int, err error) {
	if b.end != nil {
		return 0, b.end
	}
	if len(p) == 0 {
		return 0, nil
	}
	if b.chunked {
		n, err = b.readChunked(p)
	} else {
		n, err = b.readLength(p)
	}
	b.ended(err)
	if n > 0 {
		return n, nil
	}
	return n, err
}

func (b *body) readLength(p []byte) (n int, err error) {
	c := b.c
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	if c.r < c.w {
		n = copy(p, c.buf[c.r:c.w])
		c.r += n
	} else if n, err = b.receive(p); err != nil {
		return 0, err
	}
	if b.left -= int64(n); b.left == 0 {
		err = io.EOF
	}
	return n, err
}

func (b *body) readChunked(p []byte) (n int, err error) {
	for {
		src := b.undecoded()
		if len(src) > len(p)-n {
			src = src[:len(p)-n] // what is decoded is never longer than what it came in
		}
		data, used, done, rej := b.chunks.Next(src)
		n += copy(p[n:], data)
		b.consume(used)
		switch {
		case rej != nil:
			return n, rej
		case done:
			return n, io.EOF
		case n == len(p):
			return n, nil
		case used > 0:
			continue
		case n > 0:
			return n, nil
		}
		if err := b.fill(); err != nil {
			return 0, err
		}
	}
}

// undecoded is what has arrived and was not yet decoded: first what came along
// with the head, then what was read into raw.
func (b *body) undecoded() []byte {
	if c := b.c; c.r < c.w {
		return c.buf[c.r:c.w]
	}
	return b.raw[b.r:b.w]
}

func (b *body) consume(n int) {
	if c := b.c; c.r < c.w {
		c.r += n
	} else {
		b.r += n
	}
}

// fill reads more chunked bytes. Those that came with the head cannot be added
// to, for the head stays where it is: what the decoder left of them moves on.
func (b *body) fill() error {
	if b.raw == nil {
		b.raw = rawPool.Get()
	}
	c := b.c
	if c.r < c.w {
		b.w += copy(b.raw[b.w:], c.buf[c.r:c.w])
		c.r = c.w
	} else if b.r > 0 {
		b.w = copy(b.raw, b.raw[b.r:b.w])
		b.r = 0
	}
	n, err := b.receive(b.raw[b.w:])
	b.w += n
	return err
}

// receive reads from the socket under the listener's demands on speed.
func (b *body) receive(p []byte) (int, error) {
	c := b.c
	start := sock.Now()
	for now := start; ; now = sock.Now() {
		c.sock.ReadWithin(now, c.set.BodyIdle)
		// StopBody raises the flag and then undoes the deadline; so one of the two
		// is seen here or by Read.
		if c.stopBody.Load() {
			return 0, message.ErrStopped
		}
		n, err := c.sock.Read(p)
		waited := time.Duration(sock.Now() - start)
		switch {
		case err == nil:
			b.waited += waited
			b.read += int64(n)
			if b.tooSlow() {
				return 0, message.ErrStalled
			}
			return n, nil
		case c.stopBody.Load():
			return 0, message.ErrStopped
		case !sock.IsTimeout(err):
			return 0, message.ErrTruncated
		case waited >= c.set.BodyIdle:
			return 0, message.ErrStalled
		}
		// A late wake or StopBody, which was not meant for this body, has undone
		// the deadline.
		c.sock.ForgetRead()
	}
}

// tooSlow judges by the time spent waiting for the client alone: a backend that
// takes its time is not the client's fault.
func (b *body) tooSlow() bool {
	set := b.c.set
	if set.BodyMinRate == 0 || b.waited <= set.BodyGrace {
		return false
	}
	return float64(b.read) < float64(set.BodyMinRate)*b.waited.Seconds()
}

// settle makes bytes that were read beyond the end of a chunked body the input
// for the next request. The request under way is over.
func (b *body) settle() {
	if b.raw == nil {
		return
	}
	c := b.c
	if b.r < b.w {
		// The raw buffer is at least as large as it needs to be for this: what
		// does not fit would exceed the limit on a head and is not lost either,
		// for the buffer changes hands.
		if rest := b.raw[b.r:b.w]; len(rest) <= len(c.buf) {
			c.r, c.w = 0, copy(c.buf, rest)
			b.release()
			return
		}
		c.heads.Put(c.buf)
		c.heads, c.buf, c.r, c.w = rawPool, b.raw, b.r, b.w
		b.raw, b.r, b.w = nil, 0, 0
		return
	}
	b.release()
}

// release gives the raw buffer back.
func (b *body) release() {
	if b.raw != nil {
		rawPool.Put(b.raw)
	}
	b.raw, b.r, b.w, b.c = nil, 0, 0, nil
}
