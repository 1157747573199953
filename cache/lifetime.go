package cache

import (
	"math"
	"time"

	"github.com/weirproxy/weir/message"
)

// defaultHeuristicMax bounds heuristic lifetimes when the policy does not.
const defaultHeuristicMax = 24 * time.Hour

// stamps are the times a response speaks of, in Unix seconds.
type stamps struct {
	// oldest and newest are the earliest and latest of its Date lines, the time
	// of arrival when there is none that can be read.
	oldest, newest int64
	arrived        int64
	// expires is the earliest Expires; one that cannot be read has long passed.
	expires    int64
	hasExpires bool
	// modified is Last-Modified; 0: there is none.
	modified  int64
	age       int64 // Age, in seconds
	validator bool  // an ETag or a Last-Modified
}

// readStamps reads the times over all lines.
func readStamps(fields []message.Field, wall time.Time) stamps {
	s := stamps{arrived: wall.Unix(), expires: math.MaxInt64, age: -1}
	dated := false
	for i := range fields {
		f := &fields[i]
		switch f.Known {
		case message.Date:
			if unix, ok := parseDate(f.Value, wall); ok {
				s.addDate(unix, !dated)
				dated = true
			}
		case message.Expires:
			s.addExpires(f.Value, wall)
		case message.LastModified:
			if unix, ok := parseDate(f.Value, wall); ok {
				s.modified = max(s.modified, unix)
				s.validator = true
			}
		case message.ETag:
			s.validator = s.validator || len(f.Value) > 0
		case message.Age:
			s.addAge(f.Value)
		}
	}
	if !dated {
		s.addDate(s.arrived, true)
	}
	s.age = max(0, s.age)
	return s
}

func (s *stamps) addDate(unix int64, first bool) {
	if first {
		s.oldest, s.newest = unix, unix
	}
	s.oldest, s.newest = min(s.oldest, unix), max(s.newest, unix)
}

func (s *stamps) addExpires(v []byte, wall time.Time) {
	unix, ok := parseDate(v, wall)
	if !ok {
		unix = math.MinInt64
	}
	s.expires, s.hasExpires = min(s.expires, unix), true
}

// addAge takes the first member of all lines that is valid; the others do not
// count (RFC 9111, section 5.1).
func (s *stamps) addAge(v []byte) {
	for len(v) > 0 && s.age < 0 {
		var member []byte
		member, v = takeItem(v)
		s.age = deltaSeconds(member)
	}
}

// initialAge is corrected_initial_age (RFC 9111, section 4.2.3).
func (s *stamps) initialAge(t Times) time.Duration {
	apparent := span(s.oldest, s.arrived)
	delay := time.Duration(max(0, t.Received-t.Sent))
	return max(apparent, seconds(s.age)+delay)
}

// A basis is what a freshness lifetime rests on.
type basis uint8

const (
	baseless  basis = iota // nothing says for how long
	explicit               // the response says so
	assumed                // the policy does
	heuristic              // a share of the time since the last change
)

// lifetime is the freshness lifetime (RFC 9111, sections 4.2.1 and 4.2.2).
func (p *Policy) lifetime(k *Control, s *stamps, status int) (time.Duration, basis) {
	switch {
	case k.Malformed:
		return 0, explicit
	case k.SMaxAge >= 0:
		return seconds(k.SMaxAge), explicit
	case k.MaxAge >= 0:
		return seconds(k.MaxAge), explicit
	case s.hasExpires && k.Targeted == "":
		return span(s.newest, s.expires), explicit
	case k.NoCache:
		return 0, baseless
	}
	for _, n := range p.Negative {
		if n.Status == status {
			return max(0, n.Lifetime), assumed
		}
	}
	return p.heuristic(k, s, status)
}

func (p *Policy) heuristic(k *Control, s *stamps, status int) (time.Duration, basis) {
	if p.Heuristic <= 0 || s.modified == 0 || !k.Public && !heuristicStatus(status) {
		return 0, baseless
	}
	limit := p.HeuristicMax
	if limit <= 0 {
		limit = defaultHeuristicMax
	}
	// A Date in the future makes it no longer unchanged than it can be.
	unchanged := span(s.modified, min(s.oldest, s.arrived))
	share := min(p.Heuristic, 1) * float64(unchanged)
	return min(time.Duration(share), limit), heuristic
}

// span is the time from one moment to another, 0 when that is not later.
func span(from, to int64) time.Duration {
	if to <= from {
		return 0
	}
	if d := to - from; d > 0 && d < maxSeconds {
		return seconds(d)
	}
	return seconds(maxSeconds)
}
