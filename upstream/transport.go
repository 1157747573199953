package upstream

import (
	"crypto/tls"
	"net"
	"time"

	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
)

// A Config is one backend: one address and one TLS identity.
type Config struct {
	Network string // tcp or unix
	Address string // host:port, or a socket's path

	// TLS encrypts the connections; nil leaves them plain. New copies it, sets
	// the protocol to http/1.1 and, without a ServerName, the address's host.
	TLS *tls.Config

	ConnectTimeout time.Duration // resolving the name and connecting; 0: no limit
	TLSTimeout     time.Duration // the handshake; 0: no limit
	IdleTimeout    time.Duration // how long a connection is kept unused; 0: no limit
	MaxIdle        int           // how many are kept unused; 0: none
}

// Timeouts bound the waiting for a backend in one exchange. Zero means no limit.
type Timeouts struct {
	// FirstByte bounds the time to the whole response head, from the end of the
	// request or from the informational response before.
	FirstByte time.Duration
	// BetweenBytes bounds each wait for more of the body, and each wait for the
	// backend to take more of the request.
	BetweenBytes time.Duration
}

// A Transport keeps the connections to one backend. All its methods may be
// called concurrently.
type Transport struct {
	cfg    Config
	tls    *tls.Config // nil: plain
	dialer net.Dialer
	pool   pool
}

// Now is the clock that every now of this package is read from: nanoseconds,
// monotonic, since some point in the process's past.
func Now() int64 { return sock.Now() }

// New returns a Transport. It opens no connection and starts no goroutine.
func New(cfg Config) *Transport {
	t := &Transport{cfg: cfg, dialer: net.Dialer{Timeout: cfg.ConnectTimeout}}
	t.pool.idleTimeout = cfg.IdleTimeout
	t.pool.maxIdle = cfg.MaxIdle
	if cfg.TLS != nil {
		t.tls = clientTLS(cfg)
	}
	return t
}

// Exchange sends one request that is complete in out, head and body, and reads
// the next response head into res. An idle connection that turns out closed
// costs another attempt, not an error: nothing was sent on it. With fresh, no
// idle one is tried. The caller owns the Conn until Release, Close or Stream.
//
// A status below 200 in res, other than 101, is informational: Conn.ReadHead
// reads the next head. Bodies beyond 64 KiB go by Get and Conn.Send, which lets
// the backend answer while it still reads.
//
// now is from Now. client may be nil; once it is Gone, the exchange ends with
// ClientGone. w is copied. The error is an *Error.
func (t *Transport) Exchange(now int64, client message.Client, w *Timeouts, fresh bool, out []byte, method string, res *message.Response) (*Conn, error) {
	for {
		// On a plain socket the write itself finds out whether it is alive.
		c := t.reuse(now, fresh, t.tls != nil)
		if c == nil {
			var err error
			if c, err = t.dial(); err != nil {
				return nil, err
			}
			now = sock.Now()
		}
		c.begin(client, w)
		err := c.exchange(now, out, method, res)
		if err == nil {
			return c.counted(), nil
		}
		c.Close()
		if !c.stale(err) {
			return nil, err
		}
	}
}

// Get returns a connection for one exchange: the idle one used last, as far as
// it is still alive, or without one (or with fresh) a new one. The request is
// then sent by Conn.Send and the response read by Conn.ReadHead. The caller owns
// the Conn until Release, Close or Stream. The parameters are those of Exchange.
func (t *Transport) Get(now int64, client message.Client, w *Timeouts, fresh bool) (*Conn, error) {
	c := t.reuse(now, fresh, true)
	if c == nil {
		var err error
		if c, err = t.dial(); err != nil {
			return nil, err
		}
	}
	c.begin(client, w)
	return c.counted(), nil
}

// reuse takes an idle connection, or returns nil. With look it makes sure that
// the connection is alive.
func (t *Transport) reuse(now int64, fresh, look bool) *Conn {
	for !fresh {
		c := t.pool.pop(now)
		if c == nil {
			return nil
		}
		if !c.closed.Load() && (!look || c.quiet()) {
			c.reused = true
			return c
		}
		c.shut()
	}
	return nil
}

// Close closes the idle connections; those in use are closed by their Release.
// A Transport that was closed still opens connections for exchanges that are
// about to begin, but keeps none.
func (t *Transport) Close() { t.pool.close() }

// Stats returns how many connections were ever opened and how often one was used
// again for an exchange, and how many are open now, and of these idle.
func (t *Transport) Stats() (opened, reused uint64, open, idle int) { return t.pool.stats() }
