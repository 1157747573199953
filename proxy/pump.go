package proxy

import (
	"runtime/debug"
	"time"

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
	leader  leader // the client of the exchange with the backend
}

// startPump hands the attempt and the fill that is led over to a pump. p is what
// has been taken of the body, last whether that is its end.
func (x *exchange) startPump(p []byte, last bool) {
	m := &pump{
		proxy: x.proxy, cache: x.route.cache, key: append([]byte(nil), x.cached.key...),
		pool: x.route.pool, claimed: x.claimed, stripe: x.req.Conn.Stripe, conn: x.conn, fill: x.cached.leading,
	}
	x.conn, x.claimed, x.cached.leading = nil, -1, nil
	x.cached.leader.done()
	m.leader = leader{jobs: &x.proxy.jobs, fill: m.fill}
	m.conn.SetClient(&m.leader)
	// p is part of the connection's memory: nobody else reads from that.
	if !x.proxy.jobs.run(func() { m.run(p, last) }) {
		m.fill.Fail(errClosing)
		m.end(true)
	}
}

func (m *pump) run(p []byte, last bool) {
	ok := false
	defer func() {
		if r := recover(); r != nil {
			m.proxy.recovered(r, debug.Stack())
			m.fill.Fail(errInternal)
		}
		m.end(ok)
	}()
	ok = m.copy(p, last)
}

// end gives back the connection, which is closed unless the exchange ended
// cleanly, and the claim. ok tells that the backend did its part.
func (m *pump) end(ok bool) {
	m.leader.done()
	m.conn.Release(upstream.Now())
	m.pool.balance.Release(m.claimed, ok)
}

// unreadFor is for how long a body is taken in that nobody reads any more: as
// long as a patient backend may take for one that is worth storing.
const unreadFor = 60 * time.Second

// copy reports whether the backend did its part.
func (m *pump) copy(p []byte, last bool) bool {
	var err error
	readAt := upstream.Now()
	for marked := false; ; {
		now := upstream.Now()
		if !m.fill.Unread() {
			readAt = now
		}
		if m.leader.Gone() || now-readAt > int64(unreadFor) {
			m.fill.Fail(errClosing)
			return true
		}
		if len(p) > 0 && m.fill.Append(p, now) != nil {
			m.fill.Fail(errClientGone) // it is too large for the zone, and all who wanted it have gone
			return true
		}
		if !marked && m.fill.Outgrown() {
			marked = true
			m.cache.zone.MarkUncacheable(m.key, now+int64(m.cache.uncacheableFor))
		}
		if last {
			m.fill.Complete(m.key, now)
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
