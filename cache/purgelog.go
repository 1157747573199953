package cache

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// A purgeLog keeps the purges that entries have yet to be held against. An entry
// remembers up to which it was, so that this is done once for each entry and
// purge, when it is asked for. When there are many, a sweep holds every entry
// against them and forgets them. Who purges does not wait for that: there is room
// for what comes meanwhile, and what there is no room for is struck together with
// others (see purges).
type purgeLog struct {
	serial atomic.Uint64 // of the last purge
	epoch  atomic.Uint64 // of the last one in the log

	mu    sync.RWMutex // guards the following fields, and writing epoch
	old   purges       // what a sweep is holding entries against
	young purges       // what came since it began
	all   marks
	floor uint64 // the last purge that has left the log
	at    int64  // time of the last one

	sweeper sweeper
}

// record puts a purge into the log. An entry that is told its serial was asked for
// when the purge had begun, and is not its concern.
func (z *Zone) record(at int64, write func(l *purgeLog, n uint64)) {
	l := &z.log
	l.mu.Lock()
	n := l.serial.Add(1)
	write(l, n)
	l.at = at
	l.epoch.Store(n)
	many := l.young.many()
	l.mu.Unlock()
	if many {
		l.sweeper.start(jobSweep, z.sweep)
	}
}

// beginSweep returns the time of the last purge. What the next forget forgets is
// fixed from here on; what a sweep that was stopped has left comes first.
func (l *purgeLog) beginSweep() (at int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.old.last == 0 {
		l.old, l.young = l.young, purges{}
	}
	return l.at
}

// forget takes out of the log what every stored entry has been held against since
// beginSweep.
func (l *purgeLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.floor = max(l.floor, l.old.last)
	l.old = purges{}
}

func (l *purgeLog) bans() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.old.banned) + len(l.young.banned)
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
	if l.old.tagged() || l.young.tagged() {
		z.judgeTags(key, e)
	}
	l.judgeBans(key, e, max(e.stored.serial, e.stored.checked.Load()))
	e.stored.checked.Store(l.epoch.Load())
}

// judgeBans runs under the log's lock. The bans up to seen are not e's concern
// any more.
func (l *purgeLog) judgeBans(key []byte, e *Entry, seen uint64) {
	old, young := l.old.bansAfter(seen), l.young.bansAfter(seen)
	if len(old)+len(young) == 0 {
		return
	}
	_, _, authority, target, ok := KeyURL(key)
	for _, bans := range [...][]ban{old, young} {
		for i := range bans {
			if b := &bans[i]; ok && b.matches(authority, target) {
				e.strike(b.strike)
			}
		}
	}
}

// judgeTags runs under the log's lock.
func (z *Zone) judgeTags(key []byte, e *Entry) {
	for _, tag := range e.Tags {
		z.log.applyTag(z.tagHash(tag), e)
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
		z.log.applyTag(z.groupHash(origin, group), e)
	}
}

func (l *purgeLog) applyTag(h uint64, e *Entry) {
	l.old.applyTag(h, e)
	l.young.applyTag(h, e)
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
