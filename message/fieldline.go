package message

// scanLine reads the field line (RFC 9112, section 5) that begins at b[i] into
// f, and returns where the next one begins and whether the name holds an
// underscore. b must end in CRLF. With lenient set, whitespace between name and
// colon is skipped, as a proxy does for responses (section 5.1).
func scanLine(b []byte, i int, lenient bool, f *Field) (next int, underscore bool, bad RejectReason) {
	start := i
	var seen uint8
	for i < len(b) {
		c := class[b[i]]
		if c&tokenByte == 0 {
			break
		}
		seen |= c
		i++
	}
	nameEnd := i
	if lenient && i > start {
		i = skipSpace(b, i)
	}
	if i >= len(b) || b[i] != ':' || nameEnd == start {
		return 0, false, badName(b, start, i)
	}
	value := skipSpace(b, i+1)
	for i = firstControl(b, value); i < len(b) && b[i] == '\t'; i = firstControl(b, i+1) {
	}
	if i+1 >= len(b) {
		return 0, false, BadValue
	}
	if b[i] != '\r' || b[i+1] != '\n' {
		return 0, false, badControl(b[i])
	}
	next = i + 2
	for i > value && isSpace(b[i-1]) {
		i--
	}
	f.Name, f.Value = b[start:nameEnd:nameEnd], b[value:i:i]
	f.Known = KnownName(f.Name)
	f.Drop = hopByHop.has(f.Known)
	return next, seen&underscoreByte != 0, NotRejected
}

// skipSpace returns the index of the first byte at or after i that is no
// whitespace.
func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

// grow returns fields with one more element, whose content is arbitrary.
func grow(fields []Field) []Field {
	if len(fields) < cap(fields) {
		return fields[:len(fields)+1]
	}
	return append(fields, Field{})
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
	case isSpace(c), stop > start && isSpace(b[stop-1]):
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
