package upstream

import (
	"io"
	"time"

	"github.com/weirproxy/weir/message"
)

// stream is a connection after a 101.
type stream struct {
	c    *Conn
	left []byte // what came together with the 101
}

// Stream returns the raw two-way stream that follows a 101 which the request
// asked for; what the backend sent right after it comes first. Closing the
// stream closes the connection, and so do Close and Release of the Conn.
func (c *Conn) Stream() message.Stream {
	s := &stream{c: c, left: append([]byte(nil), c.in.buf[c.in.r:c.in.w]...)}
	c.in.upgraded = true
	c.in.end()
	_ = c.sock.SetDeadline(time.Time{})
	if c.records != nil {
		c.records.idle.Store(0) // from here on deadlines are the caller's
	}
	return s
}

// Read reads; an end that TLS did not announce is io.ErrUnexpectedEOF.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.left) > 0 {
		n := copy(p, s.left)
		s.left = s.left[n:]
		return n, nil
	}
	n, err := s.c.read(p)
	if n > 0 {
		return n, nil
	}
	if err == io.EOF && s.c.records != nil && s.c.records.ended {
		err = io.ErrUnexpectedEOF
	}
	return 0, err
}

func (s *stream) Write(p []byte) (int, error) {
	if s.c.tls != nil {
		return s.c.tls.Write(p)
	}
	return s.c.sock.Write(p)
}

func (s *stream) CloseWrite() error {
	if s.c.tls != nil {
		return s.c.tls.CloseWrite()
	}
	return s.c.sock.CloseWrite()
}

func (s *stream) SetReadDeadline(t time.Time) error  { return s.c.sock.SetReadDeadline(t) }
func (s *stream) SetWriteDeadline(t time.Time) error { return s.c.sock.SetWriteDeadline(t) }

func (s *stream) Close() error {
	s.c.shut()
	return nil
}
