package edge

import (
	"errors"
	"io"
	"net"
	"time"

	"github.com/weirproxy/weir/message"
)

// Gone reports whether the client has left (message.Client).
func (c *conn) Gone() bool { return c.sock.HungUp() }

// StopBody ends the reading of the request body (message.Client).
func (c *conn) StopBody() {
	c.stopBody.Store(true)
	_ = c.sock.SetReadDeadline(time.Unix(1, 0))
}

// Takeover hands the connection's bytes to the caller (message.Client).
func (c *conn) Takeover() (message.Stream, error) {
	if c.sink.state != switched {
		return nil, errors.New("the connection is not switched to another protocol")
	}
	c.sink.state = tunnelled
	c.sock.Forget()
	if err := c.sock.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	return &stream{c: c}, nil
}

// stream is a connection after Takeover.
type stream struct{ c *conn }

// Read reads what the client sent, beginning with what came along with the request.
func (s *stream) Read(p []byte) (int, error) {
	if c := s.c; c.r < c.w {
		n := copy(p, c.buf[c.r:c.w])
		c.r += n
		return n, nil
	}
	n, err := s.c.sock.Read(p)
	if err == io.EOF && s.c.severed.Load() {
		err = net.ErrClosed // the end is of our making, and of both directions
	}
	return n, err
}

// Write writes all of p to the client.
func (s *stream) Write(p []byte) (int, error) { return s.c.sock.Write(p) }

// CloseWrite ends the stream towards the client.
func (s *stream) CloseWrite() error { return s.c.sock.CloseWrite() }

// Close closes the connection.
func (s *stream) Close() error { return s.c.sock.Close() }

// SetReadDeadline bounds Read.
func (s *stream) SetReadDeadline(t time.Time) error { return s.c.sock.SetReadDeadline(t) }

// SetWriteDeadline bounds Write.
func (s *stream) SetWriteDeadline(t time.Time) error { return s.c.sock.SetWriteDeadline(t) }
