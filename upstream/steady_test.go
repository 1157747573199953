package upstream

import (
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// A backend that takes a request slowly but steadily is not one that takes
// nothing, however much the kernel holds for it.
func TestSteadyBackendsMayBeSlow(t *testing.T) {
	t.Run("plain", func(t *testing.T) { testSteady(t, nil, nil) })
	t.Run("tls", func(t *testing.T) {
		cert, roots := origintest.Certificate(t, "127.0.0.1")
		testSteady(t, serverTLS(cert), &tls.Config{RootCAs: roots})
	})
}

func testSteady(t *testing.T, server, client *tls.Config) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	took := make(chan int64, 1)
	go func() {
		var n int64
		defer func() { took <- n }()
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_ = c.(*net.TCPConn).SetReadBuffer(64 << 10)
		if server != nil {
			c = tls.Server(c, server)
		}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for err == nil {
			<-tick.C
			var k int64
			k, err = io.CopyN(io.Discard, c, 64<<10)
			n += k
		}
	}()
	tr := New(Config{Network: "tcp", Address: ln.Addr().String(), ConnectTimeout: origintest.Patience, TLS: client})
	c, err := tr.Get(Now(), nil, &Timeouts{BetweenBytes: 200 * time.Millisecond}, false)
	if err != nil {
		t.Fatal(err)
	}
	const size = 6 << 20
	if err := c.Send(make([]byte, size), true); err != nil {
		t.Error(err)
	}
	c.Close()
	if n := <-took; n != size {
		t.Errorf("the backend got %d bytes of %d", n, size)
	}
}
