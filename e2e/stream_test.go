package e2e

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// TestEventsArriveOneByOne: each event has to arrive before the next is sent.
func TestEventsArriveOneByOne(t *testing.T) {
	t.Parallel()
	events := make(chan string)
	w, _ := front(t, origintest.Events(events))
	c := w.dial(t)
	c.send(request("GET", "/events", "Accept: text/event-stream"))
	var r *response
	want := ""
	for i := range 20 {
		event := fmt.Sprintf("event %d", i)
		deliver(t, events, event)
		if r == nil {
			r = c.head("GET").expect(t, 200)
		}
		want += "data: " + event + "\n\n"
		c.atLeast(r, len(want))
		if string(r.body) != want {
			t.Fatalf("received %q, want %q", r.body, want)
		}
	}
	close(events)
	c.rest(r)
}

// TestHeadArrivesBeforeTheBody: a response head does not wait for a body that
// takes its time.
func TestHeadArrivesBeforeTheBody(t *testing.T) {
	t.Parallel()
	for _, framing := range []string{"Content-Length: 5", "Transfer-Encoding: chunked", "Connection: close"} {
		release := make(chan struct{})
		w, _ := front(t, func(c *origintest.Conn) {
			c.ReadHead()
			c.Send("HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n")
			if c.Wait(release) != nil {
				return
			}
			if strings.HasPrefix(framing, "Transfer") {
				c.Chunk("hello")
				c.LastChunk()
			} else {
				c.Send("hello")
			}
		})
		c := w.dial(t)
		c.send(request("GET", "/"))
		r := c.head("GET").expect(t, 200)
		close(release)
		if c.rest(r); string(r.body) != "hello" {
			t.Errorf("%s: body %q", framing, r.body)
		}
	}
}

func TestUploadIsStreamed(t *testing.T) {
	t.Parallel()
	got := make(chan string)
	w, _ := front(t, func(c *origintest.Conn) {
		c.Each(func(*origintest.Request) error {
			buf := make([]byte, 6)
			for {
				if _, err := io.ReadFull(c.Body(), buf); err != nil {
					return c.Send(origintest.OK("thanks"))
				}
				got <- string(buf)
			}
		})
	})
	for _, chunked := range []bool{false, true} {
		c := w.dial(t)
		if chunked {
			c.send(request("POST", "/", "Transfer-Encoding: chunked"))
		} else {
			c.send(request("POST", "/", "Content-Length: 60"))
		}
		for i := range 10 {
			piece := fmt.Sprintf("piece%d", i)
			if chunked {
				c.send("6\r\n" + piece + "\r\n")
			} else {
				c.send(piece)
			}
			if p := receive(t, got); p != piece {
				t.Fatalf("chunked %v: the backend received %q, want %q", chunked, p, piece)
			}
		}
		if chunked {
			c.send("0\r\n\r\n")
		}
		if r := c.response("POST").expect(t, 200); string(r.body) != "thanks" {
			t.Errorf("body %q", r.body)
		}
	}
}

func TestContinueComesFromTheBackend(t *testing.T) {
	t.Parallel()
	allow := make(chan struct{})
	w, origin := front(t, func(c *origintest.Conn) {
		c.ReadHead()
		if c.Wait(allow) != nil {
			return
		}
		c.Continue()
		c.ReadBody()
		c.Send(origintest.OK("stored"))
	})
	c := w.dial(t)
	c.send(request("PUT", "/", "Expect: 100-continue", "Content-Length: 5"))
	await(t, "the head reaches the backend before the body", func() bool { return len(origin.Requests()) == 1 })
	if v := origin.Requests()[0].Value("Expect"); !strings.EqualFold(v, "100-continue") {
		t.Errorf("Expect to the backend is %q", v)
	}
	close(allow)
	if r, err := c.tryAnyHead("PUT"); err != nil || r.status != 100 {
		t.Fatalf("%v, %v; want 100", r, err)
	}
	c.send("hello")
	if r := c.response("PUT").expect(t, 200); string(r.body) != "stored" || len(r.info) > 0 {
		t.Errorf("%v after %d more informational responses", r, len(r.info))
	}
	if got := origin.Requests()[0]; string(got.Body) != "hello" {
		t.Errorf("backend read %q", got.Body)
	}
}

