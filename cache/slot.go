package cache

import "sync/atomic"

// A slot is the place of one key's hash in the index. It is there exactly as
// long as ristretto knows of the hash: from the Set that introduces it until it
// is rejected or evicted. Two keys of the same hash take turns in it.
type slot struct {
	hash   uint64
	next   atomic.Pointer[slot]   // in the bucket
	bundle atomic.Pointer[bundle] // nil: nothing stored

	touched atomic.Uint32 // when ristretto was last told of a use, in ticks

	// Guarded by the shard's mutex.
	cost     int64
	expiry   int64 // as ristretto knows it
	queued   int32 // Sets on their way to admission
	news     int32 // of them, those that may introduce the hash
	resident bool  // admitted, as far as admission has got
	indexed  bool
}

// A ticket is the value of one Set in ristretto.
type ticket struct {
	slot *slot
	// update: ristretto had the hash when Set was called; written within Set.
	update bool
	// first: it was not resident when the ticket's turn came. It belongs to
	// ristretto's goroutine.
	first bool
}
