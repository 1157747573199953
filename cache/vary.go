package cache

import (
	"bytes"
	"encoding/binary"

	"github.com/weirproxy/weir/message"
)

// maxVaryNames is how many fields a response may vary on. One that names more is
// taken for one that varies on everything.
const maxVaryNames = 32

// AppendVaryNames appends the names in the Vary lines of a response in lower
// case, sorted, each once, divided by commas (RFC 9110, section 12.5.5). star
// means that no other request can be known to choose the same response: Vary
// says "*", or what cannot be understood, or names a field that the backend gets
// from weir rather than from the client. It allocates only to grow dst.
func AppendVaryNames(dst []byte, fields []message.Field) (names []byte, star bool) {
	var set varyNames
	for i := range fields {
		if fields[i].Known != message.Vary {
			continue
		}
		for rest := fields[i].Value; rest != nil; {
			var name []byte
			if name, rest = takeItem(rest); len(name) > 0 && !set.add(name) {
				return dst, true
			}
		}
	}
	for i, name := range set.names[:set.n] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendLower(dst, name)
	}
	return dst, false
}

// varyNames is a sorted set of names.
type varyNames struct {
	names [maxVaryNames][]byte
	n     int
}

// add reports whether there may be such a member and there is room for it.
func (s *varyNames) add(name []byte) bool {
	if !message.IsToken(name) || name[0] == '*' || weirsOwn(name) {
		return false
	}
	i := s.n
	for ; i > 0; i-- {
		order := compareFold(name, s.names[i-1])
		if order == 0 {
			return true
		}
		if order > 0 {
			break
		}
	}
	if s.n == maxVaryNames {
		return false
	}
	copy(s.names[i+1:], s.names[i:s.n])
	s.names[i] = name
	s.n++
	return true
}

// weirsOwn reports whether weir sets the field towards backends to what neither
// the key nor the client's field of that name tells: who the client is, and ids.
func weirsOwn(name []byte) bool {
	switch message.KnownName(name) {
	case message.XForwardedFor, message.Forwarded, message.XRealIP, message.Via,
		message.XRequestID, message.Traceparent, message.Tracestate:
		return true
	}
	return false
}

func compareFold(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if x, y := lowerByte(a[i]), lowerByte(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

// AppendVariant appends what the fields in names, as AppendVaryNames makes them,
// are in req: equal for two requests only if Vary lets a response to the one
// answer the other (RFC 9111, section 4.1). Several lines are one list; of
// Accept-Encoding and Accept-Language only the meaning counts. A field that is
// not there differs from one that is empty. It allocates only to grow dst.
func AppendVariant(dst, names []byte, req *message.Request) []byte {
	for len(names) > 0 {
		var name []byte
		name, names = takeItem(names)
		w := want(name)
		dst = appendVaried(dst, &w, req.Fields)
	}
	return dst
}

// What a variant holds for one field.
const (
	absent    = iota // nothing follows
	preferred        // appendPreferences follows
	verbatim         // the value follows, as a part
)

func appendVaried(dst []byte, w *wanted, fields []message.Field) []byte {
	size, lines := -2, 0 // each line with ", " before it, less the first of these
	for i := range fields {
		if f := &fields[i]; w.is(f) {
			size += 2 + len(f.Value)
			lines++
		}
	}
	if lines == 0 {
		return append(dst, absent)
	}
	if out, ok := appendPreferences(append(dst, preferred), w, fields); ok {
		return out
	}
	dst = binary.AppendUvarint(append(dst, verbatim), uint64(size))
	for i := range fields {
		if f := &fields[i]; w.is(f) {
			dst = append(dst, f.Value...)
			if lines--; lines > 0 {
				dst = append(dst, ", "...)
			}
		}
	}
	return dst
}

// Matches reports whether e may answer req, as far as Vary goes. It works in
// scratch, which it returns, perhaps grown.
func (e *Entry) Matches(req *message.Request, scratch []byte) (bool, []byte) {
	switch {
	case len(e.Vary) == 0:
		return true, scratch
	case e.Vary[0] == '*':
		return false, scratch
	}
	scratch = AppendVariant(scratch[:0], e.Vary, req)
	return bytes.Equal(scratch, e.Variant), scratch
}
