package cache

import (
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/ristretto/v2"
)

// An admission is one ristretto, which decides what of a part of the index is
// worth its place. It knows hashes and costs; its values are tickets.
//
// Its callbacks run on its own goroutine, and ShouldUpdate within Set. They take
// the lock of a shard; Set and Get are called with that lock held, and never
// wait for the callbacks, so nobody waits in a circle.
type admission struct {
	zone  *Zone
	cache *ristretto.Cache[uint64, *ticket]

	parts    int64 // how many there are of the zone
	counters int64 // of its sketch

	queued atomic.Int64 // Sets it has not looked at
	slots  atomic.Int64 // of the index that are its own
	peak   atomic.Int64 // most there ever were, about: its maps do not shrink
	budget atomic.Int64 // what is left for slots beside its fixed tables
}

const (
	// ristretto queues 32768 Sets and then forgets them, costs included. Below
	// are the bounds from which on no new key, and then no change, is offered.
	maxNews    = 8 << 10
	maxUpdates = 24 << 10

	// countOnly marks a key as one whose use is only to be counted: it is given
	// a second hash that fits no value, which spares a look at the clock.
	countOnly = 1 << hashBits
)

// admissionParts is how many ristrettos a zone has: one for each 256 MiB, as
// long as the largest object is a small share of each.
func admissionParts(l *limits) int {
	n := min(l.memory/(256<<20), l.memory/(16*l.maxObject), 16)
	return 1 << (bits.Len64(uint64(max(n, 1))) - 1)
}

func newAdmission(z *Zone, l *limits, parts int) (*admission, error) {
	a := &admission{zone: z, parts: int64(parts), counters: min(max(l.memory/int64(parts)/4096*10, 1<<10), 1<<24)}
	a.setBudget(l)
	c, err := ristretto.NewCache(&ristretto.Config[uint64, *ticket]{
		NumCounters:  a.counters,
		MaxCost:      a.budget.Load(),
		BufferItems:  64,
		Cost:         a.process,
		OnEvict:      func(i *ristretto.Item[*ticket]) { a.evict(i.Value) },
		OnReject:     func(i *ristretto.Item[*ticket]) { a.reject(i.Value) },
		ShouldUpdate: func(cur, _ *ticket) bool { cur.update = true; return true },
		KeyToHash:    func(k uint64) (uint64, uint64) { return k & hashMask, k >> hashBits },
	})
	a.cache = c
	return a, err
}

// setBudget leaves out what the sketch (four bytes a counter) and the index's
// tables take.
func (a *admission) setBudget(l *limits) {
	part := l.resident / a.parts
	fixed := 4*a.counters + int64(8*tableSize(l)*shardCount)/a.parts
	a.budget.Store(max(part-fixed, part/2))
}

// retune tells ristretto what it may fill, which matters when something new is
// before it. A million small entries leave large maps behind when few large ones
// take their place; and what is detached is where entries could be. A quarter
// stays for what is stored, however slow the clients are.
func (a *admission) retune() {
	n := a.slots.Load()
	if n > a.peak.Load() {
		a.peak.Store(n)
	}
	b := a.budget.Load()
	fill := max(b-(a.peak.Load()-n)*mapCost, b/2)
	a.cache.UpdateMaxCost(max(fill-a.zone.pending.detached.Load()/a.parts, b/4))
}

// offerLocked brings s before ristretto, as something new or because its cost
// or expiry has changed. False: it is not taken, and s must go if it is new.
func (a *admission) offerLocked(s *slot, now int64) bool {
	expiry := now
	if b := s.bundle.Load(); b != nil {
		expiry = b.expiry()
	}
	if s.news > 0 || s.queued > 0 && expiry <= s.expiry {
		return true // its turn comes, and finds the cost as it is then
	}
	if s.resident && a.queued.Load() >= maxUpdates {
		return true // costs less than ristretto thinks; see Zone.Store
	}
	s.expiry = expiry
	t := &ticket{slot: s}
	s.queued++
	a.queued.Add(1)
	if !a.cache.SetWithTTL(s.hash, t, 0, ttl(s.hash, now, expiry)) {
		s.queued--
		a.queued.Add(-1)
		return s.resident
	}
	if !t.update {
		s.news++
	}
	return true
}

// ttl is the time from now to expiry, made a little longer: spread by the hash,
// so that what was stored together is not dropped all at once; and on a grid,
// because ristretto makes a map for every five seconds in which something ends.
func ttl(h uint64, now, expiry int64) time.Duration {
	d := max(expiry-now, int64(time.Second))
	spread := int64(h >> (hashBits - 8)) // of 256
	grid := int64(1) << max(bits.Len64(uint64(d/64)), 32)
	end := now + d + d/2048*spread
	return time.Duration((end+grid-1)&^(grid-1) - now)
}

// process is ristretto's Cost hook: t's turn has come, and for it, if it is new,
// ristretto is going to evict what is more than it may fill.
func (a *admission) process(t *ticket) int64 {
	a.retune()
	s := t.slot
	sh := a.zone.shard(s.hash)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	a.queued.Add(-1)
	s.queued--
	if !t.update {
		s.news--
		t.first = !s.resident
		s.resident = true // unless reject follows
	}
	return max(s.cost, 1)
}

// reject: t was not admitted, or its hash already was.
func (a *admission) reject(t *ticket) {
	if t == nil || !t.first {
		return
	}
	if a.leave(t.slot) {
		a.zone.counts.rejected.Add(1)
	}
}

// evict: the hash of t was thrown out, or its time is over.
func (a *admission) evict(t *ticket) {
	if t != nil && a.leave(t.slot) {
		a.zone.counts.evicted.Add(1)
	}
}

// leave takes a slot out of the index that ristretto does not hold any more,
// unless another Set of it is under way: that one decides.
func (a *admission) leave(s *slot) bool {
	sh := a.zone.shard(s.hash)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s.resident = false
	if !s.indexed || s.news > 0 {
		return false
	}
	a.zone.removeLocked(sh, s)
	return true
}

// use tells ristretto that h was asked for. A request does not wait for that: when
// the shard is being written, the use is not counted.
func (z *Zone) use(h uint64) {
	sh := z.shard(h)
	if !sh.mu.TryRLock() {
		return
	}
	if sh.cache != nil {
		sh.cache.cache.Get(h | countOnly)
	}
	sh.mu.RUnlock()
}
