package cache

import (
	"bytes"
	"net/http"

	"github.com/weirproxy/weir/message"
)

// Validators appends the conditions under which a backend need not send again
// what e holds (RFC 9111, section 4.3.1): If-None-Match and If-Modified-Since, as
// far as e has validators. Without any the response cannot be validated, and one
// that is not successful never can: conditions do not apply to it (RFC 9110,
// section 13.2.1). The values point into e.
func Validators(dst []message.Field, e *Entry) []message.Field {
	if e.Status < 200 || e.Status > 299 {
		return dst
	}
	if e.ETag != nil {
		dst = append(dst, message.Field{Name: nameIfNoneMatch, Value: e.ETag, Known: message.IfNoneMatch})
	}
	if e.LastModified != nil {
		dst = append(dst, message.Field{Name: nameIfModifiedSince, Value: e.LastModified, Known: message.IfModifiedSince})
	}
	return dst
}

var nameIfNoneMatch, nameIfModifiedSince = []byte("If-None-Match"), []byte("If-Modified-Since")

// NotModified reports whether a GET or HEAD that e answers gets a 304 because of
// its If-None-Match or, only without that, its If-Modified-Since (RFC 9111,
// section 4.3.2; RFC 9110, sections 13.1.2 and 13.1.3). It does not allocate.
func NotModified(req *message.Request, e *Entry) bool {
	if e.Status != http.StatusOK || req.Method != http.MethodGet && req.Method != http.MethodHead {
		return false
	}
	conditional, matched := false, false
	for i := range req.Fields {
		if f := &req.Fields[i]; f.Known == message.IfNoneMatch && !f.Drop {
			conditional = true
			matched = matched || anyMatches(f.Value, e.ETag)
		}
	}
	if conditional {
		return matched
	}
	return unmodified(req, e)
}

// unmodified evaluates If-Modified-Since. What is not one date is as if absent. A
// response without Last-Modified is as old as its Date (RFC 9111, section 4.3.2).
func unmodified(req *message.Request, e *Entry) bool {
	v := single(req, message.IfModifiedSince)
	if v == nil {
		return false
	}
	since, ok := ParseDate(v)
	if e.LastModified != nil {
		return ok && e.Modified <= since
	}
	return ok && e.Dated != 0 && e.Dated <= since
}

// single returns the value of the only field of the request that is k; nil: there
// is none, or there are several.
func single(req *message.Request, k message.Known) (v []byte) {
	for i := range req.Fields {
		f := &req.Fields[i]
		if f.Known != k || f.Drop {
			continue
		}
		if v != nil {
			return nil
		}
		v = f.Value
	}
	return v
}

// anyMatches reports whether list, one line of If-None-Match, is "*" or has a
// member that matches tag by weak comparison (RFC 9110, section 8.8.3.2).
func anyMatches(list, tag []byte) bool {
	if len(list) == 1 && list[0] == '*' {
		return true
	}
	if tag == nil {
		return false
	}
	for len(list) > 0 {
		var member []byte
		if member, list = takeTag(list); bytes.Equal(opaque(member), opaque(tag)) {
			return true
		}
	}
	return false
}

// takeTag takes the first entity-tag off a list. Quotes may hold commas.
func takeTag(list []byte) (tag, rest []byte) {
	for i, quoted := 0, false; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return trimOWS(list[:i]), list[i+1:]
		}
	}
	return trimOWS(list), nil
}

// opaque is an entity-tag without its mark of weakness.
func opaque(tag []byte) []byte {
	if isWeak(tag) {
		return tag[2:]
	}
	return tag
}

func isWeak(tag []byte) bool { return len(tag) >= 2 && tag[0] == 'W' && tag[1] == '/' }

// isQuoted reports whether b is a strong entity-tag: a quoted run of the bytes they are
// made of (RFC 9110, section 8.8.3).
func isQuoted(b []byte) bool {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return false
	}
	for _, c := range b[1 : len(b)-1] {
		if c <= ' ' || c == '"' || c == 0x7f {
			return false
		}
	}
	return true
}

// usableTag reports whether the value of an ETag field may serve as a validator:
// an entity-tag, or the token that servers send which leave out the quotes. That
// is weak. A bare "*" would be a condition that any representation meets.
func usableTag(tag []byte) bool {
	return isQuoted(opaque(tag)) || message.IsToken(tag) && !bytes.Contains(tag, []byte("*"))
}
