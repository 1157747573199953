package balancer

import (
	"errors"
	"slices"
)

// Why there is nothing to claim.
var (
	// ErrNoBackend: the pool is empty, or every backend that could be claimed
	// was tried already.
	ErrNoBackend = errors.New("no backend left to try")
	// ErrNoneHealthy: the pool has backends and all of them are unhealthy.
	ErrNoneHealthy = errors.New("no backend is healthy")
	// ErrSaturated: a backend could be claimed but for its limit of requests in flight.
	ErrSaturated = errors.New("every backend has as many requests in flight as it may")
)

// maxDraws is how many turns a claim may draw before it looks at the members
// one by one.
const maxDraws = 16

// Claim picks the backend for one attempt, which is in flight on it until
// Release. It returns the backend's index among Backends. It never returns one
// that is listed in tried, unhealthy, draining or at its limit of requests in
// flight; if none is left, the error is one of the package's own.
//
// With all backends unhealthy Claim fails at once rather than send requests to
// any of them: there is no panic threshold, and the first probe that succeeds
// often enough ends it.
//
// Shares are exact: in each cycle every backend gets as many turns as its
// weight says. A turn that falls to a backend that cannot take it is passed to
// who is next, so the others share it by their weights.
func (p *Pool) Claim(tried []int) (int, error) {
	turns := p.turns().turns
	n := uint64(len(turns))
	for range min(n, maxDraws) {
		i := int(turns[(p.cursor.Add(1)-1)%n])
		if !slices.Contains(tried, i) && p.members[i].claim(p.limit) {
			return i, nil
		}
	}
	return p.search(tried)
}

// search looks at every member, beginning where the cursor points.
// Slow path: most turns belong to who cannot take them, or nobody can.
func (p *Pool) search(tried []int) (int, error) {
	n := len(p.members)
	if n == 0 {
		return 0, ErrNoBackend
	}
	start := int(p.cursor.Add(1) % uint64(n))
	var healthy, full bool
	for k := range n {
		i := (start + k) % n
		b := p.members[i]
		out := b.out.Load()
		healthy = healthy || out&outUnhealthy == 0
		if out != 0 || slices.Contains(tried, i) {
			continue
		}
		if b.claim(p.limit) {
			return i, nil
		}
		full = true
	}
	switch {
	case !healthy:
		return 0, ErrNoneHealthy
	case full:
		return 0, ErrSaturated
	default:
		return 0, ErrNoBackend
	}
}

// Release ends the claim on backend i. ok false says that the backend did not
// answer (refused, reset, timed out): its next probe comes soon, but its health
// does not change by that alone. An attempt that the client broke off says
// nothing about the backend and is released with true.
func (p *Pool) Release(i int, ok bool) { p.members[i].release(ok) }
