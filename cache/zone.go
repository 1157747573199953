package cache

import (
	"fmt"
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
)

// A Zone is a store with a name and a budget of bytes. What it holds is found
// through its own index, which is the truth; ristretto decides what is worth
// its place. All methods may be called by any goroutine at any time; before
// Open and after Close nothing is found and nothing is stored.
type Zone struct {
	name string
	seed maphash.Seed

	limits  atomic.Pointer[limits]
	fills   fillTable
	shards  [shardCount]shard
	pending pending
	log     purgeLog
	refused uncacheable
	counts  counts

	mu     sync.Mutex // guards the following fields: opening, closing and resizing
	open   bool
	caches []*admission
}

// ZoneSpec describes a zone.
type ZoneSpec struct {
	Name string
	// Memory is the budget in bytes for all that the zone holds.
	Memory int64
	// MaxObject is the length of the largest body that is stored; 0: a 64th of
	// Memory, at most 8 MiB. More than an eighth of Memory is not possible.
	MaxObject int64
}

// limits is what a ZoneSpec comes to. It does not change.
type limits struct {
	memory    int64 // the budget
	hard      int64 // what the index never exceeds, together with what is detached as far as that can be
	resident  int64 // what ristretto fills; between the two is what it has yet to look at
	maxObject int64 // length of a body
	bundle    int64 // cost of a bundle of more than one variant
	pending   int64 // responses on their way in, and what is detached beyond hard
}

const (
	minMemory     = 64 << 10
	defaultObject = 8 << 20
	// headRoom is what a bundle's cost may be above the largest body, for fields
	// and for the rounding of sizes.
	headRoom = 64 << 10
)

func newLimits(spec ZoneSpec) *limits {
	memory := max(spec.Memory, minMemory)
	object := spec.MaxObject
	if object <= 0 {
		object = min(defaultObject, memory/64)
	}
	object = min(object, memory/8)
	head := min(headRoom, memory/16)
	hard := memory + memory/16
	return &limits{
		memory: memory, hard: hard, resident: hard - max(memory/16, object*3/2+head),
		maxObject: object, bundle: object + head, pending: max(memory/8, 2*object),
	}
}

// NewZone makes the zone that spec describes. It starts nothing and holds
// nothing until Open.
func NewZone(spec ZoneSpec) *Zone {
	z := &Zone{name: spec.Name, seed: maphash.MakeSeed()}
	z.limits.Store(newLimits(spec))
	return z
}

// Name returns the zone's name.
func (z *Zone) Name() string { return z.name }

// MaxObject is the length of the largest body the zone stores.
func (z *Zone) MaxObject() int64 { return z.limits.Load().maxObject }

// Open takes the zone into service; it starts two goroutines for each part that
// ristretto has. An open zone stays as it is.
func (z *Zone) Open() error {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.open {
		return nil
	}
	l := z.limits.Load()
	parts := admissionParts(l)
	for range parts {
		a, err := newAdmission(z, l, parts)
		if err != nil {
			z.stopLocked()
			return fmt.Errorf("zone %s: %w", z.name, err)
		}
		z.caches = append(z.caches, a)
	}
	z.log.open()
	for i := range z.shards {
		z.shards[i].open(z.caches[i%parts], tableSize(l))
	}
	z.open = true
	return nil
}

// Resize gives an open or closed zone another budget. What it holds stays as
// far as it fits; its name does not change.
func (z *Zone) Resize(spec ZoneSpec) {
	z.mu.Lock()
	defer z.mu.Unlock()
	l := newLimits(spec)
	if z.open {
		l.maxObject = min(l.maxObject, l.memory/int64(4*len(z.caches)))
	}
	z.limits.Store(l)
	if !z.open {
		return
	}
	for _, a := range z.caches {
		a.setBudget(l)
	}
	for i := range z.shards {
		z.shards[i].resize(tableSize(l))
	}
	caches := z.caches
	z.log.sweeper.start(jobFit, func(stop *atomic.Bool) { z.fit(caches, stop) })
}

// Close takes the zone out of service: what it holds is dropped, its goroutines
// have ended on return. Open takes it into service again, empty.
func (z *Zone) Close() {
	z.mu.Lock()
	defer z.mu.Unlock()
	if !z.open {
		return
	}
	z.open = false
	z.log.close()
	for i := range z.shards {
		z.close(&z.shards[i])
	}
	z.stopLocked()
}

// stopLocked ends ristretto. No shard refers to it any more: a Set or Get
// beside its Close would panic.
func (z *Zone) stopLocked() {
	for _, a := range z.caches {
		a.cache.Close()
	}
	z.caches = nil
}

// tableSize is the number of buckets of each shard's table: a power of two, one
// bucket for every 2 KiB of the budget.
func tableSize(l *limits) int {
	n := max(uint64(l.memory)/(2048*shardCount), 16)
	return 1 << min(bits.Len64(n-1), 24)
}
