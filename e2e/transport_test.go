package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// A secured is a backend that speaks TLS.
type secured struct {
	addr   string
	caFile string

	mu    sync.Mutex // guards the following fields
	names []string   // server names that were asked for
	peers []string   // first DNS names of the client certificates
}

// tlsOrigin starts a TLS backend whose certificate is good for names. It asks for
// a client certificate without checking it.
func tlsOrigin(t *testing.T, names ...string) *secured {
	t.Helper()
	cert, _ := origintest.Certificate(t, names...)
	s := &secured{}
	s.caFile, _ = origintest.WriteCertificate(t, cert)
	o := origintest.NewTLS(t, &tls.Config{
		Certificates: []tls.Certificate{cert},
		ClientAuth:   tls.RequestClientCert,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			s.note(&s.names, hello.ServerName)
			return nil, nil
		},
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if len(raw) > 0 {
				leaf, err := x509.ParseCertificate(raw[0])
				if err != nil {
					return err
				}
				s.note(&s.peers, leaf.DNSNames[0])
			}
			return nil
		},
	}, origintest.Reply(origintest.OK("secret")))
	s.addr = o.Addr()
	return s
}

func (s *secured) note(list *[]string, v string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, v)
}

func (s *secured) seen(list *[]string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(*list, " ")
}

func TestBackendCertificateIsVerified(t *testing.T) {
	t.Parallel()
	byAddress, byName := tlsOrigin(t, "127.0.0.1"), tlsOrigin(t, "inside.test")
	client, _ := origintest.Certificate(t, "client.test")
	certFile, keyFile := origintest.WriteCertificate(t, client)
	pool := func(name string, s *secured, tlsConf string) string {
		return fmt.Sprintf("  %s: { backends: [%q], retries: 0, tls: %s }\n", name, s.addr, tlsConf)
	}
	conf := "pools:\n" +
		pool("system", byAddress, "true") +
		pool("ca", byAddress, fmt.Sprintf("{ ca: %q }", byAddress.caFile)) +
		pool("wrongca", byAddress, fmt.Sprintf("{ ca: %q }", byName.caFile)) +
		pool("wrongname", byName, fmt.Sprintf("{ ca: %q }", byName.caFile)) +
		pool("name", byName, fmt.Sprintf("{ ca: %q, server_name: inside.test }", byName.caFile)) +
		pool("mutual", byAddress, fmt.Sprintf("{ ca: %q, cert: %q, key: %q }", byAddress.caFile, certFile, keyFile)) +
		pool("insecure", byAddress, "{ insecure: true }") + "routes:\n"
	want := map[string]int{"system": 502, "ca": 200, "wrongca": 502, "wrongname": 502, "name": 200, "mutual": 200, "insecure": 200}
	for name := range want {
		conf += fmt.Sprintf("  - { match: { prefix: /%s }, pool: %s }\n", name, name)
	}
	w := start(t, setup{conf: conf})
	for name, status := range want {
		r := w.get(t, "/"+name)
		if r.status != status || status == 200 && string(r.body) != "secret" {
			t.Errorf("%s: %v, want %d", name, r, status)
		}
	}
	if names := byName.seen(&byName.names); !strings.Contains(names, "inside.test") {
		t.Errorf("server names %q", names)
	}
	if peers := byAddress.seen(&byAddress.peers); peers != "client.test" {
		t.Errorf("client certificates of %q", peers)
	}
}

func TestBackendOnUnixSocket(t *testing.T) {
	t.Parallel()
	origin := origintest.NewUnix(t, origintest.Reply(origintest.OK("local")))
	w := start(t, setup{conf: oneBackend(origin)})
	if r := w.get(t, "/").expect(t, 200); string(r.body) != "local" {
		t.Errorf("body %q", r.body)
	}
	if got := origin.Requests()[0]; got.Value("Host") != "h" {
		t.Errorf("forwarded %q", got.Head)
	}
}

func TestBackendConnectionIsReused(t *testing.T) {
	t.Parallel()
	w, origin := front(t, origintest.ReplyWith(func(r *origintest.Request) string {
		if r.Method == "POST" {
			return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
		}
		return origintest.OK("ok")
	}))
	for i := range 30 {
		if i%2 == 0 {
			w.get(t, "/").expect(t, 200)
		} else {
			w.do(t, request("POST", "/", "Transfer-Encoding: chunked")+"2\r\nab\r\n0\r\n\r\n").expect(t, 200)
		}
	}
	// A client may ask again before the connection of its last request is back in
	// the pool.
	if n := origin.Conns(); n > 10 {
		t.Errorf("30 requests one after the other took %d connections", n)
	}
}

// TestConnectionThatMustNotBeReusedIsNot: after each of these responses the next
// request needs a new connection, and gets its own answer.
func TestConnectionThatMustNotBeReusedIsNot(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"connection close": "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.0":         "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"leftover bytes":   origintest.OK("ok") + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
	} {
		w, origin := front(t, origintest.Reply(answer))
		for range 3 {
			if r := w.get(t, "/").expect(t, 200); string(r.body) != "ok" {
				t.Errorf("%s: body %q", name, r.body)
			}
		}
		if n := origin.Conns(); n != 3 {
			t.Errorf("%s: %d connections for 3 requests", name, n)
		}
	}
}

// TestIdleConnectionThatDiedIsNotNoticedByClients: a backend that closes idle
// connections costs no request, not even one that may not be repeated.
func TestIdleConnectionThatDiedIsNotNoticedByClients(t *testing.T) {
	t.Parallel()
	for _, how := range []origintest.Ending{origintest.ByClose, origintest.ByReset} {
		w, origin := front(t, func(c *origintest.Conn) {
			if _, err := c.ReadHead(); err == nil {
				c.ReadBody()
				answer := origintest.OK("once")
				c.Cut(answer, len(answer), how)
			}
		})
		for i := range 20 {
			await(t, "the last connection is gone", func() bool { return origin.Open() == 0 })
			w.do(t, request("POST", "/", "Content-Length: 4")+"once").expect(t, 200)
			if n := len(origin.Requests()); n != i+1 {
				t.Fatalf("%d requests arrived for %d sent", n, i+1)
			}
		}
	}
}
