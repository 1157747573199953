package cache

import (
	"bytes"
	"encoding/binary"

	"github.com/weirproxy/weir/message"
)

// maxPreferences is how many elements of Accept-Encoding or Accept-Language are
// understood. A longer list is taken verbatim.
const maxPreferences = 16

// A preference is one element of such a list.
type preference struct {
	value  []byte
	weight uint16 // in thousandths
}

type preferences struct {
	list [maxPreferences]preference
	n    int
}

// appendPreferences appends the meaning of Accept-Encoding or Accept-Language: in
// lower case, without spaces, weights spelled one way (RFC 9110, section 12.4.2).
// Elements of Accept-Encoding are sorted. Those of Accept-Language stay in their
// order where weights are equal, since many servers prefer what comes first
// (section 12.5.4). ok is false for other fields and for what is malformed.
func appendPreferences(dst []byte, w *wanted, fields []message.Field) (_ []byte, ok bool) {
	if w.known != message.AcceptEncoding && w.known != message.AcceptLanguage {
		return dst, false
	}
	var p preferences
	for i := range fields {
		if w.is(&fields[i]) && !p.read(fields[i].Value, w.known) {
			return dst, false
		}
	}
	dst = append(dst, byte(p.n))
	for _, e := range p.list[:p.n] {
		dst = binary.AppendUvarint(dst, uint64(len(e.value)))
		dst = appendLower(dst, e.value)
		dst = binary.BigEndian.AppendUint16(dst, e.weight)
	}
	return dst, true
}

// read adds the elements of one line.
func (p *preferences) read(line []byte, k message.Known) (ok bool) {
	for line != nil {
		var item []byte
		if item, line = takeItem(line); len(item) == 0 {
			continue
		}
		e, ok := parsePreference(item)
		if !ok || p.n == maxPreferences {
			return false
		}
		if k == message.AcceptEncoding {
			e.value = codingName(e.value)
		}
		p.insert(e, k)
	}
	return true
}

// insert keeps the list sorted.
func (p *preferences) insert(e preference, k message.Known) {
	i := p.n
	for i > 0 && e.before(&p.list[i-1], k) {
		p.list[i] = p.list[i-1]
		i--
	}
	p.list[i] = e
	p.n++
}

func (e *preference) before(o *preference, k message.Known) bool {
	if k == message.AcceptLanguage {
		return e.weight > o.weight
	}
	order := compareFold(e.value, o.value)
	return order < 0 || order == 0 && e.weight < o.weight
}

// parsePreference reads a token and perhaps its weight.
func parsePreference(item []byte) (e preference, ok bool) {
	value, rest, weighted := bytes.Cut(item, semicolon)
	e = preference{trimOWS(value), 1000}
	if !message.IsToken(e.value) {
		return e, false
	}
	if !weighted {
		return e, true
	}
	rest = trimOWS(rest)
	if len(rest) < 3 || lowerByte(rest[0]) != 'q' || rest[1] != '=' {
		return e, false
	}
	e.weight, ok = parseWeight(rest[2:])
	return e, ok
}

var semicolon = []byte{';'}

// parseWeight reads a qvalue: 0 to 1 with up to three decimals.
func parseWeight(v []byte) (weight uint16, ok bool) {
	if len(v) > 5 || v[0] != '0' && v[0] != '1' || len(v) > 1 && v[1] != '.' {
		return 0, false
	}
	weight = uint16(v[0]-'0') * 1000
	unit := uint16(100)
	for _, c := range v[min(2, len(v)):] {
		if c < '0' || c > '9' {
			return 0, false
		}
		weight += uint16(c-'0') * unit
		unit /= 10
	}
	return weight, weight <= 1000
}

// codingName returns the one name of a coding that has two (RFC 9110, sections
// 8.4.1.1 and 8.4.1.3).
func codingName(name []byte) []byte {
	if sameFold(name, "x-gzip") || sameFold(name, "x-compress") {
		return name[2:]
	}
	return name
}
