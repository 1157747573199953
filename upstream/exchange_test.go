package upstream

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
	"github.com/weirproxy/weir/message"
)

func TestExchangeKeepsOneConnection(t *testing.T) {
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o)
	for range 5 {
		if body := mustFetch(t, tr); body != "hello" {
			t.Fatalf("got %q", body)
		}
	}
	opened, reused, open, idle := tr.Stats()
	if opened != 1 || reused != 4 || open != 1 || idle != 1 || o.Conns() != 1 {
		t.Fatalf("opened %d, reused %d, open %d, idle %d", opened, reused, open, idle)
	}
	tr.Close()
	if _, _, open, idle := tr.Stats(); open != 0 || idle != 0 {
		t.Fatalf("after Close: open %d, idle %d", open, idle)
	}
}

func TestExchangeOverUnixSocket(t *testing.T) {
	o := origintest.NewUnix(t, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o)
	for range 2 {
		if body := mustFetch(t, tr); body != "hello" {
			t.Fatalf("got %q", body)
		}
	}
	if o.Conns() != 1 {
		t.Fatalf("%d connections", o.Conns())
	}
}

func TestExchangeOverIPv6(t *testing.T) {
	ln, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	defer ln.Close()
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		p := make([]byte, 1024)
		if _, err := c.Read(p); err == nil {
			c.Write([]byte(origintest.OK("hello")))
			c.Read(p)
		}
	}()
	tr := New(Config{Network: "tcp", Address: ln.Addr().String()})
	defer tr.Close()
	if body := mustFetch(t, tr); body != "hello" {
		t.Fatalf("got %q", body)
	}
}

