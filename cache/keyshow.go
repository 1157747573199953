package cache

import "encoding/binary"

// maxShownKey is how much of a key is shown.
const maxShownKey = 256

// appendShownKey appends the inside of a string that shows a key to a person: the
// URL, then whatever else is in it. What is no key is shown as it is.
func appendShownKey(dst, key []byte) []byte {
	s := shown{dst, len(dst) + maxShownKey}
	k, ok := splitKey(key)
	if !ok {
		s.add(key)
		return s.dst
	}
	s.add(k.scheme)
	s.say("://")
	s.add(k.authority)
	s.add(k.target)
	for len(k.rest) > 0 && ok {
		kind := k.rest[0]
		k.rest, ok = s.part(kind, k.rest[1:])
	}
	return s.dst
}

// shown is what is shown of a key so far, and where that ends at the latest.
type shown struct {
	dst []byte
	end int
}

// part adds one part of those after the URL.
func (s *shown) part(kind byte, b []byte) (rest []byte, ok bool) {
	switch kind {
	case keyQuery:
		if len(b) < 8 {
			return nil, false
		}
		return b[8:], true
	case keyDevice:
		if len(b) == 0 {
			return nil, false
		}
		s.say(" device=")
		s.say(Device(b[0]).String())
		return b[1:], true
	case keyCookie:
		s.say(" cookie:")
	case keyClaim:
		s.say(" claim:")
	default:
		s.say(" ")
	}
	name, b, ok := takePart(b)
	if !ok {
		return nil, false
	}
	s.add(name)
	return s.values(kind, b)
}

// values adds a counted list of values.
func (s *shown) values(kind byte, b []byte) (rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 {
		return nil, false
	}
	b = b[size:]
	for i := uint64(0); i < n; i++ {
		var value []byte
		if value, b, ok = takePart(b); !ok {
			return nil, false
		}
		switch {
		case i > 0:
			s.say(",")
		case kind != keyCookie: // whose values have it already
			s.say("=")
		}
		s.add(value)
	}
	return b, true
}

func (s *shown) say(text string) { s.add(rawBytes(text)) }

// add adds bytes as they may stand in a string of structured fields; what may not
// is percent-encoded.
func (s *shown) add(b []byte) {
	const digits = "0123456789ABCDEF"
	for _, c := range b {
		switch {
		case len(s.dst)+len("%XX") > s.end:
			s.end = 0
			return
		case c == '"' || c == '\\':
			s.dst = append(s.dst, '\\', c)
		case c < ' ' || c > '~':
			s.dst = append(s.dst, '%', digits[c>>4], digits[c&15])
		default:
			s.dst = append(s.dst, c)
		}
	}
}
