package upstream

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// bareTLS returns a Transport to a TLS server that reads one request on each
// connection and then does what script says.
func bareTLS(t *testing.T, script func(*tls.Conn, *batch)) *Transport {
	t.Helper()
	cert, roots := origintest.Certificate(t, "127.0.0.1")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var scripts sync.WaitGroup
	scripts.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			scripts.Go(func() {
				defer nc.Close()
				b := &batch{Conn: nc}
				c := tls.Server(b, serverTLS(cert))
				if _, err := c.Read(make([]byte, 4096)); err == nil {
					script(c, b)
				}
			})
		}
	})
	tr := New(Config{Network: "tcp", Address: ln.Addr().String(), TLS: &tls.Config{RootCAs: roots}, MaxIdle: 8})
	t.Cleanup(func() { ln.Close(); tr.Close(); scripts.Wait() })
	return tr
}

// batch is a socket that can hold back what is written to it.
type batch struct {
	net.Conn
	hold bool
	held []byte
}

func (b *batch) Write(p []byte) (int, error) {
	if !b.hold {
		return b.Conn.Write(p)
	}
	b.held = append(b.held, p...)
	return len(p), nil
}

func (b *batch) flush() {
	b.hold = false
	b.Conn.Write(b.held)
}

func expiredCertificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"127.0.0.1"},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
