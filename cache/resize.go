package cache

import (
	"math/rand/v2"
	"sync/atomic"
)

// fit makes the zone no larger than its budget after that has shrunk: ristretto
// evicts only when something new comes, and the index would take nothing new.
func (z *Zone) fit(caches []*admission, stop *atomic.Bool) {
	for _, a := range caches {
		a.squeeze(stop)
	}
	l := z.limits.Load()
	for i := range z.shards {
		if stop.Load() || z.counts.bytes.Load() <= l.memory {
			return
		}
		z.shrinkShard(&z.shards[i], l.memory)
	}
}

// squeeze has ristretto evict what is too much, the least valuable first: by
// something new that costs nothing and is often asked for.
func (a *admission) squeeze(stop *atomic.Bool) {
	s := &slot{hash: rand.Uint64() & hashMask, queued: 1, news: 1}
	for range 4 { // batches
		for range 64 {
			a.cache.Get(s.hash | countOnly)
		}
		a.cache.Wait() // and the goroutine that counts has had its turn, very likely
	}
	if stop.Load() {
		return
	}
	a.queued.Add(1)
	if a.cache.SetWithTTL(s.hash, &ticket{slot: s}, 0, 1) {
		a.cache.Wait()
	} else {
		a.queued.Add(-1)
	}
}

// shrinkShard drops what comes first until the zone's bytes are within limit.
func (z *Zone) shrinkShard(sh *shard, limit int64) {
	sh.each(func(s *slot) {
		if b := s.bundle.Load(); b != nil && z.counts.bytes.Load() > limit {
			z.swapLocked(s, b, nil)
			sh.cache.offerLocked(s, 0)
		}
	})
}
