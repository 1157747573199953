package metrics

import (
	"sync/atomic"
	"time"
)

// A Route counts what happens on one route. It is obtained with Registry.Route
// and its methods may be called by any goroutine.
type Route struct {
	name     string
	retained atomic.Bool // shown even while it has counted nothing

	requests [methodCount]statuses
	duration histogram
	in, out  counter
	errors   words
	tunnels  gauge
	cache    atomic.Pointer[routeCache] // nil: has not been used
}

// Name returns the value of the route label.
func (r *Route) Name() string { return r.name }

// Done counts one request at its end: d from the end of its head to the last byte of
// its response, in and out the bytes of the bodies. Negative numbers count as
// zero, a status outside 100 to 599 as "other".
func (r *Route) Done(stripe uint32, m Method, status int, d time.Duration, in, out int64) {
	if m >= methodCount {
		m = OtherMethod
	}
	r.requests[m].inc(stripe, status)
	r.duration.observe(stripe, d)
	if in > 0 {
		r.in.add(stripe, uint64(in))
	}
	if out > 0 {
		r.out.add(stripe, uint64(out))
	}
}

// Failed counts one error answered or caused by weir itself, by its RFC 9209 token.
func (r *Route) Failed(stripe uint32, token string) { r.errors.inc(stripe, token) }

// TunnelOpened counts a connection that has become a tunnel.
func (r *Route) TunnelOpened(stripe uint32) { r.tunnels.up.inc(stripe) }

// TunnelClosed counts its end.
func (r *Route) TunnelClosed(stripe uint32) { r.tunnels.down.inc(stripe) }

// Durations returns the histogram of request durations as it is now.
func (r *Route) Durations() Durations { return r.duration.durations() }

// shown tells whether the route's series are exposed.
func (r *Route) shown() bool {
	return r.retained.Load() || r.Durations().Count() > 0 || len(r.errors.all()) > 0 ||
		r.tunnels.up.sum() > 0 || r.cache.Load() != nil
}

// totals returns the route's share of Registry.Totals.
func (r *Route) totals() Totals {
	d := r.Durations()
	t := Totals{
		Requests:    d.Count(),
		BytesIn:     r.in.sum(),
		BytesOut:    r.out.sum(),
		OpenTunnels: r.tunnels.value(),
		Durations:   d,
	}
	for m := range r.requests {
		t.Errors += r.requests[m].class(5)
	}
	return t
}
