package cache

// Store publishes e, with its body, under key: it replaces the stored response
// of the same variant. None: it was stored, for as long as admission lets it.
// Nobody may modify e from now on.
func (z *Zone) Store(key []byte, e *Entry, now int64) Detail {
	if bodySize(e) > z.limits.Load().maxObject {
		z.counts.tooLarge.Add(1)
		return TooLarge
	}
	e.stored.zone, e.stored.cost, e.stored.expiry = z, costOf(e), expiryOf(e, now)
	h := z.hash(key)
	d := z.put(h, key, e, now)
	switch d {
	case None:
		z.counts.stored.Add(1)
		if !e.Fresh.ForOne() {
			z.refused.clear(h)
		}
	case NoRoom:
		z.counts.dropped.Add(1)
	case Superseded:
		z.counts.purgedLate.Add(1)
	}
	return d
}

func (z *Zone) put(h uint64, key []byte, e *Entry, now int64) Detail {
	sh := z.shard(h)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.cache == nil {
		return ClosedZone
	}
	// Under the lock, so that a sweep either sees e or is seen here.
	if sh.late.apply(h, e); z.heldLate(key, e) == hardPurged {
		return Superseded
	}
	s := sh.find(h)
	fresh := s == nil
	if fresh {
		s = &slot{hash: h, cost: slotCost}
	}
	old := s.bundle.Load()
	if old.outdates(key, e) {
		return Superseded
	}
	b := old.with(key, e, z.limits.Load().bundle)
	if !z.roomLocked(sh, s, b, fresh) {
		return NoRoom
	}
	if fresh {
		z.addLocked(sh, s)
	}
	if old != nil {
		z.counts.replaced.Add(1)
	}
	z.swapLocked(s, old, b)
	if !sh.cache.offerLocked(s, now) {
		z.removeLocked(sh, s)
		return NoRoom
	}
	return None
}

// roomLocked reports whether the index and ristretto's queue can take b in s.
func (z *Zone) roomLocked(sh *shard, s *slot, b *bundle, fresh bool) bool {
	queue := sh.cache.queued.Load()
	if fresh && queue >= maxNews {
		return false
	}
	cost := slotCost + b.cost
	more := cost - s.cost
	if fresh {
		more = cost
	}
	if more <= 0 {
		return true
	}
	if queue >= maxUpdates {
		return false // a cost that grows has to reach ristretto: it would evict too little
	}
	if z.occupied()+more <= z.limits.Load().hard {
		return true
	}
	// It may be that what is there has grown, or what is detached. ristretto evicts
	// for new keys only.
	a := sh.cache
	z.log.sweeper.start(jobSqueeze, a.squeeze)
	return false
}

// addLocked puts an empty slot into the index.
func (z *Zone) addLocked(sh *shard, s *slot) {
	sh.linkLocked(s)
	sh.cache.slots.Add(1)
	z.counts.bytes.Add(s.cost)
}

// removeLocked takes a slot and what is in it out of the index.
func (z *Zone) removeLocked(sh *shard, s *slot) {
	z.swapLocked(s, s.bundle.Load(), nil)
	sh.unlinkLocked(s)
	sh.cache.slots.Add(-1)
	z.counts.bytes.Add(-s.cost)
	s.cost = 0
}

// swapLocked puts b in the place of old, which is in s; either may be nil.
func (z *Zone) swapLocked(s *slot, old, b *bundle) {
	cost := slotCost
	if b != nil {
		cost += b.cost
	}
	s.bundle.Store(b)
	switch {
	case old == nil && b != nil:
		z.counts.entries.Add(1)
	case old != nil && b == nil:
		z.counts.entries.Add(-1)
	}
	if old != nil {
		old.dropBut(b)
	}
	// Now, so that what becomes detached is not missing from both for a moment.
	z.counts.bytes.Add(cost - s.cost)
	s.cost = cost
}

// reap frees the entries of b, if s still has it, that were purged for good. The
// request that met them does not wait for that: the next one may do it, or a sweep.
func (z *Zone) reap(s *slot, b *bundle, now int64) {
	sh := z.shard(s.hash)
	if !sh.mu.TryLock() {
		return
	}
	defer sh.mu.Unlock()
	if sh.cache == nil || s.bundle.Load() != b {
		return
	}
	z.swapLocked(s, b, b.without(isGone))
	sh.cache.offerLocked(s, now)
}
