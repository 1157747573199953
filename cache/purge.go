package cache

import (
	"errors"
	"fmt"
	"strings"
)

// A Purge says which stored responses are not to be used any more; exactly one
// of its selectors is set.
type Purge struct {
	Key    []byte // the responses of one key, all variants
	Tag    string // those with the tag
	Group  string // those of the group (RFC 9875) within Origin
	Origin string // scheme://authority
	Ban    *Ban   // those it matches
	All    bool
	// Hard: they are gone at once. Otherwise they are stale from now on: they
	// serve within their grace, and can be validated.
	Hard bool
}

// hardPurged is the time of a purge that leaves nothing to be served.
const hardPurged = -1

// Errors of a Purge that says nothing, or too much.
var (
	errSelector = errors.New("a purge needs exactly one of key, tag, group, ban and all")
	errTag      = fmt.Errorf("a tag or group has at most %d bytes", maxTag)
)

// Serial counts purges. It is taken before a backend is asked for a response,
// whose entry is told by SetSerial: a purge in between hits the entry.
func (z *Zone) Serial() uint64 { return z.log.serial.Load() }

// Purge marks what is stored now, and what is being fetched now, at time now. It
// takes effect before it returns, for whatever number of entries: all but those
// of a key are held against it when they are next asked for.
func (z *Zone) Purge(p Purge, now int64) error {
	if err := p.validate(); err != nil {
		return err
	}
	z.counts.purges.Add(1)
	m := strike{hard: p.Hard, at: now}
	switch {
	case p.Key != nil:
		z.purgeKey(p.Key, m)
	case p.Tag != "":
		z.record(now, func(l *purgeLog, n uint64) { l.young.strikeTag(z.tagHash(p.Tag), m, n) })
	case p.Group != "":
		h := z.groupHash(strings.ToLower(p.Origin), p.Group)
		z.record(now, func(l *purgeLog, n uint64) { l.young.strikeTag(h, m, n) })
	case p.Ban != nil:
		b := p.Ban.lower()
		z.record(now, func(l *purgeLog, n uint64) { l.young.strikeBan(ban{b, m, n}) })
	default:
		z.record(now, func(l *purgeLog, n uint64) { l.all.add(m, n) })
		if p.Hard {
			z.log.sweeper.start(jobSweep, z.sweep) // frees the memory
		}
	}
	return nil
}

// Invalidate takes all variants of key out of use: what they show has changed, or
// may have (RFC 9111, section 4.4).
func (z *Zone) Invalidate(key []byte, now int64) { z.purgeKey(key, strike{hard: true, at: now}) }

// Struck reports whether a purge has hit a response, stored or not, since it was
// asked for. Who asks after the purge must not get it.
func (z *Zone) Struck(key []byte, e *Entry) bool {
	h := z.hash(key)
	sh := z.shard(h)
	sh.mu.RLock()
	sh.late.apply(h, e)
	sh.mu.RUnlock()
	return z.heldLate(key, e) != 0
}

// Gone reports whether a hard purge has hit a stored entry since it was found.
func (z *Zone) Gone(key []byte, e *Entry) bool { return z.held(key, e) == hardPurged }

func (p *Purge) validate() error {
	n := 0
	for _, set := range []bool{p.Key != nil, p.Tag != "", p.Group != "", p.Ban != nil, p.All} {
		if set {
			n++
		}
	}
	switch {
	case n != 1, (p.Group == "") != (p.Origin == ""):
		return errSelector
	case len(p.Tag) > maxTag, len(p.Group) > maxTag:
		return errTag
	case p.Ban != nil:
		return p.Ban.validate()
	}
	return nil
}

// purgeKey strikes what is stored under key, and what will be that was asked for
// before.
func (z *Zone) purgeKey(key []byte, m strike) {
	h := z.hash(key)
	sh := z.shard(h)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.late.add(h, m, z.log.serial.Add(1))
	s := sh.find(h) // nil while the zone is closed
	if s == nil {
		return
	}
	b := s.bundle.Load()
	if b == nil || string(b.key) != string(key) {
		return
	}
	for _, e := range b.entries {
		e.strike(m)
	}
	if m.hard {
		z.swapLocked(s, b, nil)
		sh.cache.offerLocked(s, m.at)
	}
}

// A strike is what a purge does to an entry.
type strike struct {
	hard bool
	at   int64
}

// strike marks e. The first soft purge counts: it is stale since then.
func (e *Entry) strike(m strike) {
	if m.hard {
		e.stored.purged.Store(hardPurged)
	} else {
		e.stored.purged.CompareAndSwap(0, max(m.at, 1))
	}
}

// marks are the last purges of some kind, by their serials.
type marks struct {
	hard, soft uint64
	at         int64 // of the soft one
}

func (k *marks) add(m strike, n uint64) {
	if m.hard {
		k.hard = n
	} else {
		k.soft, k.at = n, m.at
	}
}

// apply strikes e if it was asked for before.
func (k *marks) apply(e *Entry) {
	switch serial := e.stored.serial; {
	case serial < k.hard:
		e.strike(strike{hard: true})
	case serial < k.soft:
		e.strike(strike{at: k.at})
	}
}
