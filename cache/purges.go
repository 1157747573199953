package cache

import "strings"

// purges are some of a zone's, by tag and by ban, that came one after another.
// Their number is bounded: when there are more, which takes a flood of them while
// one sweep lasts, tags share marks, and bans become wider. So what is named is
// always hit, and something else may be.
type purges struct {
	tags   map[uint64]marks
	shared *[sharedMarks]marks // of tags that tags has no room for; nil: none
	banned []ban
	last   uint64 // serial of the last one; 0: there is none
}

const (
	maxTagPurges = 32 << 10
	maxBans      = 512
	sharedMarks  = 8 << 10

	// From here on they are to be swept.
	manyTagPurges = 12 << 10
	manyBans      = 192
)

func (p *purges) many() bool { return len(p.tags) > manyTagPurges || len(p.banned) > manyBans }

func (p *purges) tagged() bool { return len(p.tags) > 0 }

func (p *purges) strikeTag(h uint64, m strike, n uint64) {
	p.last = n
	k, ok := p.tags[h]
	if !ok && len(p.tags) >= maxTagPurges {
		if p.shared == nil {
			p.shared = new([sharedMarks]marks)
		}
		p.shared[h%sharedMarks].add(m, n)
		return
	}
	if p.tags == nil {
		p.tags = make(map[uint64]marks)
	}
	k.add(m, n)
	p.tags[h] = k
}

func (p *purges) applyTag(h uint64, e *Entry) {
	if k, ok := p.tags[h]; ok {
		k.apply(e)
	}
	if p.shared != nil {
		p.shared[h%sharedMarks].apply(e)
	}
}

func (p *purges) strikeBan(b ban) {
	p.last = b.serial
	if len(p.banned) >= maxBans {
		b = b.with(p.takeBan(b.strike.hard))
	}
	p.banned = append(p.banned, b)
}

// takeBan takes out the newest ban, of its kind if there is one.
func (p *purges) takeBan(hard bool) ban {
	at := len(p.banned) - 1
	for i := at; i >= 0; i-- {
		if p.banned[i].strike.hard == hard {
			at = i
			break
		}
	}
	b := p.banned[at]
	p.banned = append(p.banned[:at], p.banned[at+1:]...)
	return b
}

// bansAfter are those later than n.
func (p *purges) bansAfter(n uint64) []ban {
	first := len(p.banned)
	for first > 0 && p.banned[first-1].serial > n {
		first--
	}
	return p.banned[first:]
}

// with returns a ban that hits what b or old hit, as late as b.
func (b ban) with(old ban) ban {
	w := ban{serial: b.serial, strike: strike{hard: b.strike.hard || old.strike.hard, at: old.strike.at}}
	if b.Authority == old.Authority {
		w.Authority = b.Authority
	}
	one, other := b.begins(), old.begins()
	n := 0
	for n < min(len(one), len(other)) && one[n] == other[n] {
		n++
	}
	w.Prefix = one[:n]
	return w
}

// begins is what all targets begin with that b matches.
func (b *Ban) begins() string {
	if literal, _, _ := strings.Cut(b.Pattern, "*"); len(literal) > len(b.Prefix) {
		return literal
	}
	return b.Prefix
}
