package cache

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// maxSorted is how many query parameters are sorted. More stay in their order.
const maxSorted = 64

// editsQuery reports whether the key has an edited query.
func (s *KeySpec) editsQuery() bool { return s.Sort || len(s.Allow)+len(s.Ignore) > 0 }

// appendEdited appends the target with its query edited, as a part, and by which
// options that was.
func (s *KeySpec) appendEdited(dst, target []byte) []byte {
	path, query, _ := bytes.Cut(target, questionMark)
	start := len(dst)
	dst = append(dst, path...)
	dst = s.appendQuery(dst, query)

	// The length goes before it.
	var head [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(head[:], uint64(len(dst)-start))
	end := len(dst)
	dst = append(dst, head[:n]...)
	copy(dst[start+n:], dst[start:end])
	copy(dst[start:], head[:n])
	return binary.BigEndian.AppendUint64(append(dst, keyQuery), s.queryOptions())
}

var questionMark = []byte{'?'}

// appendQuery appends the parameters that matter, each after "?" or "&".
func (s *KeySpec) appendQuery(dst, query []byte) []byte {
	next := byte('?')
	if s.Sort {
		var buf [maxSorted][]byte
		if list, ok := s.sorted(buf[:0], query); ok {
			for _, param := range list {
				dst = append(append(dst, next), param...)
				next = '&'
			}
			return dst
		}
	}
	for len(query) > 0 {
		var param []byte
		if param, query, _ = bytes.Cut(query, ampersand); s.matters(param) {
			dst = append(append(dst, next), param...)
			next = '&'
		}
	}
	return dst
}

// sorted returns the parameters that matter, sorted by name. Those whose names
// some backend may take for the same stay in their order. ok is false when there
// are too many, or what their order means is not clear.
func (s *KeySpec) sorted(list [][]byte, query []byte) (_ [][]byte, ok bool) {
	if bytes.IndexByte(query, ';') >= 0 {
		return nil, false
	}
	for len(query) > 0 {
		var param []byte
		if param, query, _ = bytes.Cut(query, ampersand); !s.matters(param) {
			continue
		}
		var buf [maxParamName]byte
		if _, ok := foldParam(buf[:0], paramName(param)); !ok || len(list) == maxSorted {
			return nil, false
		}
		list = append(list, param)
	}
	slices.SortStableFunc(list, compareParams)
	return list, true
}

func compareParams(a, b []byte) int {
	var bufA, bufB [maxParamName]byte
	foldedA, _ := foldParam(bufA[:0], paramName(a))
	foldedB, _ := foldParam(bufB[:0], paramName(b))
	return bytes.Compare(foldedA, foldedB)
}

var ampersand = []byte{'&'}

func paramName(param []byte) []byte {
	if i := bytes.IndexByte(param, '='); i >= 0 {
		return param[:i]
	}
	return param
}

// matters reports whether a parameter is in the key. What a backend may read
// otherwise than it looks always is: otherwise a response to a parameter in
// disguise would answer requests without it.
func (s *KeySpec) matters(param []byte) bool {
	switch {
	case len(param) == 0:
		return false
	case bytes.IndexByte(param, ';') >= 0:
		return true // to some it divides parameters
	}
	name := paramName(param)
	if matchesAny(s.Ignore, name) {
		return false
	}
	return len(s.Allow) == 0 || s.mayBeAllowed(name)
}

// matchesAny reports whether name is in names, each of which may end in "*".
func matchesAny(names []string, name []byte) bool {
	for _, n := range names {
		if prefix, open := strings.CutSuffix(n, "*"); open {
			if len(name) >= len(prefix) && string(name[:len(prefix)]) == prefix {
				return true
			}
		} else if string(name) == n {
			return true
		}
	}
	return false
}

// mayBeAllowed reports whether a backend may take name for one of s.Allow: there
// are those that decode it, that disregard case, leading spaces or what follows
// a bracket, and that read underscores in place of dots and spaces.
func (s *KeySpec) mayBeAllowed(name []byte) bool {
	var buf [maxParamName]byte
	folded, ok := foldParam(buf[:0], name)
	if !ok {
		return true
	}
	for _, n := range s.Allow {
		prefix, open := strings.CutSuffix(n, "*")
		var buf [maxParamName]byte
		want, ok := foldParam(buf[:0], rawBytes(prefix))
		if !ok || bytes.Equal(folded, want) || open && bytes.HasPrefix(folded, want) {
			return true
		}
	}
	return false
}

// maxParamName is up to what length names are looked at. Longer ones matter.
const maxParamName = 128

func foldParam(dst, name []byte) (_ []byte, ok bool) {
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '%' {
			hi, lo := hexValue(name, i+1), hexValue(name, i+2)
			if hi|lo > 15 {
				return nil, false
			}
			c = hi<<4 | lo
			i += 2
		}
		switch {
		case c < ' ':
			return nil, false
		case (c == ' ' || c == '+') && len(dst) == 0:
			continue
		case c == ' ', c == '+', c == '.':
			c = '_'
		case c == '[':
			return dst, true
		}
		if len(dst) == maxParamName {
			return nil, false
		}
		dst = append(dst, lowerByte(c))
	}
	return dst, true
}

// hexValue returns the value of the hexadecimal digit at b[i], or 0xff.
func hexValue(b []byte, i int) byte {
	if i >= len(b) {
		return 0xff
	}
	switch c := b[i] | 0x20; {
	case '0' <= b[i] && b[i] <= '9':
		return b[i] - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}

// queryOptions is a hash (FNV-1a) of the options, so that what they left out of a
// key before a reload is not taken for what they would leave out after it.
func (s *KeySpec) queryOptions() uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	add := func(c byte) { h = (h ^ uint64(c)) * prime }
	for _, names := range [...][]string{s.Allow, s.Ignore} {
		for _, n := range names {
			for i := range len(n) {
				add(n[i])
			}
			add(0)
		}
		add(1)
	}
	if s.Sort {
		add(2)
	}
	return h
}
