package cache

import "time"

// A Policy is how one route caches. It is not modified once it is in use. The
// zero value caches what says explicitly that it may be cached, without grace.
type Policy struct {
	// Targeted are the targeted fields (RFC 9213) that take the place of
	// Cache-Control, the first that is present and valid winning.
	Targeted []string
	// Heuristic is the share of the time since Last-Modified for which a response
	// without explicit freshness is fresh (RFC 9111, section 4.2.2); 0: none.
	Heuristic float64
	// HeuristicMax bounds it.
	HeuristicMax time.Duration
	// Negative gives responses with certain statuses a freshness lifetime when
	// they say nothing about it themselves.
	Negative []Negative
	// StaleWhileRevalidate and StaleIfError are the grace of responses that do
	// not say themselves (RFC 5861).
	StaleWhileRevalidate, StaleIfError time.Duration
	// Own are the names of request fields that the route sets itself, to what
	// differs from client to client: a response that varies by one is not stored.
	Own []string
	// StoreSetCookie allows to store responses that set cookies.
	StoreSetCookie bool
	// IgnoreClient disregards what requests say in Cache-Control and Pragma,
	// except only-if-cached and no-store.
	IgnoreClient bool
}

// Negative is how long responses with a status are fresh that do not say so.
type Negative struct {
	Status   int
	Lifetime time.Duration
}
