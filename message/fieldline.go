package message

// A line is where the parts of one field line are in the bytes it was read from.
type line struct {
	nameEnd    int
	valueStart int
	valueEnd   int
	next       int  // where the next line begins
	underscore bool // the name holds one
}

// scanLine reads the field line (RFC 9112, section 5) that begins at b[i]. b
// must end in CRLF. With lenient set, whitespace between name and colon is
// skipped, as a proxy does for responses (section 5.1).
func scanLine(b []byte, i int, lenient bool) (l line, bad RejectReason) {
	start := i
	var seen uint8
	for i < len(b) && class[b[i]]&tokenByte != 0 {
		seen |= class[b[i]]
		i++
	}
	l.nameEnd = i
	l.underscore = seen&underscoreByte != 0
	if lenient && i > start {
		for i < len(b) && isSpace(b[i]) {
			i++
		}
	}
	if i >= len(b) || b[i] != ':' || l.nameEnd == start {
		return l, badName(b, start, i)
	}
	i++
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	l.valueStart = i
	for {
		i = firstControl(b, i)
		if i+1 >= len(b) {
			return l, BadValue
		}
		if b[i] != '\t' {
			break
		}
		i++
	}
	if b[i] != '\r' || b[i+1] != '\n' {
		return l, badControl(b[i])
	}
	l.next = i + 2
	for i > l.valueStart && isSpace(b[i-1]) {
		i--
	}
	l.valueEnd = i
	return l, NotRejected
}

// badName says what is wrong with a line that begins at start and whose name
// is not followed by a colon at stop.
func badName(b []byte, start, stop int) RejectReason {
	if stop >= len(b) {
		return MissingColon
	}
	switch c := b[stop]; {
	case isSpace(c) && stop == start:
		return FoldedField
	case isSpace(c):
		return SpaceInName
	case c == ':':
		return EmptyName
	case c == '\r' && stop+1 < len(b) && b[stop+1] == '\n':
		return MissingColon
	case c == '\r' || c == '\n':
		return badControl(c)
	}
	return BadName
}

// badControl says what a control byte that may not stand where it does is.
func badControl(c byte) RejectReason {
	switch c {
	case '\r':
		return BareCR
	case '\n':
		return BareLF
	}
	return BadValue
}

// ValidValue reports whether v may be the value of a field: no control bytes
// but the tab, and no whitespace at either end (RFC 9110, section 5.5).
func ValidValue(v []byte) bool {
	if len(v) > 0 && (isSpace(v[0]) || isSpace(v[len(v)-1])) {
		return false
	}
	for i := 0; ; i++ {
		i = firstControl(v, i)
		if i == len(v) {
			return true
		}
		if v[i] != '\t' {
			return false
		}
	}
}

// IsToken reports whether b is a token (RFC 9110, section 5.6.2).
func IsToken(b []byte) bool { return len(b) > 0 && allOf(b, tokenByte) }
