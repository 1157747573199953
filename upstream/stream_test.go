package upstream

import (
	"crypto/tls"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
)

const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n"

// switched is an origin that greets and then echoes.
func switched(c *origintest.Conn) {
	if _, err := c.ReadHead(); err != nil {
		return
	}
	c.Send(switching + "welcome")
	io.Copy(c, readOnly{c})
	c.HalfClose()
	c.WaitClose()
}

type readOnly struct{ io.Reader }

func TestStreamAfterSwitchingProtocols(t *testing.T) {
	cert, roots := origintest.Certificate(t, "127.0.0.1")
	for name, tr := range map[string]*Transport{
		"plain": to(t, origintest.New(t, switched)),
		"TLS":   to(t, origintest.NewTLS(t, serverTLS(cert), switched), encrypted(roots)),
		"unix":  to(t, origintest.NewUnix(t, switched)),
	} {
		t.Run(name, func(t *testing.T) { testStream(t, tr) })
	}
}

func testStream(t *testing.T, tr *Transport) {
	var res message.Response
	c, err := tr.Exchange(Now(), nil, &Timeouts{FirstByte: 200 * time.Millisecond}, false, []byte(get), "GET", &res)
	if err != nil || res.Status != 101 {
		t.Fatalf("status %d, %v", res.Status, err)
	}
	s := c.Stream()
	defer s.Close()
	// Whatever deadline the exchange left behind is over by now.
	<-time.After(300 * time.Millisecond)
	p := make([]byte, 64)
	if n, err := io.ReadFull(s, p[:7]); string(p[:n]) != "welcome" || err != nil {
		t.Fatalf("%q, %v", p[:n], err)
	}
	if _, err := s.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	if n, err := io.ReadFull(s, p[:4]); string(p[:n]) != "ping" || err != nil {
		t.Fatalf("%q, %v", p[:n], err)
	}
	s.SetReadDeadline(time.Now().Add(short))
	if _, err := s.Read(p); !sock.IsTimeout(err) {
		t.Fatalf("past the deadline: %v", err)
	}
	s.SetReadDeadline(time.Time{})
	if err := s.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Read(p); n != 0 || err != io.EOF {
		t.Fatalf("after both ends: %q, %v", p[:n], err)
	}
	c.Release(Now())
	if _, _, open, idle := tr.Stats(); open != 0 || idle != 0 {
		t.Fatalf("open %d, idle %d", open, idle)
	}
	if _, err := s.Write([]byte("x")); err == nil {
		t.Fatal("a closed stream takes bytes")
	}
}

// TestSwitchingHasNoTrailers: what the exchange before left is not of this one.
func TestSwitchingHasNoTrailers(t *testing.T) {
	o := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: 1\r\n\r\n")
		c.ReadHead()
		c.Send(switching)
		c.WaitClose()
	})
	tr := to(t, o)
	mustFetch(t, tr)
	var res message.Response
	c, err := tr.Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
	if err != nil || res.Status != 101 || !c.reused {
		t.Fatalf("status %d, %v", res.Status, err)
	}
	defer c.Close()
	if got := c.Trailers(); got != nil {
		t.Fatalf("trailers %v", got)
	}
}

func TestStreamCutWithoutGoodBye(t *testing.T) {
	tr := bareTLS(t, func(c *tls.Conn, _ *batch) {
		c.Write([]byte(switching))
		c.NetConn().Close()
	})
	var res message.Response
	c, err := tr.Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Stream()
	defer s.Close()
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("got %v", err)
	}
}
