package cache

import "sync/atomic"

// A table is the buckets of a shard. While it grows, its slots move bucket by
// bucket to others that take the place of these; which bucket a hash is in is
// known at any time.
type table struct {
	buckets []bucket
	next    []bucket     // what these are moving to; nil: the table is not growing
	moved   atomic.Int64 // how many of buckets have moved, from the first on
}

// A bucket is where a chain begins.
type bucket = atomic.Pointer[slot]

// newTable makes a table of size buckets, a power of two.
func newTable(size int) *table { return &table{buckets: make([]bucket, size)} }

// bucket is where the chain of h begins.
func (t *table) bucket(h uint64) *bucket {
	i := h & uint64(len(t.buckets)-1)
	if t.next != nil && i < uint64(t.moved.Load()) {
		return &t.next[h&uint64(len(t.next)-1)]
	}
	return &t.buckets[i]
}

// breath is how many slots and empty buckets whoever goes through a shard looks
// at before it lets go of the lock for a moment: some tens of microseconds.
const breath = 256

// each calls f, under the lock, for every slot that is in the shard all the time.
// It lets go of the lock in between. f may unlink the slot.
func (sh *shard) each(f func(*slot)) {
	if t := sh.table.Load(); t != nil {
		classes := len(t.buckets)
		for at := 0; at < classes; {
			at = sh.some(at, classes, f)
		}
	}
}

// some calls f for the slots of some classes from at on, and returns the first
// that is left. A slot is in the class that its hash leaves modulo the number of
// classes: it stays in it when the table grows meanwhile.
func (sh *shard) some(at, classes int, f func(*slot)) int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	t := sh.table.Load()
	if t == nil || len(t.buckets) < classes {
		return classes // closed meanwhile: of what was there, nothing is left
	}
	for n := 0; at < classes && n < breath; at++ {
		n += t.class(at, classes, f)
	}
	return at
}

// eachLocked calls f for every slot. f may unlink it.
func (sh *shard) eachLocked(f func(*slot)) {
	if t := sh.table.Load(); t != nil {
		for i := range t.buckets {
			t.class(i, len(t.buckets), f)
		}
	}
}

// class calls f for the slots of a class, and returns how much work that was.
func (t *table) class(i, classes int, f func(*slot)) (n int) {
	for ; i < len(t.buckets); i += classes {
		if t.next == nil || int64(i) >= t.moved.Load() {
			n += chain(&t.buckets[i], f)
			continue
		}
		for j := i; j < len(t.next); j += len(t.buckets) {
			n += chain(&t.next[j], f)
		}
	}
	return n
}

// chain calls f for the slots of a bucket.
func chain(b *bucket, f func(*slot)) int {
	n := 1
	for s := b.Load(); s != nil; n++ {
		next := s.next.Load()
		f(s)
		s = next
	}
	return n
}

// resize gives the shard a larger table if it needs one. Only one goroutine opens,
// resizes and closes.
func (sh *shard) resize(size int) {
	t := sh.table.Load()
	if t == nil || len(t.buckets) >= size {
		return
	}
	next := make([]bucket, size)
	sh.mu.Lock()
	sh.table.Store(&table{buckets: t.buckets, next: next})
	sh.mu.Unlock()
	for !sh.grow(breath) {
	}
}

// grow moves buckets of a table that grows, until that was about most work, and
// reports whether they were the last ones.
func (sh *shard) grow(most int) bool {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	t := sh.table.Load()
	for n := 0; n < most; {
		at := t.moved.Load()
		if at == int64(len(t.buckets)) {
			sh.table.Store(&table{buckets: t.next})
			return true
		}
		n += chain(&t.buckets[at], func(s *slot) {
			head := &t.next[s.hash&uint64(len(t.next)-1)]
			s.next.Store(head.Load())
			head.Store(s)
		})
		t.buckets[at].Store(nil)
		t.moved.Store(at + 1)
	}
	return false
}
