package cache

// Structured fields (RFC 9651), as far as caches meet them: dictionaries in
// targeted fields and lists of strings in Cache-Groups. Parsing is strict: one
// fault anywhere and the whole field is as if it were absent (section 4.2).

// An sfKind is the type of a bare item (RFC 9651, section 3.3).
type sfKind uint8

const (
	sfInteger sfKind = iota
	sfDecimal
	sfString
	sfToken
	sfBytes
	sfBoolean
	sfDate
	sfDisplay
	sfInner // an inner list, whose items are checked and passed over
)

// An sfItem is a bare item. Text points into what was parsed: of a string it is
// what stands between the quotes, backslashes included.
type sfItem struct {
	kind sfKind
	num  int64 // of an integer or a date; 1 for a true boolean
	text []byte
}

// An sfReader reads a structured field from the front.
type sfReader struct{ b []byte }

// parseStringList reads a list of strings (RFC 9651, section 3.1), its lines
// joined by commas. Parameters are passed over; a member that is not a string
// makes the field invalid, as any fault does. An empty field is an empty list.
func parseStringList(v []byte) (list []string, ok bool) {
	r := sfReader{v}
	r.skip(" ")
	for len(r.b) > 0 {
		item, ok := r.item()
		if !ok || item.kind != sfString {
			return nil, false
		}
		list = append(list, unescape(item.text))
		if !r.nextMember() {
			return nil, false
		}
	}
	return list, true
}

// eachMember calls f for every member of a dictionary (RFC 9651, section 3.2)
// until f says false, and reports whether the field is valid as far as it was
// read. A key that comes again is reported again: the last counts.
func eachMember(v []byte, f func(key []byte, item sfItem) bool) (ok bool) {
	r := sfReader{v}
	r.skip(" ")
	for len(r.b) > 0 {
		key, ok := r.key()
		if !ok {
			return false
		}
		item, ok := r.value()
		if !ok {
			return false
		}
		if !f(key, item) {
			return true
		}
		if !r.nextMember() {
			return false
		}
	}
	return true
}

// value reads what follows the key of a dictionary's member.
func (r *sfReader) value() (item sfItem, ok bool) {
	if !r.eat('=') {
		return sfItem{kind: sfBoolean, num: 1}, r.parameters()
	}
	if r.peek() == '(' {
		return sfItem{kind: sfInner}, r.innerList()
	}
	return r.item()
}

// nextMember passes over the comma before the next member, or the spaces at the
// end. A comma that nothing follows is a fault.
func (r *sfReader) nextMember() bool {
	r.skip(" \t")
	if len(r.b) == 0 {
		return true
	}
	if !r.eat(',') {
		return false
	}
	r.skip(" \t")
	return len(r.b) > 0
}

func (r *sfReader) innerList() bool {
	r.eat('(')
	for {
		r.skip(" ")
		if r.eat(')') {
			return r.parameters()
		}
		if _, ok := r.item(); !ok {
			return false
		}
		if c := r.peek(); c != ' ' && c != ')' {
			return false
		}
	}
}

// item reads a bare item and passes over its parameters.
func (r *sfReader) item() (item sfItem, ok bool) {
	if item, ok = r.bare(); !ok {
		return item, false
	}
	return item, r.parameters()
}

func (r *sfReader) parameters() bool {
	for r.eat(';') {
		r.skip(" ")
		if _, ok := r.key(); !ok {
			return false
		}
		if !r.eat('=') {
			continue
		}
		if _, ok := r.bare(); !ok {
			return false
		}
	}
	return true
}

func (r *sfReader) key() (key []byte, ok bool) {
	if c := r.peek(); !isLower(c) && c != '*' {
		return nil, false
	}
	n := 1
	for n < len(r.b) && isKeyByte(r.b[n]) {
		n++
	}
	return r.take(n), true
}

func (r *sfReader) skip(set string) {
	for len(r.b) > 0 && (r.b[0] == set[0] || r.b[0] == set[len(set)-1]) {
		r.b = r.b[1:]
	}
}

func (r *sfReader) eat(c byte) bool {
	if r.peek() != c || len(r.b) == 0 {
		return false
	}
	r.b = r.b[1:]
	return true
}

// peek returns the next byte, 0 at the end.
func (r *sfReader) peek() byte {
	if len(r.b) == 0 {
		return 0
	}
	return r.b[0]
}

func (r *sfReader) take(n int) (p []byte) {
	p, r.b = r.b[:n], r.b[n:]
	return p
}
