package upstream

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
	"github.com/weirproxy/weir/message"
)

// upload begins a request whose body is size bytes long and sends its head.
func upload(t testing.TB, tr *Transport, w *Timeouts, size int) *Conn {
	t.Helper()
	c, err := tr.Get(Now(), nil, w, false)
	if err != nil {
		t.Fatal(err)
	}
	head := fmt.Sprintf("POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: %d\r\n\r\n", size)
	if err := c.Send([]byte(head), size == 0); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestUploadAndDownloadAtOnce sends more than any socket holds to an origin that
// echoes as it reads.
func TestUploadAndDownloadAtOnce(t *testing.T) {
	const size = 16 << 20
	tr := to(t, origintest.New(t, origintest.Echo))
	for round := range 2 {
		c := upload(t, tr, &patient, size)
		if c.reused != (round == 1) {
			t.Errorf("round %d: reused %v", round, c.reused)
		}
		sent := make(chan error, 1)
		go func() { sent <- sendBody(c, size) }()
		var res message.Response
		if err := c.ReadHead("POST", &res); err != nil {
			t.Fatal(err)
		}
		got, err := countBody(c)
		if sendErr := <-sent; err != nil || sendErr != nil || got != size {
			t.Fatalf("%d bytes, %v; sending: %v", got, err, sendErr)
		}
		c.Release(Now())
	}
}

func sendBody(c *Conn, size int) error {
	piece := []byte(strings.Repeat("x", 100<<10))
	for size > 0 {
		n := min(size, len(piece))
		size -= n
		if err := c.Send(piece[:n], size == 0); err != nil {
			return err
		}
	}
	return nil
}

func countBody(c *Conn) (n int, err error) {
	for {
		p, last, err := c.Next()
		n += len(p)
		if last || err != nil {
			return n, err
		}
	}
}

// TestEarlyAnswer wants the answer of an origin that stops reading, closes and
// so resets the connection under the upload.
func TestEarlyAnswer(t *testing.T) {
	const size = 64 << 20
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!")
	})
	tr := to(t, o)
	for range 20 {
		c := upload(t, tr, &patient, size)
		sent := make(chan error, 1)
		go func() { sent <- sendBody(c, size) }()
		var res message.Response
		err := c.ReadHead("POST", &res)
		body, bodyErr := "", error(nil)
		if err == nil {
			body, bodyErr = readBody(c)
		}
		if err != nil || bodyErr != nil || res.Status != 413 || body != "no!" {
			t.Fatalf("status %d, %v; body %q, %v", res.Status, err, body, bodyErr)
		}
		if e := asError(t, <-sent); e.Kind != Terminated || !e.Sent {
			t.Fatalf("sending: %+v", e)
		}
		if err := c.Send([]byte("more"), true); err == nil {
			t.Fatal("sending went on after an error")
		}
		c.Release(Now())
		if _, _, open, _ := tr.Stats(); open != 0 {
			t.Fatal("the connection was kept")
		}
	}
}

// TestLargeRequestInOneCall sends more in one call than a socket takes at once.
func TestLargeRequestInOneCall(t *testing.T) {
	const size = 32 << 20
	out := fmt.Sprintf("POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: %d\r\n\r\n", size) + strings.Repeat("x", size)
	cert, roots := origintest.Certificate(t, "127.0.0.1")
	for name, row := range map[string]struct {
		script func(*origintest.Conn)
		status int
		kept   bool
	}{
		"read": {origintest.Reply(origintest.OK("hello")), 200, true},
		"refused": {func(c *origintest.Conn) {
			c.ReadHead()
			c.Send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!")
		}, 413, false},
	} {
		for kind, tr := range map[string]*Transport{
			"plain": to(t, origintest.New(t, row.script)),
			"TLS":   to(t, origintest.NewTLS(t, serverTLS(cert), row.script), encrypted(roots)),
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				status, _, err := fetch(tr, "POST", out, &patient)
				if status != row.status || err != nil {
					t.Fatalf("status %d, %v", status, err)
				}
				if _, _, _, idle := tr.Stats(); (idle == 1) != row.kept {
					t.Fatalf("%d kept", idle)
				}
			})
		}
	}
}

