package proxy

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/upstream"
)

// statusClientGone stands in logs and figures for the status of a request whose
// client left before it was answered.
const statusClientGone = 499

// finish ends the exchange, once, after its last byte or in its place.
func (x *exchange) finish() {
	r := recover()
	if r != nil {
		x.proxy.recovered(r, debug.Stack())
		x.err = errInternal
		if x.status == 0 {
			x.status = errInternal.Status // its client is not to blame
		}
	}
	x.giveBack()
	if x.snap != nil {
		x.count()
	}
	if r == nil {
		releaseExchange(x) // after a panic nobody knows what still refers to it
	}
}

// giveBack gives back what the exchange still holds.
func (x *exchange) giveBack() {
	if x.cached.leading != nil {
		x.cached.leading.Fail(errInternal)
		x.cached.leading = nil
	}
	x.cached.leader.done()
	x.letGo()
	if x.cached.holding {
		x.cached.serving.Release()
		x.cached.holding = false
	}
	if x.claimed >= 0 || x.conn != nil {
		x.endAttempt(false)
	}
	if x.next >= 0 {
		x.claimed, x.next = x.next, -1
		x.endAttempt(true)
	}
}

// recovered counts and logs a panic.
func (p *Proxy) recovered(what any, stack []byte) {
	if s := p.current.Load(); s != nil {
		s.deps.Metrics.Panicked()
		s.deps.Log.Error("panic recovered", "panic", what, "stack", string(stack))
	}
}

// count counts and logs what became of the request.
func (x *exchange) count() {
	if x.end == 0 {
		x.end = upstream.Now()
	}
	d := time.Duration(x.end - x.req.Arrived)
	counted := d
	if x.tunnelled != 0 {
		counted = time.Duration(x.tunnelled - x.req.Arrived) // how long it took to become a tunnel, not how long it was one
	}
	if x.status == 0 {
		x.status = statusClientGone
	}
	m := x.snap.unnamed
	if x.route != nil {
		m = x.route.metrics
	}
	stripe := x.req.Conn.Stripe
	m.Done(stripe, metrics.MethodOf(x.req.Method), x.status, counted, x.bytesIn, x.bytesOut)
	if c := &x.cached; c.status != cache.Off {
		m.Cache(stripe, uint8(c.status), uint8(c.detail))
		if c.stored {
			m.CacheStored(stripe)
		}
		if c.collapsed {
			m.CacheCollapsed(stripe)
		}
	}
	if x.err != nil {
		m.Failed(stripe, x.err.Token)
	}
	if x.err != nil && x.err.Status >= http.StatusInternalServerError && x.proxy.errors.Allow() {
		x.logError()
	}
	if w := x.snap.deps.Access; w != nil {
		w.log(x, d)
	}
}

// logError tells the application log of a request that weir or a backend failed.
// A flood of them is cut short: the figures are complete, the lines are examples.
func (x *exchange) logError() {
	attrs := []slog.Attr{
		slog.String(keyID, string(x.requestID())),
		slog.Int(keyStatus, x.status),
		slog.String(keyError, x.err.Token),
		slog.String(keyDetails, x.err.Details),
	}
	if x.route != nil {
		attrs = append(attrs, slog.String(keyRoute, x.route.name))
	}
	if s := &x.stats; s.pool != nil {
		attrs = append(attrs, slog.String(keyPool, s.pool.spec.Name),
			slog.String(keyBackend, s.pool.spec.Backends[s.backend].Address), slog.Int(keyAttempts, s.attempts))
	}
	if x.err.Cause != nil {
		attrs = append(attrs, slog.String(keyCause, x.err.Cause.Error()))
	}
	x.snap.deps.Log.LogAttrs(context.Background(), slog.LevelWarn, "request failed", attrs...)
}
