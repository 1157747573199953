package edge

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
)

// A head that is not even parsed is answered and logged for what it is, not for
// what an earlier request left in the memory that both were lent.
func TestARejectionKnowsNothingOfEarlierRequests(t *testing.T) {
	s := start(t, testSettings, echo)
	for _, garbage := range []string{"\x01\r\n\r\n", "GET /\n\n", "GET /" + strings.Repeat("x", 5000)} {
		c := s.dial(t)
		c.send("HEAD /secret" + host + "Cookie: secret\r\n\r\n")
		c.response("HEAD")
		c.send(garbage)
		if _, body := c.response("GET"); body == "" {
			t.Errorf("%.20q: answered as if it were a HEAD", garbage)
		}
		c.closed()
	}
}

// A response may begin while another goroutine still reads the request body.
func TestAResponseMayBeginBeforeTheBodyEnds(t *testing.T) {
	s := start(t, testSettings, func(req *message.Request, sink message.Sink) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = bodyOf(req)
		}()
		answer(sink, 200, "early")
		<-done
	})
	for range 50 {
		c := s.dial(t)
		c.send("POST /" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
		if _, body := c.response("POST"); body != "early" {
			t.Fatalf("got %q", body)
		}
	}
}

// StopBody comes too late when the body has just ended. What it undid must not
// end the body of the request behind.
func TestALateStopBodySparesTheNextRequest(t *testing.T) {
	s := start(t, testSettings, func(req *message.Request, sink message.Sink) {
		body, err := bodyOf(req)
		req.Client.StopBody()
		if err != nil {
			body = []byte(err.Error())
		}
		answer(sink, 200, string(body))
	})
	c := s.dial(t)
	c.send("POST /" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nhe")
	c.send("llo\r\n0\r\n\r\nPOST /" + host + "Content-Length: 5\r\n\r\nwo")
	if _, body := c.response("POST"); body != "hello" {
		t.Fatalf("got %q", body)
	}
	c.send("rld")
	if _, body := c.response("POST"); body != "world" {
		t.Fatalf("got %q", body)
	}
}

// Bytes behind the last request of a connection, which nobody will read, must
// not take the end of its response with them.
func TestTheLastResponseSurvivesBytesBehindItsRequest(t *testing.T) {
	const size = 1 << 20
	for _, behind := range []int{10, 10_000, 300_000} {
		served := make(chan struct{})
		s := start(t, testSettings, func(_ *message.Request, sink message.Sink) {
			answer(sink, 200, strings.Repeat("x", size))
			close(served)
		})
		c := s.dial(t)
		c.send("GET /" + host + "Connection: close\r\n\r\nGET /" + host + "A: " + strings.Repeat("y", behind) + "\r\n\r\n")
		<-served
		res, err := http.ReadResponse(c.r, nil)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, res.Body)
		if n != size || err != nil {
			t.Errorf("%d bytes behind: got %d bytes of %d, %v", behind, n, size, err)
		}
	}
}

// A client that takes what it is sent slowly but steadily is not one that takes
// nothing, however much the kernel holds for it. One that stops is.
func TestSteadyReadersMaySlow(t *testing.T) {
	set := testSettings
	set.SendIdle = 200 * time.Millisecond
	const size = 6 << 20
	gaveUp := make(chan time.Duration, 1)
	s := start(t, set, func(_ *message.Request, sink message.Sink) {
		piece := bytes.Repeat([]byte("x"), 32<<10)
		if sink.Start(&message.Response{Status: 200, ContentLength: size}) != nil {
			return
		}
		for range size / len(piece) {
			began := time.Now()
			if sink.Write(piece, false) != nil {
				gaveUp <- time.Since(began)
				return
			}
		}
		_ = sink.End(nil)
	})
	c := s.dial(t)
	_ = c.Conn.(*net.TCPConn).SetReadBuffer(64 << 10)
	c.send("GET /" + host + "\r\n")
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, tick := int64(0), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for err == nil {
		<-tick.C
		var n int64
		n, err = io.CopyN(io.Discard, res.Body, 64<<10)
		got += n
	}
	if got != size {
		t.Errorf("got %d bytes of %d, %v", got, size, err)
	}
	c = s.dial(t)
	c.send("GET /" + host + "\r\n")
	if took := <-gaveUp; took < set.SendIdle {
		t.Errorf("gave up after %v", took)
	}
}

// A response that breaks must not take the end of the one before with it.
func TestACompleteResponseSurvivesABrokenOneBehindIt(t *testing.T) {
	const size = 1 << 20
	served := make(chan struct{})
	s := start(t, testSettings, func(req *message.Request, sink message.Sink) {
		if string(req.Target) == "/whole" {
			answer(sink, 200, strings.Repeat("x", size))
			return
		}
		_ = sink.Start(&message.Response{Status: 200, ContentLength: 10})
		_ = sink.Write([]byte("short"), false)
		close(served)
	})
	c := s.dial(t)
	c.send("GET /whole" + host + "\r\nGET /broken" + host + "\r\nGET /" + host + "A: " + strings.Repeat("y", 10_000) + "\r\n\r\n")
	<-served
	if _, body := c.response("GET"); len(body) != size {
		t.Errorf("got %d bytes of %d", len(body), size)
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(res.Body); string(body) != "short" || err != io.ErrUnexpectedEOF {
		t.Errorf("got %q, %v", body, err)
	}
}

// A client that does not know yet that its connection ends here may send on. Its
// response must not suffer from that.
func TestTheLastResponseSurvivesBytesThatComeAfterIt(t *testing.T) {
	const size = 1 << 20
	served := make(chan struct{})
	s := start(t, testSettings, func(_ *message.Request, sink message.Sink) {
		defer close(served)
		if sink.Start(&message.Response{Status: 200, ContentLength: size, Close: true}) == nil &&
			sink.Write([]byte(strings.Repeat("x", size)), true) == nil {
			_ = sink.End(nil)
		}
	})
	c := s.dial(t)
	c.send("GET /" + host + "\r\n")
	<-served
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 50 {
		<-tick.C
		c.send("GET /" + host + "\r\n")
	}
	if _, body := c.response("GET"); len(body) != size {
		t.Errorf("got %d bytes of %d", len(body), size)
	}
	c.closed()
}
