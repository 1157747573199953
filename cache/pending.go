package cache

import "sync/atomic"

// pending counts the memory that belongs to the zone but not to its index:
// responses on their way in, and entries that were dropped while they are sent.
//
// What is detached takes the place of what is stored: ristretto is told to keep
// that much less. So clients that read slowly make the zone smaller, and it goes
// on taking in what is new. All together is never more than the index may hold
// and what may be pending.
type pending struct {
	reserved, detached atomic.Int64
}

// reserve takes n bytes of the zone's budget for responses on their way in, and
// reports whether there was room. Each is given back by unreserve.
func (z *Zone) reserve(n int64) bool {
	l := z.limits.Load()
	for {
		held := z.pending.reserved.Load()
		if n > l.pending-held-max(z.occupied()-l.hard, 0) {
			return false
		}
		if z.pending.reserved.CompareAndSwap(held, held+n) {
			return true
		}
	}
}

// unreserve gives back n bytes that reserve gave.
func (z *Zone) unreserve(n int64) { z.pending.reserved.Add(-n) }

// occupied is what is stored, and what is still there of what was.
func (z *Zone) occupied() int64 { return z.counts.bytes.Load() + z.pending.detached.Load() }

// stored is what a zone keeps about an entry. Until Store it is its maker's.
type stored struct {
	zone   *Zone
	serial uint64 // of the last purge before the response was asked for
	cost   int64  // bytes of memory
	expiry int64  // when the zone has no use for it any more

	checked atomic.Uint64 // the last purge it was held against
	purged  atomic.Int64  // when it was marked stale; 0: never; hardPurged
	holds   atomic.Int64  // twice the number of those who hold it, and 1 once the zone dropped it
}

// SetSerial says which purges the response has seen: n is what Serial returned
// before it was asked for. It is called before the entry is stored or shared.
func (e *Entry) SetSerial(n uint64) { e.stored.serial = n }

// Hold keeps the entry's bytes counted while it is sent, even if the zone drops
// it meanwhile. Each Hold needs a Release.
func (e *Entry) Hold() {
	if e.stored.holds.Add(2) == 3 {
		e.stored.zone.pending.detached.Add(e.stored.cost)
	}
}

// Release ends a Hold.
func (e *Entry) Release() {
	if e.stored.holds.Add(-2) == 1 {
		e.stored.zone.pending.detached.Add(-e.stored.cost)
	}
}

// drop tells the entry that its zone does not hold it any more.
func (e *Entry) drop() {
	if e.stored.holds.Add(1) > 1 {
		e.stored.zone.pending.detached.Add(e.stored.cost)
	}
}