// TestReuse has one row for each thing that decides whether a connection is kept.
func TestReuse(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n"
	for _, row := range []struct {
		name, method, answer string
		close                bool // the origin closes after the answer
		kept                 bool
	}{
		{"content length", "GET", head + "Content-Length: 2\r\n\r\nok", false, true},
		{"empty body", "GET", head + "Content-Length: 0\r\n\r\n", false, true},
		{"chunked", "GET", head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false, true},
		{"chunked with trailers", "GET", head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-A: b\r\n\r\n", false, true},
		{"HEAD", "HEAD", head + "Content-Length: 2\r\n\r\n", false, true},
		{"204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", false, true},
		{"304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", false, true},
		{"100 before", "GET", "HTTP/1.1 100 Continue\r\n\r\n" + head + "Content-Length: 2\r\n\r\nok", false, true},
		{"Connection: close", "GET", head + "Connection: close\r\nContent-Length: 2\r\n\r\nok", false, false},
		{"Connection: close in a second line", "GET", head + "Connection: x\r\nConnection: y, Close\r\nContent-Length: 2\r\n\r\nok", false, false},
		{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false, false},
		{"HTTP/1.0 with keep-alive", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", false, false},
		{"until close", "GET", head + "\r\nok", true, false},
		{"leftover bytes", "GET", head + "Content-Length: 2\r\n\r\nok!", false, false},
		{"leftover after chunked", "GET", head + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n!", false, false},
		{"a body after HEAD", "HEAD", head + "Content-Length: 2\r\n\r\nok", false, false},
		{"a body after 204", "GET", "HTTP/1.1 204 No Content\r\n\r\nok", false, false},
		{"101", "GET", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := origintest.New(t, func(c *origintest.Conn) {
				c.Each(func(*origintest.Request) error {
					if err := c.Send(row.answer); err != nil || row.close {
						return net.ErrClosed
					}
					return nil
				})
			})
			tr := to(t, o)
			out := strings.Replace(get, "GET", row.method, 1)
			_, _, err := fetch(tr, row.method, out, &patient)
			if err != nil {
				t.Fatal(err)
			}
			_, _, open, idle := tr.Stats()
			if open != idle || (idle == 1) != row.kept {
				t.Fatalf("open %d, idle %d", open, idle)
			}
		})
	}
}

func TestReleaseOfAnUnreadBodyCloses(t *testing.T) {
	o := origintest.New(t, origintest.Reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"))
	tr := to(t, o)
	var res message.Response
	c, err := tr.Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
	if err != nil {
		t.Fatal(err)
	}
	if p, last, err := c.Next(); string(p) != "hello" || last || err != nil {
		t.Fatalf("%q, %v, %v", p, last, err)
	}
	c.Release(Now())
	if _, _, open, idle := tr.Stats(); open != 0 || idle != 0 {
		t.Fatalf("open %d, idle %d", open, idle)
	}
}

func TestReleaseTwiceKeepsOnce(t *testing.T) {
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o)
	var res message.Response
	c, err := tr.Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readBody(c); err != nil {
		t.Fatal(err)
	}
	c.Release(Now())
	c.Release(Now())
	c.Close()
	if _, _, open, idle := tr.Stats(); open != 1 || idle != 1 {
		t.Fatalf("open %d, idle %d", open, idle)
	}
	if mustFetch(t, tr) != "hello" || o.Conns() != 1 {
		t.Fatalf("the connection was lost: %d", o.Conns())
	}
}

// TestStaleConnectionsAreSkipped lets several idle connections die in every way
// an idle connection can, and wants the next exchange not to notice.
func TestStaleConnectionsAreSkipped(t *testing.T) {
	for name, spoil := range map[string]func(*origintest.Conn){
		"closed":      (*origintest.Conn).Close,
		"reset":       (*origintest.Conn).Reset,
		"half-closed": func(c *origintest.Conn) { c.HalfClose(); c.WaitClose() },
		"written to":  func(c *origintest.Conn) { c.Send("HTTP/1.1 408 Request Timeout\r\n\r\n"); c.WaitClose() },
	} {
		for _, how := range []string{"Exchange", "Get"} {
			t.Run(name+"/"+how, func(t *testing.T) { testStale(t, spoil, how == "Get") })
		}
	}
}

func testStale(t *testing.T, spoil func(*origintest.Conn), byGet bool) {
	const idle = 3
	gate, spoiled := make(chan struct{}), make(chan struct{}, idle)
	o := origintest.New(t, func(c *origintest.Conn) {
		if _, err := c.ReadHead(); err != nil || c.Send(origintest.OK("hello")) != nil {
			return
		}
		if c.Index < idle {
			c.Wait(gate)
			spoiled <- struct{}{}
			spoil(c)
			return
		}
		c.WaitClose()
	})
	tr := to(t, o)
	var conns []*Conn
	for range idle {
		conns = append(conns, open(t, tr))
	}
	for _, c := range conns {
		c.Release(Now())
	}
	close(gate)
	for _, c := range conns {
		<-spoiled
		origintest.Await(t, "the end arrives", func() bool { return !c.sock.Peek() })
	}
	if byGet {
		c, err := tr.Get(Now(), nil, &patient, false)
		if err != nil || c.reused {
			t.Fatalf("%v", err)
		}
		c.Close()
	} else if body := mustFetch(t, tr); body != "hello" {
		t.Fatalf("got %q", body)
	}
	if opened, reused, _, _ := tr.Stats(); opened != idle+1 || reused != 0 {
		t.Fatalf("opened %d, reused %d", opened, reused)
	}
	origintest.Await(t, "every stale one is closed", func() bool { _, _, open, _ := tr.Stats(); return open <= 1 })
}

// open begins an exchange on a new connection and reads its response.
func open(t testing.TB, tr *Transport) *Conn {
	t.Helper()
	var res message.Response
	c, err := tr.Exchange(Now(), nil, &patient, true, []byte(get), "GET", &res)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readBody(c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConnectionLostAfterSendingIsNotRetried(t *testing.T) {
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send(origintest.OK("hello"))
		c.ReadHead()
	})
	tr := to(t, o)
	mustFetch(t, tr)
	_, _, err := fetch(tr, "GET", get, &patient)
	e := asError(t, err)
	if e.Kind != Terminated || !e.Sent || !e.Reused || o.Conns() != 1 {
		t.Fatalf("%+v, %d connections", e, o.Conns())
	}
}

func TestPoolIsLastInFirstOut(t *testing.T) {
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o)
	conns := []*Conn{open(t, tr), open(t, tr), open(t, tr)}
	for _, c := range conns {
		c.Release(Now())
	}
	var again []*Conn
	for range conns {
		c, err := tr.Get(Now(), nil, &patient, false)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		again = append(again, c)
	}
	slices.Reverse(again)
	if !slices.Equal(conns, again) {
		t.Fatal("connections came back in another order")
	}
}
