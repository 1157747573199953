package metrics

import (
	"sync/atomic"
	"time"
)

// A Pool counts what belongs to a pool as a whole. It is obtained with
// Registry.Pool and its methods may be called by any goroutine.
type Pool struct {
	name     string
	retained atomic.Bool

	retries counter
}

// Name returns the value of the pool label.
func (p *Pool) Name() string { return p.name }

// Retried counts an attempt after the first of a request.
func (p *Pool) Retried(stripe uint32) { p.retries.inc(stripe) }

func (p *Pool) shown() bool { return p.retained.Load() || p.retries.sum() > 0 }

// A Backend counts what happens on one backend of a pool. It is obtained with
// Registry.Backend and its methods may be called by any goroutine.
type Backend struct {
	pool, name string
	retained   atomic.Bool

	requests  statuses
	firstByte histogram
	errors    words
	changes   [2]counter // to unhealthy, to healthy
	gauges    atomic.Pointer[Gauges]
}

// Gauges are the figures of a backend that others keep and the collector asks
// for when somebody scrapes. A nil func leaves its series out. The funcs must be
// safe for concurrent use and must not block.
type Gauges struct {
	InFlight    func() int64 // requests claimed and not yet released
	Connections func() Connections
	Healthy     func() bool
}

// Connections are the figures of the connections to a backend.
type Connections struct {
	Opened uint64 // ever
	Reused uint64 // attempts that found a pooled one
	Open   int64  // now
}

// Pool returns the value of the pool label.
func (b *Backend) Pool() string { return b.pool }

// Name returns the value of the backend label.
func (b *Backend) Name() string { return b.name }

// Watch makes the backend's gauges known; later ones replace earlier ones.
func (b *Backend) Watch(g Gauges) { b.gauges.Store(&g) }

// Attempt counts an attempt that got a response head; d is the time from the
// end of the request to the head's first byte.
func (b *Backend) Attempt(stripe uint32, status int, d time.Duration) {
	b.requests.inc(stripe, status)
	b.firstByte.observe(stripe, d)
}

// Failed counts an attempt that got no response, or only a part of one, by its
// RFC 9209 token.
func (b *Backend) Failed(stripe uint32, token string) { b.errors.inc(stripe, token) }

// HealthChanged counts a change of health.
func (b *Backend) HealthChanged(healthy bool) {
	if healthy {
		b.changes[1].inc(0)
		return
	}
	b.changes[0].inc(0)
}

// FirstByte returns the histogram of times to the first byte as it is now.
func (b *Backend) FirstByte() Durations { return b.firstByte.durations() }

// shown tells whether the backend's series are exposed.
func (b *Backend) shown() bool {
	return b.retained.Load() || b.FirstByte().Count() > 0 || len(b.errors.all()) > 0
}
