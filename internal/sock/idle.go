package sock

import "time"

const (
	// looks is how often within an idle time the other end is looked after.
	looks = 4
	// leastTaken is how many bytes the other end has to take within an idle time.
	leastTaken = 1 << 10
)

// WriteIdle is Writev to an end that may be slow, but not idle: it fails with a
// timeout when that end has taken nothing, or next to nothing, for idle, or up to
// half of it and a second longer. now is from Now.
//
// That a write makes no progress does not tell: the kernel's own buffer, which
// may be megabytes, takes more only once a third of it is free again, and until
// then a slow reader looks like one that has stopped.
func (c *Conn) WriteIdle(now int64, idle time.Duration, a, b, d []byte) (int, error) {
	c.WriteWithin(now, idle/looks)
	n, err := c.Writev(a, b, d)
	if IsTimeout(err) {
		return c.persist(now, idle, n, [3][]byte{a, b, d})
	}
	return n, err
}

// persist writes what is left of bufs, of which n bytes are written, for as long
// as the other end takes some.
// Slow path: it has taken nothing more for a part of idle.
func (c *Conn) persist(began int64, idle time.Duration, n int, bufs [3][]byte) (written int, err error) {
	last, queued := began, c.queued()
	for {
		written += n
		advance(&bufs, n)
		c.WriteWithin(Now(), idle/looks)
		if n, err = c.Writev(bufs[0], bufs[1], bufs[2]); !IsTimeout(err) {
			return written + n, err
		}
		now, left := Now(), c.queued()
		if n > 0 || left+leastTaken <= queued {
			last, queued = now, left
		}
		if now-last >= int64(idle) {
			return written + n, err
		}
	}
}

// queued is how many bytes the other end has not yet taken.
func (c *Conn) queued() (n int) {
	_ = c.raw.Control(func(fd uintptr) { n = outQueue(fd) })
	return n
}

// advance passes over the first n bytes of bufs.
func advance(bufs *[3][]byte, n int) {
	for i := range bufs {
		k := min(n, len(bufs[i]))
		bufs[i] = bufs[i][k:]
		n -= k
	}
}
