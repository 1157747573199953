package cache

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

const (
	shardBits  = 6
	shardCount = 1 << shardBits

	// hashBits are the bits of a key's hash that are used. The highest is free,
	// to mark a key of ristretto's as one that is only counted.
	hashBits = 63
	hashMask = 1<<hashBits - 1
)

// A shard is a part of the index: a table of chained slots that is read without
// a lock and written under one.
type shard struct {
	table atomic.Pointer[table] // nil: closed

	mu sync.RWMutex // guards writing the table, the slots, and the following fields
	// cache is ristretto's part for this shard; nil: closed. It is used under
	// mu only, so that Close can be sure that nobody does.
	cache *admission
	late  latePurges

	_ [64]byte
}

// hash is the key's hash, in hashBits bits.
func (z *Zone) hash(key []byte) uint64 { return maphash.Bytes(z.seed, key) & hashMask }

func (z *Zone) shard(h uint64) *shard { return &z.shards[h>>(hashBits-shardBits)] }

// find returns the slot of h or nil. A chain that is being rebuilt may hide a
// slot from a reader who holds no lock; it never shows a wrong one.
func (sh *shard) find(h uint64) *slot {
	t := sh.table.Load()
	if t == nil {
		return nil
	}
	s := t.bucket(h).Load()
	for s != nil && s.hash != h {
		s = s.next.Load()
	}
	return s
}

// linkLocked puts a new slot into the table.
func (sh *shard) linkLocked(s *slot) {
	head := sh.table.Load().bucket(s.hash)
	s.next.Store(head.Load())
	head.Store(s)
	s.indexed = true
}

// unlinkLocked takes a slot out. Its own next stays: a reader may stand on it.
func (sh *shard) unlinkLocked(s *slot) {
	at := sh.table.Load().bucket(s.hash)
	for p := at.Load(); p != nil; p = at.Load() {
		if p == s {
			at.Store(s.next.Load())
			break
		}
		at = &p.next
	}
	s.indexed = false
}

func (sh *shard) open(a *admission, size int) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.table.Store(newTable(size))
	sh.cache = a
}

// close empties a shard and cuts it off from ristretto.
func (z *Zone) close(sh *shard) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.eachLocked(func(s *slot) { z.removeLocked(sh, s) })
	sh.table.Store(nil)
	sh.cache = nil
}
