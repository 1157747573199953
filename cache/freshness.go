package cache

import "time"

// Freshness is for how long, and how, a response may be used without asking the
// backend (RFC 9111, section 4.2). Its times are fixed when the response arrives.
type Freshness struct {
	// Received is when the response arrived.
	Received int64
	// InitialAge is its age at that time: corrected_initial_age of section 4.2.3.
	InitialAge time.Duration
	// Lifetime is the freshness lifetime; 0: stale from the start.
	Lifetime time.Duration
	// Revalidate is for how long past its lifetime it may be served while it is
	// validated behind the client's back, and OnError for how long when that
	// fails (RFC 5861). Both are 0 where the response forbids stale use.
	Revalidate, OnError time.Duration
	// NoCache: it must be validated before each use.
	NoCache bool
	// MustRevalidate: it must not be used stale, not even when a client asks.
	MustRevalidate bool
	// Immutable: that a client reloads it while it is fresh is disregarded
	// (RFC 8246); that it says no-cache is not.
	Immutable bool
}

// ForOne reports whether each request needs an answer of its own, by what the
// response says: nobody should wait for another one's.
func (f *Freshness) ForOne() bool { return f.NoCache || f.Lifetime <= 0 }

// Age is the current age (RFC 9111, section 4.2.3).
func (f *Freshness) Age(now int64) time.Duration {
	return f.InitialAge + time.Duration(max(0, now-f.Received))
}

// Left is how long it is still fresh; negative: for how long it has been stale.
func (f *Freshness) Left(now int64) time.Duration { return f.Lifetime - f.Age(now) }

// MayServeOnError reports whether the response may be served because the backend
// failed to validate it (RFC 5861, section 4). purged is as for Policy.Decide.
// Whether the client wants that is for RequestControl.AcceptsStale to say.
func (f *Freshness) MayServeOnError(purged, now int64) bool {
	if f.NoCache || purged < 0 {
		return false
	}
	if purged == 0 && f.Left(now) > 0 {
		return true
	}
	return !f.MustRevalidate && f.staleFor(purged, now) < f.OnError
}

// staleFor is for how long the response has been stale: since its lifetime ended
// or since it was marked, whichever came first.
func (f *Freshness) staleFor(purged, now int64) time.Duration {
	expired := -f.Left(now)
	if purged > 0 {
		return max(expired, time.Duration(now-purged), 0)
	}
	return expired
}
