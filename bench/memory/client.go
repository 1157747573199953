package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// patience is how long one response may take.
const patience = 60 * time.Second

// A client is one connection to weir. It connects when it has to.
type client struct {
	to    string
	slow  bool // takes little at once
	conn  net.Conn
	in    *bufio.Reader
	out   []byte
	piece []byte
}

func newClient(to string) *client { return &client{to: to, piece: make([]byte, 64<<10)} }

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// do asks, and checks the response to the last byte. It reports whether the cache
// had it.
func (c *client) do(a ask) (hit bool, err error) {
	res, err := c.send(a)
	if err != nil {
		c.close()
		return false, err
	}
	if err := c.check(a, res); err != nil {
		c.close()
		return false, fmt.Errorf("%.100s: %w", a.path(), err)
	}
	if res.Close {
		c.close()
	}
	return isHit(res), nil
}

// send returns the head of the response.
func (c *client) send(a ask) (*http.Response, error) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.to)
		if err != nil {
			return nil, err
		}
		if c.slow {
			conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		}
		c.conn, c.in = conn, bufio.NewReaderSize(conn, 16<<10)
	}
	c.conn.SetDeadline(time.Now().Add(patience))
	c.out = append(append(c.out[:0], "GET "...), a.path()...)
	c.out = append(append(c.out, " HTTP/1.1\r\nHost: www.example.com\r\n"...), a.fields...)
	if _, err := c.conn.Write(append(c.out, "\r\n"...)); err != nil {
		return nil, err
	}
	return http.ReadResponse(c.in, nil)
}

// check reads the body.
func (c *client) check(a ask, res *http.Response) error {
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d, Cache-Status %q", res.StatusCode, res.Header.Get("Cache-Status"))
	}
	want := a.body()
	for {
		n, err := res.Body.Read(c.piece)
		if n > len(want) || !bytes.Equal(c.piece[:n], want[:n]) {
			return fmt.Errorf("another body, %d bytes before the end", len(want))
		}
		want = want[n:]
		switch {
		case err == io.EOF && len(want) == 0:
			return nil
		case err == io.EOF:
			return fmt.Errorf("%d bytes are missing", len(want))
		case err != nil:
			return err
		}
	}
}

// isHit reads Cache-Status (RFC 9211).
func isHit(res *http.Response) bool {
	return strings.HasPrefix(res.Header.Get("Cache-Status"), "weir; hit")
}
