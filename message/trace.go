package message

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// NewID returns 128 random bits, not all zero. They are unpredictable enough to
// tell requests apart, not to keep secrets.
func NewID() (id [16]byte) {
	binary.BigEndian.PutUint64(id[:8], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()|1)
	return id
}

// maxRequestID is how long an X-Request-Id may be to be passed on.
const maxRequestID = 128

// ValidRequestID reports whether v is a request id that may be passed on and logged.
func ValidRequestID(v []byte) bool {
	return len(v) > 0 && len(v) <= maxRequestID && allOf(v, idByte)
}

// traceparentSize is the size of a traceparent of version 00:
// 00-{32 hex}-{16 hex}-{2 hex} (W3C Trace Context, section 3.2).
const traceparentSize = 55

// ValidTraceparent reports whether v is a traceparent of version 00, or of a
// later version that begins as version 00 does.
func ValidTraceparent(v []byte) bool {
	if len(v) < traceparentSize || v[2] != '-' || v[35] != '-' || v[52] != '-' {
		return false
	}
	version := string(v[:2])
	if version == "ff" || len(v) > traceparentSize && (version == "00" || v[traceparentSize] != '-') {
		return false
	}
	return lowerHex(v[:2]) && lowerHex(v[53:55]) &&
		lowerHex(v[3:35]) && !allZero(v[3:35]) && lowerHex(v[36:52]) && !allZero(v[36:52])
}

// appendTraceparent begins the trace of this id, in hexadecimal: a random parent
// id, sampled, so that services that follow their parent's choice keep recording.
func appendTraceparent(dst, trace []byte) []byte {
	var parent [8]byte
	binary.BigEndian.PutUint64(parent[:], rand.Uint64()|1)
	dst = append(dst, "00-"...)
	dst = append(dst, trace...)
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, parent[:])
	return append(dst, "-01"...)
}

func lowerHex(b []byte) bool {
	for _, c := range b {
		if class[c]&hexByte == 0 || 'A' <= c && c <= 'F' {
			return false
		}
	}
	return true
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != '0' {
			return false
		}
	}
	return true
}
