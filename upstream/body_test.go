package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
	"github.com/weirproxy/weir/message"
)

// bodies returns the same body in its framings, each as a whole response.
func bodies() map[string]string {
	body := strings.Repeat("0123456789abcdef", 16)
	chunked := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
	for _, size := range []int{1, 7, 100, 148} {
		chunked += fmt.Sprintf("%x;ext=\"a\"\r\n%s\r\n", size, body[:size])
	}
	return map[string]string{
		"content length": "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 256\r\n\r\n" + body,
		"chunked":        chunked + "0\r\nX-Sum: 1\r\n\r\n",
	}
}

// TestTruncationIsNeverComplete cuts a response after every one of its bytes.
func TestTruncationIsNeverComplete(t *testing.T) {
	for framing, whole := range bodies() {
		for _, how := range []origintest.Ending{origintest.ByClose, origintest.ByReset, origintest.ByHalfClose} {
			t.Run(framing+"/"+how.String(), func(t *testing.T) { testTruncation(t, whole, how) })
		}
	}
}

func testTruncation(t *testing.T, whole string, how origintest.Ending) {
	o := origintest.New(t, func(c *origintest.Conn) {
		if _, err := c.ReadHead(); err == nil {
			c.Cut(whole, c.Index, how)
		}
	})
	tr := to(t, o)
	headEnd := strings.Index(whole, "\r\n\r\n") + 4
	for k := range len(whole) {
		_, body, err := fetch(tr, "GET", get, &patient)
		e := asError(t, err)
		want := Incomplete
		// A reset may overtake the bytes sent before it.
		if k == 0 || how == origintest.ByReset && e.Kind == Terminated && body == "" {
			want = Terminated
		}
		if e.Kind != want || !e.Sent {
			t.Fatalf("after %d bytes: %+v", k, e)
		}
		if k < headEnd && body != "" || len(body) > k {
			t.Fatalf("after %d bytes: body %q", k, body)
		}
		if how != origintest.ByReset && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("after %d bytes: %v", k, err)
		}
	}
	if o.Conns() != len(whole) {
		t.Fatalf("%d connections for %d exchanges", o.Conns(), len(whole))
	}
}

func TestResetInsideABodyIsTold(t *testing.T) {
	more := newLatch()
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send("HTTP/1.1 200 OK\r\n\r\nhello")
		c.Wait(more.c)
		c.Reset()
	})
	var res message.Response
	c, err := to(t, o).Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release(Now())
	if p, last, err := c.Next(); string(p) != "hello" || last || err != nil {
		t.Fatalf("%q, %v, %v", p, last, err)
	}
	more.release()
	_, last, err := c.Next()
	if e := asError(t, err); last || e.Kind != Incomplete || !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("%v, %+v", last, e)
	}
	if _, _, again := c.Next(); again != err {
		t.Fatalf("then %v", again)
	}
}

func TestUntilCloseEndsWithTheConnection(t *testing.T) {
	for _, version := range []string{"1.0", "1.1"} {
		o := origintest.New(t, func(c *origintest.Conn) {
			c.ReadHead()
			c.Send("HTTP/" + version + " 200 OK\r\n\r\nhello")
		})
		status, body, err := fetch(to(t, o), "GET", get, &patient)
		if status != 200 || body != "hello" || err != nil {
			t.Fatalf("%s: %d, %q, %v", version, status, body, err)
		}
	}
}

