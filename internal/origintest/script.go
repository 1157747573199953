package origintest

import (
	"fmt"
	"io"
)

// OK returns a complete 200 response with a Content-Length.
func OK(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// Reply is a script that reads each request whole and answers it with response.
func Reply(response string) func(*Conn) {
	return ReplyWith(func(*Request) string { return response })
}

// ReplyWith is a script that reads each request whole and answers it with what f
// makes of it; an empty answer closes the connection. f may be called by several
// goroutines at once.
func ReplyWith(f func(*Request) string) func(*Conn) {
	return func(c *Conn) {
		c.Each(func(r *Request) error {
			if _, err := c.ReadBody(); err != nil {
				return err
			}
			answer := f(r)
			if answer == "" {
				return io.EOF
			}
			return c.Send(answer)
		})
	}
}

// Echo is a script that answers each request with its own body, chunked, piece
// by piece as it arrives: it reads and writes at the same time.
func Echo(c *Conn) {
	c.Each(func(*Request) error {
		if err := c.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); err != nil {
			return err
		}
		return c.EchoBody()
	})
}

// EchoBody sends the body of the current request as a chunked body while it arrives.
func (c *Conn) EchoBody() error {
	buf := make([]byte, 32<<10)
	for {
		n, err := c.Body().Read(buf)
		if n > 0 {
			if err := c.Chunk(string(buf[:n])); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return c.LastChunk()
		}
		if err != nil {
			return err
		}
	}
}

// Continue sends 100 (Continue).
func (c *Conn) Continue() error { return c.Send("HTTP/1.1 100 Continue\r\n\r\n") }

// Events is a script that answers the first request with an event stream of
// unknown length. Each value received from events is sent as one event; the
// stream ends when events is closed.
func Events(events <-chan string) func(*Conn) {
	return func(c *Conn) {
		if _, err := c.ReadHead(); err != nil {
			return
		}
		c.Send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
		for {
			select {
			case e, ok := <-events:
				if !ok {
					c.LastChunk()
					return
				}
				if c.Chunk("data: "+e+"\n\n") != nil {
					return
				}
			case <-c.server.done:
				return
			}
		}
	}
}
