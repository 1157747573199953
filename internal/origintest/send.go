package origintest

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"
)

// Write sends raw bytes.
func (c *Conn) Write(p []byte) (int, error) { return c.net.Write(p) }

// Send sends a string in one piece.
func (c *Conn) Send(s string) error {
	_, err := io.WriteString(c.net, s)
	return err
}

// Sendf sends what fmt.Sprintf makes of its arguments.
func (c *Conn) Sendf(format string, args ...any) error {
	return c.Send(fmt.Sprintf(format, args...))
}

// Drip sends s one byte at a time with a gap between two of them: a gap of a
// second makes one byte a second. It ends early when the test does.
func (c *Conn) Drip(s string, gap time.Duration) error {
	for i := range len(s) {
		if err := c.Send(s[i : i+1]); err != nil {
			return err
		}
		if gap > 0 && i < len(s)-1 {
			if err := c.Pause(gap); err != nil {
				return err
			}
		}
	}
	return nil
}

// Chunk sends s as one chunk of a chunked body.
func (c *Conn) Chunk(s string) error { return c.Sendf("%x\r\n%s\r\n", len(s), s) }

// LastChunk ends a chunked body; each trailer is a line without its CRLF.
func (c *Conn) LastChunk(trailers ...string) error {
	end := "0\r\n"
	for _, line := range trailers {
		end += line + "\r\n"
	}
	return c.Send(end + "\r\n")
}

// Reset ends the connection with a TCP reset (SO_LINGER 0). A unix socket knows
// no such thing: there it is Close.
func (c *Conn) Reset() {
	if tc, ok := c.socket.(*net.TCPConn); ok {
		tc.SetLinger(0)
	}
	c.socket.Close()
}

// Close ends the connection cleanly. TLS says goodbye first.
func (c *Conn) Close() { c.net.Close() }

// HalfClose ends the sending side only.
func (c *Conn) HalfClose() error {
	switch conn := c.net.(type) {
	case *net.TCPConn:
		return conn.CloseWrite()
	case *net.UnixConn:
		return conn.CloseWrite()
	case *tls.Conn:
		return conn.CloseWrite()
	}
	return fmt.Errorf("cannot half-close a %T", c.net)
}

// An Ending is what becomes of a connection after the last byte sent.
type Ending int

// The endings.
const (
	ByClose     Ending = iota // closed cleanly
	ByReset                   // reset
	ByHalfClose               // sending side closed, reading on until the other side ends
	ByStall                   // nothing more is sent, reading on until the other side ends
)

func (e Ending) String() string {
	switch e {
	case ByClose:
		return "close"
	case ByReset:
		return "reset"
	case ByHalfClose:
		return "half-close"
	case ByStall:
		return "stall"
	}
	return fmt.Sprintf("Ending(%d)", int(e))
}

// Cut sends the first k bytes of s and ends the connection. For the endings that
// wait it returns once the other side has ended it too.
func (c *Conn) Cut(s string, k int, how Ending) error {
	if err := c.Send(s[:k]); err != nil {
		return err
	}
	switch how {
	case ByClose:
		c.Close()
	case ByReset:
		c.Reset()
	case ByHalfClose:
		if err := c.HalfClose(); err != nil {
			return err
		}
		return c.WaitClose()
	case ByStall:
		return c.WaitClose()
	}
	return nil
}
