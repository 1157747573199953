package cache

// latePurges remember, for a shard, the purges by key that responses on their
// way have not seen. Other keys that are purged meanwhile do not matter to a
// response, up to some twenty thousand: what a cell has no room for any more is
// held against all keys of the cell.
type latePurges [16]lateCell

type lateCell struct {
	purges []latePurge
	lost   marks
}

// lateWays is how many purges a cell remembers.
const lateWays = 32

// A latePurge is the last purge of one key, hard or soft.
type latePurge struct {
	hash, serial uint64
	at           int64 // of a soft one; hardPurged
}

func (l *latePurges) cell(h uint64) *lateCell { return &l[h>>32%uint64(len(l))] }

// add remembers the purge n of h.
func (l *latePurges) add(h uint64, m strike, n uint64) {
	p := latePurge{hash: h, serial: n, at: max(m.at, 1)}
	if m.hard {
		p.at = hardPurged
	}
	c := l.cell(h)
	oldest := 0
	for i := range c.purges {
		old := &c.purges[i]
		if old.hash == h && old.hard() == m.hard {
			*old = p
			return
		}
		if old.serial < c.purges[oldest].serial {
			oldest = i
		}
	}
	if len(c.purges) < lateWays {
		c.purges = append(c.purges, p)
		return
	}
	old := &c.purges[oldest]
	c.lost.add(old.strike(), old.serial)
	*old = p
}

// apply strikes e, which is to be stored under h, if it was asked for before a
// purge of that.
func (l *latePurges) apply(h uint64, e *Entry) {
	c := l.cell(h)
	c.lost.apply(e)
	for i := range c.purges {
		if p := &c.purges[i]; p.hash == h && e.stored.serial < p.serial {
			e.strike(p.strike())
		}
	}
}

func (p *latePurge) hard() bool { return p.at == hardPurged }

func (p *latePurge) strike() strike { return strike{hard: p.hard(), at: p.at} }