// TestAnswerBeforeTheRequestIsComplete: the response is whole, but the
// connection still owes the rest of a request.
func TestAnswerBeforeTheRequestIsComplete(t *testing.T) {
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send(origintest.OK("early"))
		c.WaitClose()
	})
	tr := to(t, o)
	c := upload(t, tr, &patient, 10)
	var res message.Response
	if err := c.ReadHead("POST", &res); err != nil {
		t.Fatal(err)
	}
	if body, err := readBody(c); body != "early" || err != nil {
		t.Fatalf("%q, %v", body, err)
	}
	c.Release(Now())
	if _, _, open, _ := tr.Stats(); open != 0 {
		t.Fatal("the connection was kept")
	}
}

// TestUntilCloseDuringAnUploadIsNotTrusted: whether a connection that ends while
// the request is being sent was closed or reset cannot be told apart.
func TestUntilCloseDuringAnUploadIsNotTrusted(t *testing.T) {
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send("HTTP/1.1 200 OK\r\n\r\npart")
	})
	c := upload(t, to(t, o), &patient, 10)
	defer c.Release(Now())
	var res message.Response
	if err := c.ReadHead("POST", &res); err != nil {
		t.Fatal(err)
	}
	if body, err := readBody(c); body != "part" || kindOf(t, err) != Incomplete {
		t.Fatalf("%q, %v", body, err)
	}
}

func TestContinueThenRefusal(t *testing.T) {
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Continue()
		c.Send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
		c.WaitClose()
	})
	c := upload(t, to(t, o), &patient, 10)
	defer c.Release(Now())
	for _, want := range []int{100, 401} {
		var res message.Response
		if err := c.ReadHead("POST", &res); err != nil || res.Status != want {
			t.Fatalf("status %d, %v", res.Status, err)
		}
	}
}

func TestBackendThatStopsReading(t *testing.T) {
	hold := newLatch()
	o := origintest.New(t, func(c *origintest.Conn) { c.ReadHead(); c.Wait(hold.c) })
	defer hold.release()
	c := upload(t, to(t, o), &Timeouts{FirstByte: time.Hour, BetweenBytes: 20 * time.Millisecond}, 1<<30)
	defer c.Close()
	sent := make(chan error, 1)
	go func() { sent <- sendBody(c, 1<<30) }()
	var res message.Response
	err := c.ReadHead("POST", &res)
	if kindOf(t, err) != WriteTimeout || kindOf(t, <-sent) != WriteTimeout {
		t.Fatal(err)
	}
}

// TestSlowUploadIsNotTheBackendsFault: the first byte is waited for from the end
// of the request on.
func TestSlowUploadIsNotTheBackendsFault(t *testing.T) {
	const limit = 300 * time.Millisecond
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	c := upload(t, to(t, o), &Timeouts{FirstByte: limit}, 6)
	defer c.Close()
	head := make(chan error, 1)
	var res message.Response
	go func() { head <- c.ReadHead("POST", &res) }()
	for _, piece := range []string{"ab", "cd"} {
		if err := c.Send([]byte(piece), false); err != nil {
			t.Fatal(err)
		}
		<-time.After(2 * limit)
	}
	if err := c.Send([]byte("ef"), true); err != nil {
		t.Fatal(err)
	}
	if err := <-head; err != nil {
		t.Fatal(err)
	}
	if body, err := readBody(c); body != "hello" || err != nil {
		t.Fatalf("%q, %v", body, err)
	}
}

func TestAbortEndsEverything(t *testing.T) {
	hold := newLatch()
	o := origintest.New(t, func(c *origintest.Conn) { c.ReadHead(); c.Wait(hold.c) })
	defer hold.release()
	tr := to(t, o)
	c := upload(t, tr, &patient, 1<<30)
	sent, head := make(chan error, 1), make(chan error, 1)
	var res message.Response
	go func() { sent <- sendBody(c, 1<<30) }()
	go func() { head <- c.ReadHead("POST", &res) }()
	origintest.Await(t, "the head arrives", func() bool { return len(o.Requests()) == 1 })
	c.Abort()
	if a, b := kindOf(t, <-sent), kindOf(t, <-head); a != Aborted || b != Aborted {
		t.Fatalf("sending: %v, reading: %v", a, b)
	}
	c.Release(Now())
	if _, _, open, _ := tr.Stats(); open != 0 {
		t.Fatalf("%d open", open)
	}
	if _, _, err := c.Next(); err == nil || errors.Is(err, io.EOF) {
		t.Fatalf("then %v", err)
	}
}
