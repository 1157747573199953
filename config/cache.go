package config

import (
	"net/netip"
	"time"
)

// Cache is what all cached routes share.
type Cache struct {
	MemoryLimit int64          // soft limit of the process's memory in bytes; 0: chosen by weir
	Zones       []Zone         // in the order of the file, but for "default", which comes first
	PurgeFrom   []netip.Prefix // addresses whose PURGE requests are obeyed; empty: PURGE is a method like others
}

// A Zone is a named part of the memory, with a budget of its own, in which
// routes keep responses.
type Zone struct {
	Name      string
	Memory    int64 // bytes
	MaxObject int64 // bytes of one stored response; 0: the smaller of 8 MiB and 1/64 of Memory
}

// RouteCache is how a route caches (RFC 9111).
type RouteCache struct {
	Zone     string   // name of one of the configuration's zones
	Targeted []string // fields that take the place of Cache-Control (RFC 9213), the first that is present winning

	Heuristic    float64       // share of the time since Last-Modified for which a silent response is fresh: 0.1 for 10 %; 0: none
	HeuristicMax time.Duration // bounds it

	StaleWhileRevalidate time.Duration // grace of responses that do not say themselves (RFC 5861)
	StaleIfError         time.Duration // the same, while the backend fails
	Negative             []StatusLifetime

	StoreSetCookie     bool          // also store responses that set cookies
	ClientRevalidation bool          // clients may force revalidation
	Collapse           bool          // requests for what is being fetched wait for it
	CollapseWait       time.Duration // at most so long; then they fetch for themselves
	UncacheableFor     time.Duration // how long nobody waits for a key whose response could not be shared
	ShowKey            bool          // Cache-Status shows the key

	Key CacheKey
}

// A StatusLifetime is how long responses with a status are fresh that do not
// say so themselves.
type StatusLifetime struct {
	Status   int
	Lifetime time.Duration
}

// CacheKey is what tells stored responses of a route apart, besides scheme,
// host, path and query. At most one of AllowQuery and IgnoreQuery is set.
type CacheKey struct {
	SortQuery   bool     // the order of parameters makes no difference
	AllowQuery  []string // the parameters that count; a trailing * takes any rest
	IgnoreQuery []string // the parameters that do not
	Headers     []string // request fields that count, in lower case
	Cookies     []string // cookies that count
	Device      bool     // phone, tablet and desktop get their own
}
