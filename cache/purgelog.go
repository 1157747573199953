package cache

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// A purgeLog keeps the purges that entries have yet to be held against. An entry
// remembers up to which it was, so that this is done once for each entry and
// purge, when it is asked for. When the log is full, a sweep holds every entry
// against it and it begins anew.
type purgeLog struct {
	serial atomic.Uint64 // of the last purge
	epoch  atomic.Uint64 // of the last one in the log

	mu     sync.RWMutex // guards the following fields, and writing the above
	tags   map[uint64]marks
	banned []ban
	all    marks
	floor  uint64 // the last purge that has left the log
	at     int64  // time of the last one

	sweeper sweeper
}

const (
	maxTagPurges = 16 << 10
	maxBans      = 256
)

// next is the serial of a purge that does not go into the log.
func (l *purgeLog) next() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.serial.Load() + 1
	l.serial.Store(n)
	return n
}

// record puts a purge into the log.
func (z *Zone) record(at int64, write func(l *purgeLog, n uint64)) {
	l := &z.log
	for !l.tryRecord(at, write) {
		l.sweeper.run(z.sweep) // Slow path: nobody has swept in time.
	}
	if l.filling() {
		l.sweeper.start(jobSweep, z.sweep)
	}
}

// tryRecord reports whether there was room. Readers of serial and epoch see the
// purge itself first.
func (l *purgeLog) tryRecord(at int64, write func(l *purgeLog, n uint64)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.tags) >= maxTagPurges || len(l.banned) >= maxBans {
		return false
	}
	n := l.serial.Load() + 1
	write(l, n)
	l.at = at
	l.epoch.Store(n)
	l.serial.Store(n)
	return true
}

func (l *purgeLog) filling() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.tags) > maxTagPurges*3/4 || len(l.banned) > maxBans*3/4
}

// last returns the serial and the time of the last purge in the log.
func (l *purgeLog) last() (n uint64, at int64) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.epoch.Load(), l.at
}

func (l *purgeLog) bans() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.banned)
}

func (l *purgeLog) strikeTag(h uint64, m strike, n uint64) {
	if l.tags == nil {
		l.tags = make(map[uint64]marks)
	}
	k := l.tags[h]
	k.add(m, n)
	l.tags[h] = k
}

// forget takes the purges up to n out of the log: every stored entry has been
// held against them.
func (l *purgeLog) forget(n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for h, k := range l.tags {
		if last := max(k.hard, k.soft); last <= n {
			delete(l.tags, h)
			l.floor = max(l.floor, last)
		}
	}
	var kept []ban
	for _, b := range l.banned {
		if b.serial > n {
			kept = append(kept, b)
		} else {
			l.floor = max(l.floor, b.serial)
		}
	}
	l.banned = kept
}

// held holds e, stored under key, against the log and returns when it was
// purged: 0, a time or hardPurged.
func (z *Zone) held(key []byte, e *Entry) int64 {
	// Fast path: no purge since the last time.
	if e.stored.checked.Load() != z.log.epoch.Load() {
		z.judge(key, e)
	}
	return e.stored.purged.Load()
}

// heldLate is held for an entry that is not stored yet. What the log has
// forgotten might have hit it: then it is not stored.
func (z *Zone) heldLate(key []byte, e *Entry) int64 {
	z.judge(key, e)
	z.log.mu.RLock()
	defer z.log.mu.RUnlock()
	if e.stored.serial < z.log.floor {
		return hardPurged
	}
	return e.stored.purged.Load()
}

func (z *Zone) judge(key []byte, e *Entry) {
	l := &z.log
	l.mu.RLock()
	defer l.mu.RUnlock()
	l.all.apply(e)
	if len(l.tags) > 0 {
		z.judgeTags(key, e)
	}
	l.judgeBans(key, e, max(e.stored.serial, e.stored.checked.Load()))
	e.stored.checked.Store(l.epoch.Load())
}

// judgeBans runs under the log's lock. The bans up to seen are not e's concern
// any more.
func (l *purgeLog) judgeBans(key []byte, e *Entry, seen uint64) {
	first := len(l.banned)
	for first > 0 && l.banned[first-1].serial > seen {
		first--
	}
	if first == len(l.banned) {
		return
	}
	_, _, authority, target, ok := KeyURL(key)
	for i := first; ok && i < len(l.banned); i++ {
		if b := &l.banned[i]; b.matches(authority, target) {
			e.strike(b.strike)
		}
	}
}

// judgeTags runs under the log's lock.
func (z *Zone) judgeTags(key []byte, e *Entry) {
	for _, tag := range e.Tags {
		if k, ok := z.log.tags[z.tagHash(tag)]; ok {
			k.apply(e)
		}
	}
	if len(e.Groups) == 0 {
		return
	}
	_, scheme, authority, _, ok := KeyURL(key)
	if !ok {
		return
	}
	origin := string(scheme) + "://" + string(authority)
	for _, group := range e.Groups {
		if k, ok := z.log.tags[z.groupHash(origin, group)]; ok {
			k.apply(e)
		}
	}
}

func (z *Zone) tagHash(tag string) uint64 { return maphash.String(z.seed, tag) }

// groupHash differs from that of any tag.
func (z *Zone) groupHash(origin, group string) uint64 {
	var h maphash.Hash
	h.SetSeed(z.seed)
	h.WriteString(origin)
	h.WriteByte(0)
	h.WriteString(group)
	return ^h.Sum64()
}
