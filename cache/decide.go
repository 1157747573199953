package cache

import (
	"math"
	"time"
)

// A Use is what may be done with a stored response.
type Use uint8

// The uses.
const (
	Serve           Use = iota // it answers the request
	ServeAndRefresh            // it answers, and is to be validated behind the client's back
	Validate                   // it has to be validated first
)

var useWords = [...]string{Serve: "serve", ServeAndRefresh: "serve-and-refresh", Validate: "validate"}

// String returns the word for logs.
func (u Use) String() string { return useWords[u] }

// Decide says whether a stored response with freshness f may answer a request now
// (RFC 9111, section 4). purged is when it was marked stale by a purge, from which
// time its grace counts; 0: never; negative: it was invalidated, and no grace
// helps it (section 4.4). why is None for a fresh response that is simply served,
// else the reason. only-if-cached is the caller's: it turns Validate into 504.
func (p *Policy) Decide(c *RequestControl, f *Freshness, purged, now int64) (u Use, why Detail) {
	if f.NoCache {
		return Validate, NoCache
	}
	if c.NoCache && !p.IgnoreClient {
		return Validate, RequestNoCache
	}
	if purged == 0 && f.Left(now) > 0 {
		return p.decideFresh(c, f, now)
	}
	why = Expired
	if purged != 0 {
		why = Purged
	}
	if f.MustRevalidate || purged < 0 {
		return Validate, why
	}
	return p.decideStale(c, f, purged, now, why)
}

func (p *Policy) decideFresh(c *RequestControl, f *Freshness, now int64) (Use, Detail) {
	switch {
	case p.IgnoreClient:
		return Serve, None
	case c.MaxAge >= 0 && !f.Immutable && !f.within(c.MaxAge, now):
		return Validate, RequestMaxAge
	case c.MinFresh >= 0 && f.Left(now) < seconds(c.MinFresh):
		return Validate, RequestMinFresh
	}
	return Serve, None
}

// decideStale is about a response that nothing forbids to be used stale.
func (p *Policy) decideStale(c *RequestControl, f *Freshness, purged, now int64, why Detail) (Use, Detail) {
	if !p.IgnoreClient {
		if !c.AcceptsStale() {
			return Validate, why
		}
		if c.MaxAge >= 0 && !f.within(c.MaxAge, now) {
			return Validate, RequestMaxAge
		}
	}
	stale := f.staleFor(purged, now)
	if stale < f.Revalidate {
		return ServeAndRefresh, WhileRevalidate
	}
	// A client may accept what has expired, but it does not know of a purge.
	if purged == 0 && !p.IgnoreClient && c.MaxStale >= 0 && stale <= seconds(c.MaxStale) {
		return Serve, MaxStale
	}
	return Validate, why
}

// within reports whether the age is at most limit seconds. No age is within 0:
// that is how clients say reload.
func (f *Freshness) within(limit, now int64) bool {
	return limit > 0 && f.Age(now) <= seconds(limit)
}

func seconds(n int64) time.Duration {
	if n > math.MaxInt64/int64(time.Second) {
		return math.MaxInt64
	}
	return time.Duration(n) * time.Second
}
