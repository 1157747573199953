package cache

import (
	"bytes"
	"math"
	"net/http"
	"strconv"

	"github.com/weirproxy/weir/message"
)

// A RangeUse is what Range makes of a response.
type RangeUse uint8

// The uses.
const (
	Whole         RangeUse = iota // all of it (200)
	Part                          // one range of it (206)
	Unsatisfiable                 // the range is beyond its end (416)
)

// RangeOf tells which part of e, whose body has that length, answers a request
// (RFC 9110, sections 14.2 and 13.1.5): the bytes from first to last, both
// included, for Part. Several ranges, other units, what is malformed, a length
// that is not known and an If-Range that does not hold mean Whole, as do all
// requests but a GET that a 200 answers. Conditions come before it, see
// NotModified. It does not allocate.
func RangeOf(req *message.Request, e *Entry, length int64) (first, last int64, u RangeUse) {
	if e.Status != http.StatusOK || req.Method != http.MethodGet || length < 0 {
		return 0, 0, Whole
	}
	v := single(req, message.Range)
	if v == nil || !e.ifRange(req) {
		return 0, 0, Whole
	}
	return parseRange(v, length)
}

// ifRange reports whether If-Range holds or is absent: the very same strong
// entity-tag, or the very date of Last-Modified where that is a strong validator
// (RFC 9110, sections 8.8.2.2 and 13.1.5).
func (e *Entry) ifRange(req *message.Request) bool {
	if !has(req.Fields, message.IfRange) {
		return true
	}
	v := single(req, message.IfRange)
	if isQuoted(v) {
		return bytes.Equal(v, e.ETag)
	}
	at, ok := ParseDate(v)
	return ok && e.LastModified != nil && at == e.Modified && e.Modified < e.Dated
}

// parseRange reads the value of Range that asks for one range of bytes.
func parseRange(v []byte, length int64) (first, last int64, u RangeUse) {
	unit, spec, _ := bytes.Cut(v, equalsSign)
	if !sameFold(unit, "bytes") {
		return 0, 0, Whole
	}
	from, to, ok := bytes.Cut(trimOWS(spec), dash)
	if !ok || len(from) == 0 && len(to) == 0 {
		return 0, 0, Whole
	}
	first, okFirst := parsePosition(from, 0)
	last, okLast := parsePosition(to, math.MaxInt64)
	switch {
	case !okFirst || !okLast:
		return 0, 0, Whole
	case len(from) == 0:
		return suffix(last, length)
	case last < first:
		return 0, 0, Whole
	case first >= length:
		return 0, 0, Unsatisfiable
	}
	return first, min(last, length-1), Part
}

var equalsSign, dash = []byte{'='}, []byte{'-'}

// suffix is the range of the last n bytes. Of nothing there is no range, not even
// an unsatisfiable one.
func suffix(n, length int64) (first, last int64, u RangeUse) {
	switch {
	case n == 0:
		return 0, 0, Unsatisfiable
	case length == 0:
		return 0, 0, Whole
	}
	return max(0, length-n), length - 1, Part
}

// parsePosition reads digits. A number too large to count is as large as can be.
func parsePosition(b []byte, absent int64) (n int64, ok bool) {
	if len(b) == 0 {
		return absent, true
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		digit := int64(c - '0')
		if n > (math.MaxInt64-digit)/10 {
			n = math.MaxInt64
		} else {
			n = n*10 + digit
		}
	}
	return n, true
}

// AppendContentRange appends the value of Content-Range (RFC 9110, section 14.4)
// for the bytes from first to last, both included; first below zero: for a 416.
// length is message.Unknown when it is not known.
func AppendContentRange(dst []byte, first, last, length int64) []byte {
	dst = append(dst, "bytes "...)
	if first < 0 {
		dst = append(dst, '*')
	} else {
		dst = append(strconv.AppendInt(dst, first, 10), '-')
		dst = strconv.AppendInt(dst, last, 10)
	}
	dst = append(dst, '/')
	if length == message.Unknown {
		return append(dst, '*')
	}
	return strconv.AppendInt(dst, length, 10)
}
