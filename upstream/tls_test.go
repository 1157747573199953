package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
	"github.com/weirproxy/weir/message"
)

// encrypted returns what New needs to trust an origin's certificate.
func encrypted(roots *x509.CertPool, change ...func(*tls.Config)) func(*Config) {
	return func(c *Config) {
		c.TLS = &tls.Config{RootCAs: roots}
		for _, f := range change {
			f(c.TLS)
		}
	}
}

func serverTLS(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}
}

func TestTLSExchanges(t *testing.T) {
	cert, roots := origintest.Certificate(t, "127.0.0.1")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			o := origintest.NewTLS(t, serverTLS(cert), origintest.Echo)
			tr := to(t, o, encrypted(roots, func(c *tls.Config) { c.MaxVersion = version }))
			for range 3 {
				const out = "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\n\r\nhello"
				if _, body, err := fetch(tr, "POST", out, &patient); body != "hello" || err != nil {
					t.Fatalf("%q, %v", body, err)
				}
			}
			if o.Conns() != 1 {
				t.Fatalf("%d connections", o.Conns())
			}
			const size = 4 << 20
			c := upload(t, tr, &patient, size)
			sent := make(chan error, 1)
			go func() { sent <- sendBody(c, size) }()
			var res message.Response
			if err := c.ReadHead("POST", &res); err != nil {
				t.Fatal(err)
			}
			if n, err := countBody(c); n != size || err != nil || <-sent != nil {
				t.Fatalf("%d bytes, %v", n, err)
			}
			if state := c.tls.ConnectionState(); state.NegotiatedProtocol != "http/1.1" {
				t.Errorf("protocol %q", state.NegotiatedProtocol)
			}
			c.Release(Now())
		})
	}
}

func TestTLSNameIsSentAndVerified(t *testing.T) {
	cert, roots := origintest.Certificate(t, "backend.example")
	names := make(chan string, 4)
	cfg := serverTLS(cert)
	cfg.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		names <- h.ServerName
		return nil, nil
	}
	o := origintest.NewTLS(t, cfg, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o, encrypted(roots, func(c *tls.Config) { c.ServerName = "backend.example" }))
	if body := mustFetch(t, tr); body != "hello" {
		t.Fatalf("got %q", body)
	}
	if name := <-names; name != "backend.example" {
		t.Fatalf("asked for %q", name)
	}
}

func TestTLSRefusals(t *testing.T) {
	cert, roots := origintest.Certificate(t, "127.0.0.1")
	other, otherRoots := origintest.Certificate(t, "other.example")
	expired, expiredRoots := expiredCertificate(t)
	wants := serverTLS(cert)
	wants.ClientAuth, wants.ClientCAs = tls.RequireAndVerifyClientCert, otherRoots
	wants12 := wants.Clone()
	wants12.MaxVersion = tls.VersionTLS12
	foreign := serverTLS(cert)
	foreign.NextProtos = []string{"spdy/3"}

	for name, row := range map[string]struct {
		server *tls.Config
		roots  *x509.CertPool
		want   Kind
	}{
		"wrong name":                {serverTLS(other), otherRoots, TLSCertificate},
		"unknown authority":         {serverTLS(cert), otherRoots, TLSCertificate},
		"expired":                   {serverTLS(expired), expiredRoots, TLSCertificate},
		"no client certificate":     {wants, roots, TLSAlert},
		"no client certificate 1.2": {wants12, roots, TLSAlert},
		"no common protocol":        {foreign, roots, TLSAlert},
	} {
		t.Run(name, func(t *testing.T) {
			o := origintest.NewTLS(t, row.server, origintest.Reply(origintest.OK("hello")))
			tr := to(t, o, encrypted(row.roots))
			_, _, err := fetch(tr, "GET", get, &patient)
			if e := asError(t, err); e.Kind != row.want || e.Sent && row.want == TLSCertificate {
				t.Fatalf("%+v", e)
			}
			if got := o.Requests(); len(got) != 0 {
				t.Fatalf("%d requests arrived", len(got))
			}
			if _, _, open, _ := tr.Stats(); open != 0 {
				t.Fatalf("%d open", open)
			}
		})
	}
}

func TestTLSClientCertificate(t *testing.T) {
	cert, roots := origintest.Certificate(t, "127.0.0.1")
	mine, myRoots := origintest.Certificate(t, "weir.example")
	cfg := serverTLS(cert)
	cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, myRoots
	o := origintest.NewTLS(t, cfg, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o, encrypted(roots, func(c *tls.Config) { c.Certificates = []tls.Certificate{mine} }))
	if body := mustFetch(t, tr); body != "hello" {
		t.Fatalf("got %q", body)
	}
}

