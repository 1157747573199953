package message

import (
	"bytes"
	"encoding/binary"
)

// parseTarget takes the request target apart (RFC 9112, section 3.2).
func (r *Request) parseTarget(t []byte, g *gate) *Reject {
	if t[0] == '/' {
		return r.originForm(t)
	}
	if badTargetByte(t) {
		return reject(BadTarget)
	}
	if len(t) == 1 && t[0] == '*' {
		return r.asteriskForm(t)
	}
	return r.absoluteForm(t, g)
}

// originForm sets Target, Path and Query from a target that begins with a slash.
func (r *Request) originForm(t []byte) *Reject {
	if len(t) > 1 && t[1] == '/' {
		return reject(AuthorityTarget)
	}
	path := t
	if q := bytes.IndexByte(t, '?'); q >= 0 {
		path, r.Query = t[:q:q], t[q+1:]
		if badTargetByte(r.Query) {
			return reject(BadTarget)
		}
	}
	r.Target = t
	return r.setPath(path)
}

// asteriskForm is for OPTIONS alone (section 3.2.4).
func (r *Request) asteriskForm(t []byte) *Reject {
	if r.Method != "OPTIONS" {
		return reject(BadTarget)
	}
	r.Target, r.Path = t, t
	return nil
}

// absoluteForm keeps the authority of an absolute-form target aside and turns
// the rest into origin-form (section 3.2.2).
func (r *Request) absoluteForm(t []byte, g *gate) *Reject {
	colon := bytes.Index(t, []byte("://"))
	if colon < 0 {
		return reject(BadTarget)
	}
	switch {
	case equalFold(t[:colon], r.Scheme):
	case equalFold(t[:colon], "http"), equalFold(t[:colon], "https"):
		return reject(WrongScheme) // RFC 9110, section 7.4
	default:
		return reject(BadScheme)
	}
	rest := t[colon+3:]
	end := bytes.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	g.authority = rest[:end:end]
	switch rest = rest[end:]; {
	case len(rest) == 0 && r.Method == "OPTIONS":
		return r.asteriskForm(r.keep("*", nil)) // section 3.2.4
	case len(rest) == 0 || rest[0] == '?':
		return r.originForm(r.keep("/", rest))
	}
	return r.originForm(rest)
}

// keep appends a and b to the scratch memory and returns them as one.
func (r *Request) keep(a string, b []byte) []byte {
	start := len(r.scratch)
	r.scratch = append(append(r.scratch, a...), b...)
	return r.scratch[start:len(r.scratch):len(r.scratch)]
}

// badTargetByte reports whether t holds a byte that may not stand raw in a
// target: control bytes, space, "#" and everything beyond ASCII.
func badTargetByte(t []byte) bool {
	for ; len(t) >= 8; t = t[8:] {
		// Fast path: any byte at or above 0x7F, below 0x21, or "#".
		w := binary.LittleEndian.Uint64(t)
		hash := w ^ '#'*everyByte
		if (w|(w+everyByte)|(w-0x21*everyByte)|(hash-everyByte)&^hash)&everyHigh != 0 {
			return !allOf(t, targetByte)
		}
	}
	return !allOf(t, targetByte)
}
