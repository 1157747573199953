package edge

import (
	"sync"

	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
)

// work is the memory a connection needs while it has bytes to deal with, lent to
// it from the first byte of a request until nothing of it is left.
type work struct {
	req  message.Request
	body body

	heads *sock.Pool
	buf   []byte // lent by heads
	r, w  int    // buf[r:w] is not yet consumed

	skipped bool // an empty line was passed over ahead of the request that is read

	out []byte // of the response, not yet written
}

// outMin is the memory for responses to begin with: a usual head.
const outMin = 384

// outMax is up to what size memory for responses is kept.
const outMax = 64 << 10

var workPool = sync.Pool{New: func() any { return new(work) }}

// acquire lends memory to c and makes buf, with n bytes in it, its input.
func (c *conn) acquire(heads *sock.Pool, buf []byte, n int) {
	w, ok := workPool.Get().(*work)
	if !ok {
		panic("BUG: a stranger in the pool")
	}
	w.heads, w.buf, w.r, w.w, w.skipped = heads, buf, 0, n, false
	c.work = w
}

// release takes the memory back. Nothing of the request may be used after it.
func (c *conn) release() {
	w := c.work
	if w == nil {
		return
	}
	c.work = nil
	w.body.release()
	w.heads.Put(w.buf)
	w.buf, w.heads = nil, nil
	w.req.Conn, w.req.Client, w.req.Body, w.req.Prefetched = nil, nil, nil, nil
	if cap(w.out) > outMax {
		w.out = nil
	}
	workPool.Put(w)
}
