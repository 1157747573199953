package upstream

import (
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/weirproxy/weir/internal/sock"
)

const recordHeader = 5

// records is the socket under a tls.Conn. It notes what crypto/tls hides: whether
// the stream ended without a close_notify, how much was written, and whether
// what was read so far ends at the end of a record.
type records struct {
	*sock.Conn
	written atomic.Uint64
	idle    atomic.Int64 // how long the other end may take nothing of a write; 0: until the deadline

	// The following belong to the reading goroutine.
	poll   bool // reads do not wait
	ended  bool // the socket ended, so an end that TLS reports is not its own
	skip   int  // bytes left of the current record
	have   int  // bytes read of the current header
	header [recordHeader]byte
}

var _ net.Conn = (*records)(nil)

// Read reads from the socket and follows the record headers.
func (r *records) Read(p []byte) (int, error) {
	if r.poll && r.Conn.Peek() {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := r.Conn.Read(p)
	if err == io.EOF {
		r.ended = true
	}
	r.follow(p[:n])
	return n, err
}

// Write writes to the socket and counts.
func (r *records) Write(p []byte) (n int, err error) {
	if idle := time.Duration(r.idle.Load()); idle > 0 {
		n, err = r.Conn.WriteIdle(sock.Now(), idle, p, nil, nil)
	} else {
		n, err = r.Conn.Write(p)
	}
	r.written.Add(uint64(n))
	return n, err
}

func (r *records) follow(p []byte) {
	for len(p) > 0 {
		if r.skip > 0 {
			n := min(r.skip, len(p))
			r.skip -= n
			p = p[n:]
			continue
		}
		n := copy(r.header[r.have:], p)
		r.have += n
		p = p[n:]
		if r.have == recordHeader {
			r.have = 0
			r.skip = int(r.header[3])<<8 | int(r.header[4])
		}
	}
}

func (r *records) whole() bool { return r.skip == 0 && r.have == 0 }

// quiet reports whether nothing came on an idle connection that is not TLS's
// own business. Session tickets arrive at any time and are taken in here.
func (c *Conn) quiet() bool {
	if c.tls == nil {
		return c.sock.Peek()
	}
	// A key update is answered, and an old deadline must not spoil that.
	c.records.idle.Store(0)
	c.sock.Forget()
	c.sock.WriteWithin(sock.Now(), time.Second)
	c.sock.ReadWithin(sock.Now(), time.Second)
	c.records.poll = true
	n, err := c.tls.Read(c.one[:])
	c.records.poll = false
	return n == 0 && sock.IsTimeout(err) && c.records.whole()
}