func TestTrailersAreKept(t *testing.T) {
	o := origintest.New(t, origintest.Reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\n"))
	var res message.Response
	c, err := to(t, o).Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release(Now())
	if got := c.Trailers(); got != nil {
		t.Fatalf("before the end: %v", got)
	}
	if body, err := readBody(c); body != "a" || err != nil {
		t.Fatalf("%q, %v", body, err)
	}
	got := ""
	for _, f := range c.Trailers() {
		got += fmt.Sprintf("%s=%s;", f.Name, f.Value)
	}
	if got != "X-A=1;X-B=2;" {
		t.Fatalf("trailers %q", got)
	}
}

// TestChunksAreJoined wants what arrived in one piece to be handed on in one.
func TestChunksAreJoined(t *testing.T) {
	o := origintest.New(t, origintest.Reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n3;x=y\r\nbcd\r\n2\r\nef\r\n0\r\n\r\n"))
	var res message.Response
	c, err := to(t, o).Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release(Now())
	p, last, err := c.Next()
	if string(p) != "abcdef" || !last || err != nil {
		t.Fatalf("%q, %v, %v", p, last, err)
	}
}

// TestTakeDoesNotWait: it has what came with the head, then nothing until more
// is there, and it does not disturb the head.
func TestTakeDoesNotWait(t *testing.T) {
	more := newLatch()
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send("HTTP/1.1 200 OK\r\nServer: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n1\r\nl\r\n")
		c.Wait(more.c)
		c.Send("2\r\nlo\r\n0\r\n\r\n")
		c.WaitClose()
	})
	var res message.Response
	c, err := to(t, o).Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release(Now())
	if p, last, ready, err := c.Take(); string(p) != "hel" || last || !ready || err != nil {
		t.Fatalf("%q, %v, %v, %v", p, last, ready, err)
	}
	if p, last, ready, err := c.Take(); p != nil || last || ready || err != nil {
		t.Fatalf("%q, %v, %v, %v", p, last, ready, err)
	}
	if f := res.Fields[0]; string(f.Name) != "Server" || string(f.Value) != "x" {
		t.Fatalf("the head became %q: %q", f.Name, f.Value)
	}
	more.release()
	if p, last, err := c.Next(); string(p) != "lo" || !last || err != nil {
		t.Fatalf("%q, %v, %v", p, last, err)
	}
}

// TestWaitingHoldsNoBuffer: neither does a connection that waits for its backend
// in the middle of a body, nor one that is idle.
func TestWaitingHoldsNoBuffer(t *testing.T) {
	o := origintest.New(t, origintest.Reply("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"))
	tr := to(t, o)
	var res message.Response
	c, err := tr.Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release(Now())
	if p, last, err := c.Next(); string(p) != "hello" || last || err != nil {
		t.Fatalf("%q, %v, %v", p, last, err)
	}
	if p := c.room(); p != nil || c.in.buf != nil {
		t.Error("the wait holds a buffer")
	}
	o2 := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	for _, idle := range keep(t, to(t, o2), 1) {
		if idle.in.buf != nil {
			t.Error("an idle connection holds a buffer")
		}
	}
}

func TestNextAfterTheEnd(t *testing.T) {
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	c := open(t, to(t, o))
	defer c.Release(Now())
	for range 2 {
		if p, last, err := c.Next(); len(p) != 0 || !last || err != nil {
			t.Fatalf("%q, %v, %v", p, last, err)
		}
	}
	var res message.Response
	if err := c.ReadHead("GET", &res); kindOf(t, err) != Internal {
		t.Fatalf("a second head: %v", err)
	}
}

// TestLargeBodies reads 8 MiB in both framings, whole and in pieces no larger
// than the buffer.
func TestLargeBodies(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 8<<16)
	for framing, send := range map[string]func(*origintest.Conn){
		"content length": func(c *origintest.Conn) {
			c.Sendf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(body))
			c.Write(body)
		},
		"chunked": func(c *origintest.Conn) {
			c.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			for rest, n := string(body), 1; rest != ""; n = n*7%60_001 + 1 {
				n = min(n, len(rest))
				c.Chunk(rest[:n])
				rest = rest[n:]
			}
			c.LastChunk()
		},
		"until close": func(c *origintest.Conn) {
			c.Send("HTTP/1.1 200 OK\r\n\r\n")
			c.Write(body)
		},
	} {
		t.Run(framing, func(t *testing.T) {
			o := origintest.New(t, func(c *origintest.Conn) { c.ReadHead(); send(c) })
			var res message.Response
			c, err := to(t, o).Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Release(Now())
			var got []byte
			for last := false; !last; {
				var p []byte
				if p, last, err = c.Next(); err != nil || len(p) > bufferSize {
					t.Fatalf("%d bytes, %v", len(p), err)
				}
				got = append(got, p...)
			}
			if !bytes.Equal(got, body) {
				t.Fatalf("%d bytes, or not the right ones", len(got))
			}
		})
	}
}
