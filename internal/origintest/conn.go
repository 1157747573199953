package origintest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"
)

// RecordLimit is how many bytes are kept of a connection, a body or a request.
// What comes after is read and counted, not kept.
const RecordLimit = 1 << 20

// ErrStopped is what a script gets when the test has ended.
var ErrStopped = errors.New("origin stopped")

// A Conn is one connection as its script sees it. Its reading methods belong to
// one goroutine at a time, and so do its sending ones; the two may be different.
type Conn struct {
	Index int // 0 for the first connection the server accepted

	server *Server
	socket net.Conn // the bare socket
	net    net.Conn // the same, or TLS over it

	buf     []byte      // received, not yet consumed
	scratch []byte      // where fill reads to
	body    *bodyReader // nil before the first head

	received []byte // guarded by server.mu
}

// ReadHead reads the next request head, byte-exactly to its empty line, records
// it and returns a copy. What is left of the body before it is read first.
// It returns io.EOF when the connection ends between two requests and
// io.ErrUnexpectedEOF when it ends inside a head.
func (c *Conn) ReadHead() (*Request, error) {
	if c.body != nil {
		if _, err := io.Copy(io.Discard, c.Body()); err != nil {
			return nil, err
		}
	}
	for {
		if i := bytes.Index(c.buf, []byte("\r\n\r\n")); i >= 0 {
			return c.begin(i + 4), nil
		}
		if err := c.fill(); err != nil {
			if err == io.EOF && len(c.buf) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// begin makes the first n buffered bytes the current request.
func (c *Conn) begin(n int) *Request {
	r := newRequest(c.Index, c.buf[:n])
	c.buf = c.buf[n:]
	c.body = newBodyReader(c, r)
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	r.Complete = c.body.done
	c.server.requests = append(c.server.requests, r)
	cp := r.copyLocked()
	return &cp
}

// fill appends what the socket has to buf and to the record.
func (c *Conn) fill() error {
	if c.scratch == nil {
		c.scratch = make([]byte, 32<<10)
	}
	n, err := c.net.Read(c.scratch)
	c.buf = append(c.buf, c.scratch[:n]...)
	c.record(c.scratch[:n])
	if n > 0 {
		return nil
	}
	return err
}

func (c *Conn) record(p []byte) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.received = appendLimited(c.received, p)
}

func appendLimited(dst, p []byte) []byte {
	return append(dst, p[:max(0, min(len(p), RecordLimit-len(dst)))]...)
}

// Read reads raw bytes, whatever they are part of, the buffered ones first.
func (c *Conn) Read(p []byte) (int, error) {
	if len(c.buf) > 0 {
		n := copy(p, c.buf)
		c.buf = c.buf[n:]
		return n, nil
	}
	n, err := c.net.Read(p)
	c.record(p[:n])
	return n, err
}

// Each reads requests until the connection ends or f returns an error.
func (c *Conn) Each(f func(*Request) error) {
	for {
		r, err := c.ReadHead()
		if err != nil || f(r) != nil {
			return
		}
	}
}

// WaitClose reads and records until the other side ends the connection and
// returns how: io.EOF for a clean end, another error for a reset.
func (c *Conn) WaitClose() error {
	for {
		if err := c.fill(); err != nil {
			return err
		}
		c.buf = c.buf[:0]
	}
}

// Wait blocks until something is received from trigger or trigger is closed.
// It returns ErrStopped when the test ends first.
func (c *Conn) Wait(trigger <-chan struct{}) error {
	select {
	case <-trigger:
		return nil
	case <-c.server.done:
		return ErrStopped
	}
}

// Pause waits for d, or less when the test ends.
func (c *Conn) Pause(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-c.server.done:
		return ErrStopped
	}
}
