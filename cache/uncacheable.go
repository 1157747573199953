package cache

import "sync/atomic"

// uncacheable remembers for a while which keys had responses that could not be
// shared, so that requests for them do not wait for each other. A key pushes out
// another of the same cell. One word a cell: no locks, and nothing to free.
//
// The cell holds 32 bits of the hash and, in the others, the time it is good
// until. That another key is taken for one of these once in 2^46 lookups costs
// that one a fetch.
type uncacheable struct {
	cells [1 << refusedBits]atomic.Uint64
}

const (
	refusedBits = 14
	// untilBits make units of an eighth of a second: 32 bits of them are 18 years.
	untilBits = 27
)

func (u *uncacheable) mark(h uint64, until int64) {
	if until <= 0 {
		return
	}
	units := min(uint64(until)>>untilBits+1, 1<<32-1)
	u.cell(h).Store(h<<32 | units)
}

func (u *uncacheable) has(h uint64, now int64) bool {
	c := u.cell(h).Load()
	return c != 0 && uint32(c>>32) == uint32(h) && int64(c&(1<<32-1))<<untilBits > now
}

func (u *uncacheable) clear(h uint64) {
	if c := u.cell(h).Load(); c != 0 && uint32(c>>32) == uint32(h) {
		u.cell(h).CompareAndSwap(c, 0)
	}
}

// cell is chosen by bits that the cell does not hold.
func (u *uncacheable) cell(h uint64) *atomic.Uint64 {
	return &u.cells[h>>(hashBits-refusedBits)&(1<<refusedBits-1)]
}

// MarkUncacheable remembers until then that responses to key cannot be shared;
// Store forgets it. Of the many keys that can be marked at a time one may push
// out another.
func (z *Zone) MarkUncacheable(key []byte, until int64) { z.refused.mark(z.hash(key), until) }

// IsUncacheable reports whether key is marked so at time now.
func (z *Zone) IsUncacheable(key []byte, now int64) bool { return z.refused.has(z.hash(key), now) }
