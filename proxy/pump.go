package proxy

import (
	"runtime/debug"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/upstream"
)

// A pump takes the rest of a response body into a fill. It has a goroutine of its
// own, so that no client's pace or leaving has a say in it.
type pump struct {
	proxy   *Proxy
	cache   *routeCache
	key     []byte
	pool    *pool
	claimed int
	stripe  uint32
	conn    *upstream.Conn
	fill    *cache.Fill
}

// startPump hands the attempt and the fill that is led over to a pump. p is what
// has been taken of the body, last whether that is its end.
func (x *exchange) startPump(p []byte, last bool) {
	m := &pump{
		proxy: x.proxy, cache: x.route.cache, key: append([]byte(nil), x.cached.key...),
		pool: x.route.pool, claimed: x.claimed, stripe: x.req.Conn.Stripe, conn: x.conn, fill: x.cached.leading,
	}
	x.conn, x.claimed, x.cached.leading = nil, -1, nil
	// p is not the pump's any more once this client's exchange has ended, but the
	// connection that it is part of is: nobody else reads from that.
	if !x.proxy.jobs.run(func() { m.run(p, last) }) {
		m.run(p, last) // not for long: weir closes
	}
}

func (m *pump) run(p []byte, last bool) {
	ok := false
	defer func() {
		if r := recover(); r != nil {
			m.proxy.recovered(r, debug.Stack())
			m.fill.Fail(errInternal)
		}
		if ok {
			m.conn.Release(upstream.Now())
		} else {
			m.conn.Close()
		}
		m.pool.balance.Release(m.claimed, ok)
	}()
	ok = m.copy(p, last)
}

// copy reports whether the backend did its part.
func (m *pump) copy(p []byte, last bool) bool {
	var err error
	for marked := false; ; {
		if len(p) > 0 && m.fill.Append(p) != nil {
			m.fill.Fail(errClientGone) // it is too large for the zone, and all who wanted it have gone
			return true
		}
		if !marked && m.fill.Outgrown() {
			marked = true
			m.cache.zone.MarkUncacheable(m.key, upstream.Now()+int64(m.cache.uncacheableFor))
		}
		if last {
			m.fill.Complete(m.key, upstream.Now())
			return true
		}
		if p, last, err = m.conn.Next(); err != nil {
			m.fill.Fail(err)
			if backendsFault(err) {
				m.pool.backends[m.claimed].metrics.Failed(m.stripe, kindOf(err))
			}
			return !backendsFault(err)
		}
	}
}
