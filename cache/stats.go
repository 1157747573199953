package cache

import "sync/atomic"

// ZoneStats are a zone's figures. Those that only grow count from the zone's
// making.
type ZoneStats struct {
	Bytes    int64 // what the stored entries take
	Capacity int64 // the budget
	Pending  int64 // bytes of responses on their way in
	Detached int64 // bytes of entries that were dropped but are still being sent
	Entries  int64 // keys that have an entry
	Queued   int64 // additions and changes that admission has not looked at yet
	Fills    int64 // responses on their way in

	Stored     uint64 // responses that were stored; admission may have dropped them since
	Replaced   uint64 // of them, those under a key that had one
	Evicted    uint64 // keys dropped for others, or because their time was over
	Rejected   uint64 // keys not admitted
	Dropped    uint64 // responses not stored for lack of room
	TooLarge   uint64 // responses not stored for their size
	PurgedLate uint64 // responses not stored because of a purge while they were fetched
	Purges     uint64
	Bans       uint64 // bans in force
}

// counts are the zone's own.
type counts struct {
	bytes, entries atomic.Int64

	stored, replaced, evicted, rejected, dropped, tooLarge, purgedLate, purges atomic.Uint64
}

// Stats returns the zone's figures.
func (z *Zone) Stats() ZoneStats {
	c := &z.counts
	return ZoneStats{
		Bytes: c.bytes.Load(), Capacity: z.limits.Load().memory,
		Pending: z.pending.reserved.Load(), Detached: z.pending.detached.Load(),
		Entries: c.entries.Load(), Queued: z.queued(), Fills: z.fills.count(),
		Stored: c.stored.Load(), Replaced: c.replaced.Load(),
		Evicted: c.evicted.Load(), Rejected: c.rejected.Load(),
		Dropped: c.dropped.Load(), TooLarge: c.tooLarge.Load(), PurgedLate: c.purgedLate.Load(),
		Purges: c.purges.Load(), Bans: uint64(z.log.bans()),
	}
}

func (z *Zone) queued() int64 {
	z.mu.Lock()
	defer z.mu.Unlock()
	var n int64
	for _, a := range z.caches {
		n += a.queued.Load()
	}
	return n
}
