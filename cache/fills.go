package cache

import (
	"hash/maphash"
	"sync"
)

// fillShards spreads the fills of a zone over as many locks.
const fillShards = 16

// A fillTable holds the fills under way of one zone by key. The zero value is
// empty and ready to use.
type fillTable struct{ shards [fillShards]fillShard }

type fillShard struct {
	mu sync.Mutex // guards the following fields
	m  map[string]*Fill

	_ [64 - 16]byte // a cache line of its own
}

// fillSeed chooses the shards of keys, which are the clients' to choose.
var fillSeed = maphash.MakeSeed()

func (t *fillTable) shard(key []byte) *fillShard {
	return &t.shards[maphash.Bytes(fillSeed, key)%fillShards]
}

// Join returns the one fill under way of key, which is copied. The caller for
// whom there was none becomes its leader: it must fetch, and end the fill with
// exactly one of Serve, Free, Complete and Fail, or all others wait in vain; the
// first counts and any further does nothing, so a recover may call Fail always.
// The others call Wait.
//
// The leader must look the key up once more before it fetches and Serve what it
// finds: between its first look and Join another fill may have come to its end,
// and what Complete stored is in the zone before that fill is gone from here.
func (z *Zone) Join(key []byte) (f *Fill, leader bool) {
	s := z.fills.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if f = s.m[string(key)]; f != nil {
		return f, false
	}
	if s.m == nil {
		s.m = make(map[string]*Fill)
	}
	f = &Fill{z: z, key: string(key), shard: s}
	s.m[f.key] = f
	return f, true
}

// Solo returns a fill that nobody can join. Its caller is its leader, and owes it
// what the leader of any other does.
func (z *Zone) Solo() *Fill { return &Fill{z: z, shard: z.fills.shard(nil)} }

// Detach makes the next who joins the leader of a new fill. Those who have joined
// f already share it as before. It may be called by any goroutine.
func (f *Fill) Detach() { f.shard.remove(f) }

// remove takes f out, if it still is the fill of its key.
func (s *fillShard) remove(f *Fill) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m[f.key] == f {
		delete(s.m, f.key)
	}
}

// count returns how many fills are under way.
func (t *fillTable) count() (n int64) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		n += int64(len(s.m))
		s.mu.Unlock()
	}
	return n
}
