package origintest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestCutSendsExactlyKBytes(t *testing.T) {
	response := OK("hello")
	ends := map[Ending]error{ByClose: io.EOF, ByReset: syscall.ECONNRESET, ByHalfClose: io.EOF}
	for how, end := range ends {
		for _, k := range []int{0, 1, 17, len(response) - 1, len(response)} {
			t.Run(fmt.Sprintf("%v at %d", how, k), func(t *testing.T) {
				s := New(t, func(c *Conn) {
					c.ReadHead()
					c.Cut(response, k, how)
				})
				c := dial(t, s)
				send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
				expect(t, c, response[:k])
				expectEnd(t, c, end)
			})
		}
	}
}

func TestStallSaysNothingUntilTheOtherSideEnds(t *testing.T) {
	ended := make(chan error, 1)
	s := New(t, func(c *Conn) {
		c.ReadHead()
		ended <- c.Cut(OK("hello"), 20, ByStall)
	})
	c := dial(t, s)
	send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	expect(t, c, OK("hello")[:20])
	select {
	case err := <-ended:
		t.Fatalf("ended early: %v", err)
	default:
	}
	c.Close()
	if err := <-ended; err != io.EOF {
		t.Fatalf("ended with %v", err)
	}
}

func TestDripSendsEveryByte(t *testing.T) {
	s := New(t, func(c *Conn) { c.Drip("drop by drop", time.Microsecond) })
	c := dial(t, s)
	expect(t, c, "drop by drop")
	expectEnd(t, c, io.EOF)
}

func TestDripEndsWithTheTest(t *testing.T) {
	ended := make(chan error, 1)
	t.Run("server", func(t *testing.T) {
		s := New(t, func(c *Conn) { ended <- c.Drip("ab", time.Hour) })
		expect(t, dial(t, s), "a")
	})
	if err := <-ended; err == nil {
		t.Fatal("the hour passed")
	}
}

func TestEchoAnswersBeforeTheBodyIsComplete(t *testing.T) {
	s := New(t, Echo)
	c := dial(t, s)
	send(t, c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello")
	expect(t, c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
	send(t, c, "world")
	expect(t, c, "5\r\nworld\r\n0\r\n\r\n")
}

func TestEventsAreSentOneByOne(t *testing.T) {
	events := make(chan string)
	s := New(t, Events(events))
	c := dial(t, s)
	send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	expect(t, c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
	for _, e := range []string{"one", "two"} {
		events <- e
		expect(t, c, "b\r\ndata: "+e+"\n\n\r\n")
	}
	close(events)
	expect(t, c, "0\r\n\r\n")
}

func TestWebSocketEchoesFrames(t *testing.T) {
	s := New(t, WebSocketEcho)
	c := dial(t, s)
	send(t, c, "GET / HTTP/1.1\r\nHost: h\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	// The key and its answer are the example of RFC 6455, section 1.3.
	expect(t, c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
	for _, size := range []int{0, 5, 125, 126, 65535, 65536} {
		payload := strings.Repeat("x", size)
		c.Write(AppendFrame(nil, TextFrame, []byte(payload), []byte{1, 2, 3, 4}))
		opcode, got, masked, err := ReadFrame(c)
		if err != nil || opcode != TextFrame || masked || string(got) != payload {
			t.Fatalf("frame of %d: opcode %d, masked %v, %d bytes, %v", size, opcode, masked, len(got), err)
		}
	}
	c.Write(AppendFrame(nil, CloseFrame, nil, []byte{1, 2, 3, 4}))
	expect(t, c, "\x88\x00")
	expectEnd(t, c, io.EOF)
}

func TestBodyRefusesBadFraming(t *testing.T) {
	for _, fields := range []string{
		"Content-Length: 3\r\nContent-Length: 3",
		"Content-Length: 3\r\nTransfer-Encoding: chunked",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
		"Transfer-Encoding: gzip",
		"Content-Length: +3",
		"Content-Length: 3,3",
		"Content-Length:",
		"Content-Length: 99999999999999999999",
	} {
		errs := make(chan error, 1)
		s := New(t, func(c *Conn) {
			c.ReadHead()
			_, err := c.ReadBody()
			errs <- err
		})
		send(t, dial(t, s), "POST / HTTP/1.1\r\nHost: h\r\n"+fields+"\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
		if err := <-errs; !errors.Is(err, errFraming) {
			t.Errorf("%q: %v", fields, err)
		}
	}
}

func TestBodyCutShortIsNoEnd(t *testing.T) {
	for _, request := range []string{
		"Content-Length: 5\r\n\r\nhell",
		"Transfer-Encoding: chunked\r\n\r\n5\r\nhell",
		"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
	} {
		errs := make(chan error, 1)
		s := New(t, func(c *Conn) {
			c.ReadHead()
			_, err := c.ReadBody()
			errs <- err
		})
		c := dial(t, s)
		send(t, c, "POST / HTTP/1.1\r\nHost: h\r\n"+request)
		c.Close()
		if err := <-errs; err != io.ErrUnexpectedEOF {
			t.Errorf("%q: %v", request, err)
		}
		if s.Requests()[0].Complete {
			t.Errorf("%q recorded as complete", request)
		}
	}
}

func TestHostilesMisbehaveWithoutAClientThatCares(t *testing.T) {
	seen := map[string]bool{}
	for _, h := range Hostiles() {
		if seen[h.Name] {
			t.Errorf("two hostiles are called %q", h.Name)
		}
		seen[h.Name] = true
		s := New(t, h.Script)
		// A reset at accept may already be the outcome of the dial.
		if c, err := net.Dial("tcp", s.Addr()); err == nil {
			io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
			c.Read(make([]byte, 512))
			c.Close()
		}
		Await(t, h.Name+" ends", func() bool { return s.Conns() == 1 && s.Open() == 0 })
	}
}
