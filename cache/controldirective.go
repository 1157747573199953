package cache

import "bytes"

// maxSeconds is where delta-seconds saturate (RFC 9111, section 1.2.2).
const maxSeconds = 1 << 31

// A directive is one cache directive (RFC 9111, section 5.2), its slices pointing
// into the field it stands in.
type directive struct {
	name  []byte
	value []byte // the argument; of a quoted string what stands between the quotes
	// argument: there is one, if only an empty one; quoted: a quoted string.
	argument, quoted bool
	seconds          int64 // the argument as delta-seconds; -1: it is none
}

// nextDirective reads the first directive of a line of Cache-Control; ok is false
// when there is none left. clean is false when something stands around it that the
// grammar does not allow. What follows such a fault is read all the same, word by
// word, so that a no-store behind a semicolon counts.
func nextDirective(line []byte) (d directive, rest []byte, clean, ok bool) {
	rest, clean = skipSeparators(line)
	if len(rest) == 0 {
		return d, nil, clean, false
	}
	d.name, rest = cutToken(rest)
	if len(rest) > 0 && rest[0] == '=' {
		valid := true
		d.argument = true
		d.value, rest, d.quoted, valid = cutArgument(rest[1:])
		clean = clean && valid
	}
	d.seconds = deltaSeconds(d.value)
	rest = bytes.TrimLeft(rest, " \t")
	return d, rest, clean && (len(rest) == 0 || rest[0] == ','), true
}

// skipSeparators drops what stands before the next token and reports whether it
// was only commas and whitespace.
func skipSeparators(b []byte) (rest []byte, clean bool) {
	clean = true
	for len(b) > 0 && !isTokenByte(b[0]) {
		clean = clean && (b[0] == ',' || b[0] == ' ' || b[0] == '\t')
		b = b[1:]
	}
	return b, clean
}

func cutToken(b []byte) (token, rest []byte) {
	n := 0
	for n < len(b) && isTokenByte(b[n]) {
		n++
	}
	return b[:n], b[n:]
}

// cutArgument reads a token or a quoted string. A quote without its end counts as
// a fault of one byte: what it seemed to hold is read as directives.
func cutArgument(b []byte) (value, rest []byte, quoted, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		value, rest = cutToken(b)
		return value, rest, false, len(value) > 0
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '"':
			return b[1:i], b[i+1:], true, true
		case '\\':
			i++
		}
	}
	return nil, b[1:], false, false
}

// deltaSeconds reads delta-seconds (RFC 9111, section 1.2.2), at most 1<<31; -1
// when v is anything but digits.
func deltaSeconds(v []byte) int64 {
	if len(v) == 0 {
		return -1
	}
	var n int64
	for _, c := range v {
		if !isDigit(c) {
			return -1
		}
		n = min(n*10+int64(c-'0'), maxSeconds)
	}
	return n
}

// foldName returns name in lower case, kept in buf; empty when it does not fit.
func foldName(buf *[24]byte, name []byte) []byte {
	if len(name) > len(buf) {
		return nil
	}
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		buf[i] = c
	}
	return buf[:len(name)]
}
