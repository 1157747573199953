package proxy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/upstream"
)

// tunnel joins client and backend after the backend has agreed, with 101, to
// speak the protocol that the client asked for and the route allows.
func (x *exchange) tunnel() error {
	wanted := x.outbound.Upgrade
	if wanted == nil || !bytes.EqualFold(message.Get(x.res.Fields, message.Upgrade), wanted) {
		x.route.pool.backends[x.claimed].metrics.Failed(x.req.Conn.Stripe, tokenUpgrade)
		x.endAttempt(false)
		return errUpgrade
	}
	defer x.endAttempt(true)
	if err := x.startResponse(); err != nil {
		return err
	}
	client, err := x.req.Client.Takeover()
	if err != nil {
		return err
	}
	backend := x.conn.Stream()
	x.conn = nil
	x.tunnelled = upstream.Now()
	x.route.metrics.TunnelOpened(x.req.Conn.Stripe)
	defer x.route.metrics.TunnelClosed(x.req.Conn.Stripe)

	t := &tunnel{proxy: x.proxy, idle: x.route.tunnelIdle, client: client, backend: backend}
	t.last.Store(time.Now().UnixNano())
	t.run()
	x.bytesIn += t.up
	x.bytesOut += t.down
	return nil
}

// A tunnel carries bytes both ways until both directions have ended, one of them
// has failed, or nothing has moved in either for too long.
type tunnel struct {
	proxy           *Proxy
	idle            time.Duration
	client, backend message.Stream
	last            atomic.Int64 // when a byte last moved, in Unix nanoseconds
	halfClosed      atomic.Bool  // one direction has ended
	up, down        int64        // bytes carried to the backend and to the client
}

func (t *tunnel) run() {
	defer t.client.Close()
	defer t.backend.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.down = t.carry(t.client, t.backend)
	}()
	t.up = t.carry(t.backend, t.client)
	<-done
}

// carry moves bytes from src to dst until src ends, and then ends dst. Any other
// end, of either, closes both, so that the other direction ends too.
func (t *tunnel) carry(dst, src message.Stream) (n int64) {
	defer func() {
		if r := recover(); r != nil {
			t.proxy.recovered(r, debug.Stack())
			t.cut()
		}
	}()
	buf := acquireCopyBuffer()
	defer releaseCopyBuffer(buf)
	for {
		k, err := t.read(src, buf[:])
		if k > 0 {
			if dst.SetWriteDeadline(time.Now().Add(t.idle)) != nil {
				t.cut()
				return n
			}
			if _, err := dst.Write(buf[:k]); err != nil {
				t.cut()
				return n
			}
			n += int64(k)
		}
		switch {
		case err == nil:
			continue
		case err == io.EOF && dst.CloseWrite() == nil:
			// The other direction is not waited on as if it were still wanted.
			t.halfClosed.Store(true)
			_ = dst.SetReadDeadline(time.Now().Add(tunnelLinger))
			return n
		}
		t.cut()
		return n
	}
}

// tunnelLinger is how long one end may say nothing after the other has ended.
const tunnelLinger = 10 * time.Second

// read waits for bytes from src for as long as either direction is alive.
func (t *tunnel) read(src message.Stream, p []byte) (int, error) {
	for {
		idle := t.idle
		if t.halfClosed.Load() {
			idle = min(idle, tunnelLinger)
		}
		if err := src.SetReadDeadline(time.Unix(0, t.last.Load()).Add(idle)); err != nil {
			return 0, err
		}
		n, err := src.Read(p)
		now := time.Now()
		if n > 0 {
			t.last.Store(now.UnixNano())
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && time.Unix(0, t.last.Load()).Add(idle).After(now) {
			continue // the other direction has moved, or ended
		}
		return n, err
	}
}

func (t *tunnel) cut() {
	t.client.Close()
	t.backend.Close()
}