func TestRefusedContinueIsAnsweredBeforeTheBody(t *testing.T) {
	t.Parallel()
	w, origin := front(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno")
		c.WaitClose()
	})
	c := w.dial(t)
	c.send(request("PUT", "/", "Expect: 100-continue", "Content-Length: 1000000"))
	r := c.response("PUT").expect(t, 417)
	if string(r.body) != "no" || len(r.info) > 0 {
		t.Errorf("%v after %d informational responses", r, len(r.info))
	}
	await(t, "the backend's connection is given up", func() bool { return origin.Open() == 0 })
	if got := origin.Received(0); strings.Contains(string(got), "\r\n\r\nx") {
		t.Errorf("body bytes were sent: %q", got)
	}
}

// TestEarlyAnswerReachesTheClient: a backend that answers while the body is
// still coming is heard, and the answer survives the end of the connection.
func TestEarlyAnswerReachesTheClient(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"413 Content Too Large", "401 Unauthorized"} {
		for _, end := range []origintest.Ending{origintest.ByClose, origintest.ByStall} {
			for _, chunked := range []bool{false, true} {
				answer := "HTTP/1.1 " + status + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
				w, _ := front(t, func(c *origintest.Conn) {
					c.ReadHead()
					io.ReadFull(c.Body(), make([]byte, 100))
					c.Cut(answer, len(answer), end)
				})
				c := w.dial(t)
				if chunked {
					c.send(request("POST", "/", "Transfer-Encoding: chunked") + "186a0\r\n")
				} else {
					c.send(request("POST", "/", "Content-Length: 1000000"))
				}
				c.send(strings.Repeat("x", 200))
				r := c.head("POST")
				if c.rest(r); !strings.HasPrefix(status, fmt.Sprint(r.status)) || string(r.body) != "no" {
					t.Errorf("%s by %v, chunked %v: %v", status, end, chunked, r)
				}
			}
		}
	}
}

// TestEchoOfALargeBodyDoesNotDeadlock: the client writes all of its body before
// it reads the first byte of an answer that is as long.
func TestEchoOfALargeBodyDoesNotDeadlock(t *testing.T) {
	t.Parallel()
	w, _ := front(t, origintest.Echo)
	const size = 8 << 20
	body := strings.Repeat("0123456789abcdef", size/16)
	c := w.dial(t)
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(c.conn, request("POST", "/", fmt.Sprintf("Content-Length: %d", size))+body)
		sent <- err
	}()
	r := c.response("POST").expect(t, 200)
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if string(r.body) != body {
		t.Errorf("%d bytes came back, or other ones", len(r.body))
	}
}

func TestCutUploadIsNeverEndedCleanly(t *testing.T) {
	t.Parallel()
	w, origin := front(t, func(c *origintest.Conn) {
		c.ReadHead()
		if _, err := c.ReadBody(); err == nil {
			c.Send(origintest.OK("complete"))
		}
	})
	uploads := []string{
		request("POST", "/", "Content-Length: 10") + "hello",
		request("POST", "/", "Transfer-Encoding: chunked") + "5\r\nhel",
		request("POST", "/", "Transfer-Encoding: chunked") + "5\r\nhello\r\n",
		request("POST", "/", "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n",
		request("POST", "/", "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\nX: y\r\n",
		request("POST", "/", "Transfer-Encoding: chunked") + "5\r\nhello\r\nzz\r\n",
		request("POST", "/", "Transfer-Encoding: chunked") + "5\r\nhelloXX0\r\n\r\n",
	}
	for i, upload := range uploads {
		for _, reset := range []bool{false, true} {
			before := origin.Conns()
			c := w.dial(t)
			c.send(upload)
			await(t, "the upload begins at the backend", func() bool { return origin.Conns() > before || i >= 5 })
			if reset {
				c.reset()
			} else {
				c.conn.Close()
			}
			await(t, "the backend's connection ends", func() bool { return origin.Open() == 0 })
		}
	}
	for _, got := range origin.Requests() {
		if got.Complete {
			t.Errorf("a cut upload looked complete: %q", got.Raw)
		}
	}
}

func TestClientThatLeavesCancelsItsRequest(t *testing.T) {
	t.Parallel()
	for _, reset := range []bool{false, true} {
		for _, begun := range []bool{false, true} {
			w, origin := front(t, func(c *origintest.Conn) {
				c.ReadHead()
				if begun {
					c.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
				}
				c.WaitClose()
			})
			c := w.dial(t)
			c.send(request("GET", "/"))
			await(t, "the request reaches the backend", func() bool { return len(origin.Requests()) == 1 })
			if begun {
				c.atLeast(c.head("GET"), 5)
			}
			if reset {
				c.reset()
			} else {
				c.conn.Close()
			}
			await(t, "the backend sees the end", func() bool { return origin.Open() == 0 })
			if n := len(origin.Requests()); n != 1 {
				t.Errorf("the backend was asked %d times", n)
			}
		}
	}
}
