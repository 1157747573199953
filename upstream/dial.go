package upstream

import (
	"crypto/tls"
	"net"
	"time"

	"github.com/weirproxy/weir/internal/sock"
)

// sessions is how many TLS sessions a Transport remembers for resumption.
const sessions = 8

// clientTLS is the TLS side of every connection of a Transport.
func clientTLS(cfg Config) *tls.Config {
	t := cfg.TLS.Clone()
	t.NextProtos = []string{"http/1.1"}
	if t.ServerName == "" {
		if host, _, err := net.SplitHostPort(cfg.Address); err == nil {
			t.ServerName = host
		}
	}
	if t.ClientSessionCache == nil {
		t.ClientSessionCache = tls.NewLRUClientSessionCache(sessions)
	}
	return t
}

// dial opens a connection; its errors are all of kind *Error with nothing sent.
func (t *Transport) dial() (*Conn, error) {
	nc, err := t.dialer.Dial(t.cfg.Network, t.cfg.Address)
	if err != nil {
		return nil, &Error{Kind: dialKind(err), Err: err}
	}
	s, err := sock.New(nc)
	if err != nil {
		nc.Close()
		return nil, &Error{Kind: Internal, Err: err}
	}
	c := &Conn{pool: &t.pool, sock: s}
	if t.tls != nil {
		if err := c.handshake(t.tls, t.cfg.TLSTimeout); err != nil {
			s.Close()
			return nil, &Error{Kind: tlsKind(err), Err: err}
		}
	}
	t.pool.added()
	return c, nil
}

func (c *Conn) handshake(cfg *tls.Config, limit time.Duration) error {
	c.records = &records{Conn: c.sock}
	c.tls = tls.Client(c.records, cfg)
	if limit > 0 {
		if err := c.sock.SetDeadline(time.Now().Add(limit)); err != nil {
			return err
		}
	}
	if err := c.tls.Handshake(); err != nil {
		return err
	}
	// The deadlines that ReadWithin and WriteWithin set come later.
	return c.sock.SetDeadline(time.Time{})
}
