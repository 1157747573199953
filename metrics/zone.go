package metrics

import "sync/atomic"

// A Zone counts what happens in one zone of the cache. It is obtained with
// Registry.Zone and its methods may be called by any goroutine.
type Zone struct {
	name     string
	retained atomic.Bool

	purges words
	gauges atomic.Pointer[func() ZoneGauges]
}

// ZoneGauges are the figures that a zone keeps itself.
type ZoneGauges struct {
	Bytes    int64 // held by what is stored
	Capacity int64 // the zone's budget
	Pending  int64 // held by responses that are still arriving
	Detached int64 // held by responses that are not stored any more but still being sent
	Entries  int64 // cache keys under which something is stored
	Fills    int64 // responses arriving now

	// Since the zone was made.
	Stored, Evicted, Rejected, Dropped, TooLarge uint64
}

// Name returns the value of the zone label.
func (z *Zone) Name() string { return z.name }

// Watch makes the zone's figures known: the collector calls f when somebody
// scrapes. f must be safe for concurrent use and must not block; a later one
// takes its place.
func (z *Zone) Watch(f func() ZoneGauges) { z.gauges.Store(&f) }

// Purged counts a purge by its kind: url, tag, group, ban or all.
func (z *Zone) Purged(kind string) { z.purges.inc(0, kind) }

// shown tells whether the zone's series are exposed.
func (z *Zone) shown() bool { return z.retained.Load() || len(z.purges.all()) > 0 }
