package cache

import (
	"github.com/weirproxy/weir/message"
)

// takeItem takes the first element off a comma-separated list of tokens. Empty
// elements come out empty; rest is nil after the last.
func takeItem(list []byte) (item, rest []byte) {
	for i, c := range list {
		if c == ',' {
			return trimOWS(list[:i]), list[i+1:]
		}
	}
	return trimOWS(list), nil
}

// trimOWS returns b without spaces and tabs at both ends.
func trimOWS(b []byte) []byte {
	for len(b) > 0 && isOWS(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isOWS(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isOWS(c byte) bool { return c == ' ' || c == '\t' }

// lowerByte returns c in lower case if it is an ASCII letter.
func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// appendLower appends b in lower case.
func appendLower(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, lowerByte(c))
	}
	return dst
}

// sameFold compares without regard to ASCII case.
func sameFold[A, B []byte | string](a A, b B) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerByte(a[i]) != lowerByte(b[i]) {
			return false
		}
	}
	return true
}

// A wanted is the name of a field to look for in requests.
type wanted struct {
	name  []byte
	known message.Known
}

// want makes one of a name, which it keeps. A name that is well-known is not
// compared any more: the gate has done that.
func want(name []byte) wanted {
	k := message.KnownName(name)
	if k == message.XForwardedOther {
		k = message.Other // stands for many names
	}
	return wanted{name, k}
}

// is reports whether f is a line of the field. Lines that are not passed on to
// backends are not.
func (w *wanted) is(f *message.Field) bool {
	if f.Drop {
		return false
	}
	if w.known != message.Other {
		return f.Known == w.known
	}
	return (f.Known == message.Other || f.Known == message.XForwardedOther) && sameFold(f.Name, w.name)
}
