package proxy

import (
	"bytes"
	"net/http"
	"runtime/debug"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/upstream"
)

// refresh has the entry that was found fetched anew behind the client's back,
// unless somebody is at it or has just failed (RFC 5861, section 3). It does not
// block.
func (x *exchange) refresh() {
	c, p := &x.cached, x.proxy
	if c.control.NoStore || !c.found.Entry.TakeRefresh(x.req.Arrived) {
		return
	}
	if p.jobs.refreshes.Add(1) > maxRefreshes {
		p.jobs.refreshes.Add(-1)
		return
	}
	f, leader := x.join()
	if !leader {
		p.jobs.refreshes.Add(-1)
		return
	}
	r := &exchange{proxy: p, snap: x.snap, req: x.req.Clone(), route: x.route, claimed: -1, next: -1}
	r.req.Method, r.req.Client, r.stats.backend = http.MethodGet, &p.jobs, -1
	r.cached = caching{
		status: cache.Stale, key: bytes.Clone(c.key), found: c.found, leading: f,
		// The client's wishes were met by what it got; only who it is still counts.
		control: cache.RequestControl{MaxAge: -1, MinFresh: -1, MaxStale: -1, Authorized: c.control.Authorized},
	}
	r.keep()
	if !p.jobs.run(r.runRefresh) {
		r.letGo()
		p.jobs.refreshes.Add(-1)
		f.Free(cache.ClosedZone)
	}
}

func (x *exchange) runRefresh() {
	p := x.proxy
	defer p.jobs.refreshes.Add(-1)
	defer func() {
		if r := recover(); r != nil {
			p.recovered(r, debug.Stack())
		}
		x.giveBack()
	}()
	x.identify()
	// What a path's pattern took is found once more, in the copy.
	if x.snap.router.find(x.req, &x.found); x.found.route != x.route {
		return
	}
	if e := x.arrivedMeanwhile(); e != nil {
		x.endFill(e, cache.None)
		return
	}
	x.req.Arrived = upstream.Now()
	x.route.metrics.CacheRefreshed(x.req.Conn.Stripe, x.fetchAnew())
}

// fetchAnew returns what became of a refresh.
func (x *exchange) fetchAnew() metrics.Refresh {
	a, err := x.obtain()
	if a.body != nil {
		a.body.Close()
	}
	if x.conn != nil { // what may not be stored is for nobody
		x.dropBody()
		x.endAttempt(true)
	}
	switch {
	case err != nil || a.entry == nil || x.cached.detail == cache.IfError:
		return metrics.RefreshFailed
	case x.cached.fwdStatus == 304:
		return metrics.RefreshNotModified
	}
	return metrics.RefreshReplaced
}
