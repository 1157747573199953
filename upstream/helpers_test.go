package upstream

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
	"github.com/weirproxy/weir/message"
)

const get = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"

// patient are timeouts that no test which is to pass runs into.
var patient = Timeouts{FirstByte: origintest.Patience, BetweenBytes: origintest.Patience}

// to returns a Transport for an origin, closed when the test ends.
func to(t testing.TB, o *origintest.Server, change ...func(*Config)) *Transport {
	t.Helper()
	cfg := Config{
		Network: "tcp", Address: o.Addr(), ConnectTimeout: origintest.Patience, TLSTimeout: origintest.Patience,
		IdleTimeout: time.Minute, MaxIdle: 8,
	}
	if path, ok := strings.CutPrefix(o.Addr(), "unix:"); ok {
		cfg.Network, cfg.Address = "unix", path
	}
	for _, f := range change {
		f(&cfg)
	}
	tr := New(cfg)
	t.Cleanup(tr.Close)
	return tr
}

// fetch is one exchange without a request body, read to its end and released.
func fetch(tr *Transport, method, out string, w *Timeouts) (status int, body string, err error) {
	var res message.Response
	c, err := tr.Exchange(Now(), nil, w, false, []byte(out), method, &res)
	if err != nil {
		return 0, "", err
	}
	defer c.Release(Now())
	for res.Status < 200 && res.Status != 101 {
		if err := c.ReadHead(method, &res); err != nil {
			return res.Status, "", err
		}
	}
	status = res.Status
	body, err = readBody(c)
	return status, body, err
}

func mustFetch(t testing.TB, tr *Transport) string {
	t.Helper()
	status, body, err := fetch(tr, "GET", get, &patient)
	if err != nil || status != 200 {
		t.Fatalf("status %d, %v", status, err)
	}
	return body
}

func readBody(c *Conn) (string, error) {
	var b strings.Builder
	for {
		p, last, err := c.Next()
		b.Write(p)
		if last || err != nil {
			return b.String(), err
		}
	}
}

// kindOf returns the kind of an error of this package, which it must be.
func kindOf(t testing.TB, err error) Kind {
	t.Helper()
	return asError(t, err).Kind
}

func asError(t testing.TB, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v (%T), want an *Error", err, err)
	}
	return e
}

// leaver is a client that leaves when told to.
type leaver struct {
	gone atomic.Bool
	asks atomic.Int32
}

func (l *leaver) Gone() bool { l.asks.Add(1); return l.gone.Load() }
func (l *leaver) StopBody()  {}
func (l *leaver) Takeover() (message.Stream, error) {
	return nil, errors.ErrUnsupported
}

// latch is a channel that is closed at most once.
type latch struct {
	once sync.Once
	c    chan struct{}
}

func newLatch() *latch { return &latch{c: make(chan struct{})} }

func (l *latch) release() { l.once.Do(func() { close(l.c) }) }
