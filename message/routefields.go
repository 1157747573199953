package message

import "bytes"

// unsettable fields keep the message whole and are not a route's to change.
var unsettable = framing | hopByHop | setOf(Host, Expect)

// removes reports whether the route removes or replaces fields of that name, or
// of one a backend may take for it.
func (o *Outbound) removes(name []byte) bool {
	for _, n := range o.Remove {
		if sameAlias(n, name) {
			return true
		}
	}
	for i := range o.Set {
		if sameAlias(o.Set[i].Name, name) {
			return true
		}
	}
	return false
}

// unkeyed reports whether a field of that name must not choose the answer.
func (o *Outbound) unkeyed(name []byte) bool {
	for _, n := range o.Unkeyed {
		if sameAlias(n, name) {
			return true
		}
	}
	return o.Dashed && bytes.IndexByte(name, '_') >= 0
}

// sameAlias compares names without regard to case or to underscores for dashes.
func sameAlias(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := lower(a[i]), lower(b[i])
		if x != y && !(x == '_' && y == '-') && !(x == '-' && y == '_') {
			return false
		}
	}
	return true
}

// silenced returns the fields of weir's own that the route removes or sets itself.
func (o *Outbound) silenced() (s knownSet) {
	for _, n := range o.Remove {
		if len(n) > 0 {
			s |= setOf(KnownName(n))
		}
	}
	for i := range o.Set {
		if n := o.Set[i].Name; len(n) > 0 {
			s |= setOf(KnownName(n))
		}
	}
	return s &^ setOf(Other)
}

// appendSet appends a route's fields. Control bytes, which can get into a value
// from the decoded path, are percent-encoded, so that no value ends its line.
func appendSet(dst []byte, fields []Field) []byte {
	for i := range fields {
		f := &fields[i]
		if !IsToken(f.Name) || unsettable.has(knownAlias(f.Name)) {
			continue
		}
		value := trimSpace(f.Value)
		if ValidValue(value) {
			dst = appendField(dst, &Field{Name: f.Name, Value: value})
			continue
		}
		dst = append(append(dst, f.Name...), ": "...)
		for _, c := range value {
			if c < ' ' && c != '\t' || c == 0x7f {
				dst = appendPercent(dst, c)
			} else {
				dst = append(dst, c)
			}
		}
		dst = append(dst, '\r', '\n')
	}
	return dst
}