func TestTLSWithWhatIsNoTLS(t *testing.T) {
	for name, row := range map[string]struct {
		script func(*origintest.Conn)
		want   Kind
	}{
		"a plain backend": {func(c *origintest.Conn) { c.Send("HTTP/1.1 400 Bad Request\r\n\r\n"); c.WaitClose() }, TLSProtocol},
		"silence":         {func(c *origintest.Conn) { c.WaitClose() }, ConnectTimeout},
		"an end":          {func(c *origintest.Conn) { c.Read(make([]byte, 4096)) }, Terminated},
	} {
		t.Run(name, func(t *testing.T) {
			o := origintest.New(t, row.script)
			tr := to(t, o, encrypted(nil), func(c *Config) {
				if row.want == ConnectTimeout {
					c.TLSTimeout = short
				}
			})
			_, _, err := fetch(tr, "GET", get, &patient)
			if e := asError(t, err); e.Kind != row.want || e.Sent {
				t.Fatalf("%+v", e)
			}
		})
	}
}

// TestTLSUntilCloseNeedsAGoodBye: an end that anybody on the path could have made
// is not the end of a body.
func TestTLSUntilCloseNeedsAGoodBye(t *testing.T) {
	for name, row := range map[string]struct {
		end func(*tls.Conn)
		ok  bool
	}{
		"close_notify": {func(c *tls.Conn) { c.Close() }, true},
		"bare end":     {func(c *tls.Conn) { c.NetConn().Close() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			tr := bareTLS(t, func(c *tls.Conn, _ *batch) {
				c.Write([]byte("HTTP/1.1 200 OK\r\n\r\nhello"))
				row.end(c)
			})
			_, body, err := fetch(tr, "GET", get, &patient)
			if body != "hello" || row.ok && err != nil || !row.ok && kindOf(t, err) != Incomplete {
				t.Fatalf("%q, %v", body, err)
			}
		})
	}
}

// TestTLSLeftoverBytes: what TLS has read ahead cannot be seen on the socket.
func TestTLSLeftoverBytes(t *testing.T) {
	for name, records := range map[string][]string{
		"same record": {origintest.OK("hello") + origintest.OK("evil!")},
		"next record": {origintest.OK("hello"), origintest.OK("evil!")},
		"one byte":    {origintest.OK("hello"), "x"},
	} {
		t.Run(name, func(t *testing.T) {
			tr := bareTLS(t, func(c *tls.Conn, b *batch) {
				b.hold = true
				for _, s := range records {
					c.Write([]byte(s))
				}
				b.flush()
				c.Read(make([]byte, 1))
			})
			for range 3 {
				if body := mustFetch(t, tr); body != "hello" {
					t.Fatalf("got %q", body)
				}
			}
			if opened, reused, _, _ := tr.Stats(); opened != 3 || reused != 0 {
				t.Fatalf("opened %d, reused %d", opened, reused)
			}
		})
	}
}

// TestTLSTicketsOnAnIdleConnection: session tickets are no reason to give up a
// connection, wherever they wait.
func TestTLSTicketsOnAnIdleConnection(t *testing.T) {
	cert, roots := origintest.Certificate(t, "127.0.0.1")
	cfg := serverTLS(cert)
	cfg.ClientAuth = tls.RequestClientCert // the tickets then wait for the client's flight
	o := origintest.NewTLS(t, cfg, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o, encrypted(roots))
	c, err := tr.Get(Now(), nil, &patient, false)
	if err != nil {
		t.Fatal(err)
	}
	origintest.Await(t, "the tickets arrive", func() bool { return !c.sock.Peek() })
	if !c.quiet() || !c.sock.Peek() {
		t.Fatal("tickets were taken for a response")
	}
	if err := c.Send([]byte(get), true); err != nil {
		t.Fatal(err)
	}
	var res message.Response
	if err := c.ReadHead("GET", &res); err != nil {
		t.Fatal(err)
	}
	if body, err := readBody(c); body != "hello" || err != nil {
		t.Fatalf("%q, %v", body, err)
	}
	c.Release(Now())
	if mustFetch(t, tr) != "hello" || o.Conns() != 1 {
		t.Fatalf("%d connections", o.Conns())
	}
}
