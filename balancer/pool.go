package balancer

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// A Pool is a set of backends with the policy by which they take turns: smooth
// weighted round robin. It starts nothing and holds nothing that needs closing.
// Its methods may be called by any goroutine.
type Pool struct {
	name    string
	limit   int64 // requests in flight per backend; 0: none
	health  *HealthSpec
	members []*Backend
	weights []int // by index of members

	*lineage
	schedule atomic.Pointer[schedule] // replaced when its epoch is over
	remake   sync.Mutex               // serialises the replacing
}

// A lineage is what the pools that were made from one another share.
type lineage struct {
	epoch  atomic.Uint64 // counted up when a member can or can not be claimed any more
	_      [64]byte
	cursor atomic.Uint64 // turns taken; goes on through a reload
	_      [64]byte
}

// New makes the pool that spec describes. From prev, an earlier pool of the
// same name or nil, it takes over the state of the backends that spec still
// names; prev stays usable. New changes nothing else, so that its result may be
// dropped.
func New(spec Spec, prev *Pool) (*Pool, error) {
	if err := spec.validate(); err != nil {
		return nil, fmt.Errorf("pool %s: %w", spec.Name, err)
	}
	p := &Pool{name: spec.Name, limit: int64(spec.MaxRequests), lineage: new(lineage)}
	if prev != nil {
		p.lineage = prev.lineage
	}
	if spec.Health != nil {
		h := *spec.Health
		h.Expect = slices.Clone(h.Expect)
		p.health = &h
	}
	for _, b := range spec.Backends {
		p.members = append(p.members, p.member(b.Name, prev))
		p.weights = append(p.weights, b.Weight)
	}
	p.schedule.Store(newSchedule(p.epoch.Load(), p.members, p.weights))
	return p, nil
}

// member returns the backend of that name, prev's if it has one.
func (p *Pool) member(name string, prev *Pool) *Backend {
	if prev != nil {
		for _, b := range prev.members {
			if b.name == name {
				return b
			}
		}
	}
	return newBackend(p.name, name, &p.epoch)
}

// Name returns the pool's name.
func (p *Pool) Name() string { return p.name }

// Backends returns the members; Claim speaks of them by their index. The slice
// must not be modified.
func (p *Pool) Backends() []*Backend { return p.members }

// Weight returns the weight of member i.
func (p *Pool) Weight(i int) int { return p.weights[i] }

// turns returns the schedule in force, a new one if a member can be claimed or
// cannot be any more since the last was made.
func (p *Pool) turns() *schedule {
	s := p.schedule.Load()
	if s.epoch == p.epoch.Load() {
		return s // Fast path: two loads of what is seldom written.
	}
	return p.reschedule(s)
}

// reschedule makes a new schedule, unless somebody else is about to: then the
// outdated one will do, because claiming checks what it says.
func (p *Pool) reschedule(outdated *schedule) *schedule {
	if !p.remake.TryLock() {
		return outdated
	}
	defer p.remake.Unlock()
	// The epoch is read before the members are: a change in between only makes
	// that the schedule is outdated from the start.
	s := newSchedule(p.epoch.Load(), p.members, p.weights)
	p.schedule.Store(s)
	return s
}
