package upstream

import (
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
	"github.com/weirproxy/weir/message"
)

const short = 20 * time.Millisecond

// stall is an origin that sends s and then nothing.
func stall(t *testing.T, s string) *origintest.Server {
	return origintest.New(t, func(c *origintest.Conn) {
		if _, err := c.ReadHead(); err == nil {
			c.Cut(s, len(s), origintest.ByStall)
		}
	})
}

func TestNoResponse(t *testing.T) {
	for name, s := range map[string]string{
		"nothing":           "",
		"half a head":       "HTTP/1.1 200 OK\r\nContent-",
		"informational":     "HTTP/1.1 103 Early Hints\r\n\r\n",
		"half the next one": "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200",
	} {
		t.Run(name, func(t *testing.T) {
			tr := to(t, stall(t, s))
			_, _, err := fetch(tr, "GET", get, &Timeouts{FirstByte: short, BetweenBytes: time.Hour})
			if e := asError(t, err); e.Kind != ResponseTimeout || !e.Sent {
				t.Fatalf("%+v", e)
			}
			if _, _, open, _ := tr.Stats(); open != 0 {
				t.Fatalf("%d open", open)
			}
		})
	}
}

// TestDrippedHead: the time is for the whole head, however busy the backend looks.
func TestDrippedHead(t *testing.T) {
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		for c.Send("X") == nil && c.Pause(time.Millisecond) == nil {
		}
	})
	_, _, err := fetch(to(t, o), "GET", get, &Timeouts{FirstByte: 5 * short, BetweenBytes: time.Hour})
	if k := kindOf(t, err); k != ResponseTimeout && k != Protocol {
		t.Fatal(err)
	}
}

func TestPauseInsideABody(t *testing.T) {
	for framing, whole := range bodies() {
		tr := to(t, stall(t, whole[:len(whole)-4]))
		status, body, err := fetch(tr, "GET", get, &Timeouts{FirstByte: time.Hour, BetweenBytes: short})
		if e := asError(t, err); status != 200 || len(body) < 250 || e.Kind != ReadTimeout || !e.Sent {
			t.Fatalf("%s: status %d, %d bytes, %+v", framing, status, len(body), e)
		}
	}
}

// TestSlowBodyIsNotCutShort: bytes that keep coming reset the clock.
func TestSlowBodyIsNotCutShort(t *testing.T) {
	const limit = 500 * time.Millisecond
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send("HTTP/1.1 200 OK\r\nContent-Length: 150\r\n\r\n")
		for range 150 {
			c.Send("x")
			c.Pause(5 * time.Millisecond)
		}
	})
	_, body, err := fetch(to(t, o), "GET", get, &Timeouts{FirstByte: origintest.Patience, BetweenBytes: limit})
	if len(body) != 150 || err != nil {
		t.Fatalf("%d bytes, %v", len(body), err)
	}
}

// TestOldDeadlinesDoNotMatter uses a connection again after every deadline of its
// first exchange has passed.
func TestOldDeadlinesDoNotMatter(t *testing.T) {
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o)
	if _, _, err := fetch(tr, "GET", get, &Timeouts{FirstByte: 10 * short, BetweenBytes: short}); err != nil {
		t.Fatal(err)
	}
	<-time.After(15 * short)
	if body := mustFetch(t, tr); body != "hello" || o.Conns() != 1 {
		t.Fatalf("%q, %d connections", body, o.Conns())
	}
}

// TestLateNow: a now that is somewhat old must not make the request time out
// before it was sent.
func TestLateNow(t *testing.T) {
	const limit = 200 * time.Millisecond
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o)
	now := Now()
	for range 2 {
		var res message.Response
		c, err := tr.Exchange(now, nil, &Timeouts{FirstByte: limit}, false, []byte(get), "GET", &res)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := readBody(c); body != "hello" || err != nil {
			t.Fatalf("%q, %v", body, err)
		}
		c.Release(Now())
		<-time.After(2 * limit)
	}
	if o.Conns() != 1 {
		t.Fatalf("%d connections", o.Conns())
	}
}

func TestNoTimeoutsMeansNoLimits(t *testing.T) {
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Pause(3 * wake / 2)
		c.Send(origintest.OK("hello"))
	})
	if _, body, err := fetch(to(t, o), "GET", get, nil); body != "hello" || err != nil {
		t.Fatalf("%q, %v", body, err)
	}
}

// TestClientGone wants a client that leaves to end its exchange, whatever the
// exchange waits for.
func TestClientGone(t *testing.T) {
	for name, s := range map[string]string{
		"head": "", "body": "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := stall(t, s)
			tr := to(t, o)
			client := &leaver{}
			done := make(chan error, 1)
			go func() {
				var res message.Response
				c, err := tr.Exchange(Now(), client, &patient, false, []byte(get), "GET", &res)
				if err == nil {
					defer c.Release(Now())
					_, err = readBody(c)
				}
				done <- err
			}()
			origintest.Await(t, "the client is asked for", func() bool { return client.asks.Load() > 0 })
			client.gone.Store(true)
			if e := asError(t, <-done); e.Kind != ClientGone || !e.Sent {
				t.Fatalf("%+v", e)
			}
			origintest.Await(t, "the backend sees the end", func() bool { return o.Open() == 0 })
		})
	}
}
