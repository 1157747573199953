package origintest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dial connects to an origin; the connection is closed when the test ends.
func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	network, address := "tcp", s.Addr()
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	}
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(Patience))
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := io.WriteString(c, s); err != nil {
		t.Fatal(err)
	}
}

// expect reads exactly what is wanted.
func expect(t *testing.T, c io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(c, got)
	if string(got) != want {
		t.Fatalf("read %q (%v), want %q", got[:n], err, want)
	}
}

func expectEnd(t *testing.T, c net.Conn, want error) {
	t.Helper()
	n, err := c.Read(make([]byte, 1))
	if n != 0 || !errors.Is(err, want) {
		t.Fatalf("read %d bytes, %v; want %v", n, err, want)
	}
}

func TestRequestsAreRecordedByteForByte(t *testing.T) {
	for name, start := range map[string]func(testing.TB, func(*Conn)) *Server{"tcp": New, "unix": NewUnix} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Reply(OK("fine")))
			c := dial(t, s)
			first := "POST /a?b HTTP/1.1\r\nHost:  h \r\nx-Odd:\tv\t\r\nContent-Length: 3\r\n\r\nabc"
			second := "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nwiki\r\n0\r\nX-T: u\r\n\r\n"
			send(t, c, first+second)
			expect(t, c, OK("fine")+OK("fine"))
			all := s.Requests()
			if len(all) != 2 || all[0].Raw == nil {
				t.Fatalf("%d requests", len(all))
			}
			if string(all[0].Raw) != first || string(all[1].Raw) != second {
				t.Errorf("recorded %q and %q", all[0].Raw, all[1].Raw)
			}
			if got := string(s.Received(0)); got != first+second {
				t.Errorf("connection recorded %q", got)
			}
			if r := all[0]; r.Method != "POST" || r.Target != "/a?b" || r.Value("host") != "h" || string(r.Body) != "abc" || !r.Complete {
				t.Errorf("first request %+v", r)
			}
			if r := all[1]; string(r.Body) != "wiki" || !r.Complete || len(r.Trailers) != 1 || r.Trailers[0] != (Field{"X-T", "u"}) {
				t.Errorf("second request %+v", r)
			}
		})
	}
}

func TestHeadArrivingByteByByteIsOneRequest(t *testing.T) {
	s := New(t, Reply(OK("")))
	c := dial(t, s)
	for _, b := range []byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n") {
		send(t, c, string(b))
	}
	expect(t, c, OK(""))
	if n := len(s.Requests()); n != 1 {
		t.Fatalf("%d requests", n)
	}
}

func TestConnectionsAreCounted(t *testing.T) {
	s := New(t, Reply(OK("")))
	a, b := dial(t, s), dial(t, s)
	Await(t, "two connections", func() bool { return s.Conns() == 2 && s.Open() == 2 })
	a.Close()
	b.Close()
	Await(t, "both gone", func() bool { return s.Open() == 0 })
	if s.Conns() != 2 {
		t.Fatalf("%d connections", s.Conns())
	}
}

func TestDownResetsAndUpListensAgain(t *testing.T) {
	s := New(t, Reply(OK("back")))
	c := dial(t, s)
	Await(t, "a connection", func() bool { return s.Open() == 1 })
	s.Down()
	expectEnd(t, c, syscall.ECONNRESET)
	if _, err := net.Dial("tcp", s.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("dial while down: %v", err)
	}
	s.Up(t)
	c = dial(t, s)
	send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	expect(t, c, OK("back"))
}

func TestForgetEmptiesTheList(t *testing.T) {
	s := New(t, Reply(OK("")))
	c := dial(t, s)
	send(t, c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	expect(t, c, OK(""))
	s.Forget()
	if n := len(s.Requests()); n != 0 {
		t.Fatalf("%d requests", n)
	}
}

func TestTLSServerSpeaksTLS(t *testing.T) {
	cert, pool := Certificate(t, "origin.test")
	s := NewTLS(t, &tls.Config{Certificates: []tls.Certificate{cert}}, Reply(OK("secret")))
	c := tls.Client(dial(t, s), &tls.Config{RootCAs: pool, ServerName: "origin.test"})
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	expect(t, c, OK("secret"))
}
