package balancer

import (
	"sync/atomic"
	"time"
)

// A Backend is the state of one backend. It outlives the pools it is a member
// of: a pool made from a previous one takes over the backends it still names.
// Its methods may be called by any goroutine.
type Backend struct {
	pool, name string
	epoch      *atomic.Uint64 // counted up whenever anybody's out changes
	status     atomic.Pointer[Status]
	doubted    chan struct{} // of one: a token asks for a probe soon

	_        [64]byte // what follows is written with every claim
	out      atomic.Uint32
	inFlight atomic.Int64
	_        [64]byte
}

// What keeps a backend from being claimed, as bits of Backend.out.
const (
	outUnhealthy uint32 = 1 << iota
	outDraining
)

func newBackend(pool, name string, epoch *atomic.Uint64) *Backend {
	b := &Backend{pool: pool, name: name, epoch: epoch, doubted: make(chan struct{}, 1)}
	b.status.Store(&Status{})
	return b
}

// Name returns the backend's address, which is its name.
func (b *Backend) Name() string { return b.name }

// Pool returns the name of its pool.
func (b *Backend) Pool() string { return b.pool }

// Status returns its health, and why and since when it is so.
func (b *Backend) Status() Status { return *b.status.Load() }

// Healthy tells whether its health allows that it is claimed.
func (b *Backend) Healthy() bool { return b.out.Load()&outUnhealthy == 0 }

// Draining tells whether it gets no new requests by the operator's wish.
func (b *Backend) Draining() bool { return b.out.Load()&outDraining != 0 }

// InFlight returns how many claims are not yet released.
func (b *Backend) InFlight() int64 { return b.inFlight.Load() }

// SetDraining makes that the backend gets no new requests, or that it gets them
// again. What is in flight is not touched.
func (b *Backend) SetDraining(on bool) { b.setOut(outDraining, on) }

// setHealth records a change of health. Only one goroutine at a time may call
// it: the backend's probe, or Apply while there is none.
func (b *Backend) setHealth(h Health, why Reason, detail string, now time.Time) Change {
	from := b.Status().Health
	b.status.Store(&Status{Health: h, Reason: why, Detail: detail, Since: now})
	b.setOut(outUnhealthy, h == Unhealthy)
	return Change{
		Pool: b.pool, Backend: b.name,
		From: from, To: h, Reason: why, Detail: detail, At: now,
	}
}

func (b *Backend) setOut(bit uint32, on bool) {
	if on {
		b.out.Or(bit)
	} else {
		b.out.And(^bit)
	}
	b.epoch.Add(1) // after the change: a schedule of the new epoch has seen it
}

// claim takes one request on, unless the backend is out or has limit requests
// in flight; a limit of 0 is none.
func (b *Backend) claim(limit int64) bool {
	if b.out.Load() != 0 {
		return false
	}
	if limit == 0 {
		b.inFlight.Add(1)
		return true
	}
	// Not add and look: an add that has to be taken back could make another
	// claim see a full backend that is not.
	for {
		n := b.inFlight.Load()
		if n >= limit {
			return false
		}
		if b.inFlight.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release gives one claim back. ok false casts doubt on the backend.
func (b *Backend) release(ok bool) {
	if b.inFlight.Add(-1) < 0 {
		panic("BUG: backend released more often than claimed")
	}
	if ok {
		return
	}
	select {
	case b.doubted <- struct{}{}:
	default: // the probe has not yet taken the last one
	}
}
