package message

import (
	"encoding/binary"
	"math/bits"
)

// Classes of bytes, looked up in class.
const (
	tokenByte      = 1 << iota // tchar (RFC 9110, section 5.6.2)
	underscoreByte             // "_", also a tokenByte
	targetByte                 // may stand raw in a request target
	hexByte
	digitByte
	idByte // may stand in an X-Request-Id
)

var class = makeClasses()

func makeClasses() (t [256]uint8) {
	mark := func(s string, bit uint8) {
		for i := range len(s) {
			t[s[i]] |= bit
		}
	}
	const digits, letters = "0123456789", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	mark("!#$%&'*+-.^_`|~"+digits+letters, tokenByte)
	mark("_", underscoreByte)
	mark(digits+"abcdefABCDEF", hexByte)
	mark(digits, digitByte)
	mark("-._~+/=:@"+digits+letters, idByte)
	for c := '!'; c <= '~'; c++ {
		if c != '#' {
			t[c] |= targetByte
		}
	}
	return t
}

const (
	everyByte = 0x0101010101010101
	everyHigh = 0x8080808080808080
)

// firstControl returns the index of the first control byte (below 0x20, or
// 0x7F) in b at or after i, or len(b).
func firstControl(b []byte, i int) int {
	// Fast path: eight bytes at a time. The lowest bit set is exact, those
	// above it may be borrows.
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		del := w ^ 0x7f*everyByte
		if m := ((w-0x20*everyByte)&^w | (del-everyByte)&^del) & everyHigh; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(b) && b[i] >= 0x20 && b[i] != 0x7f {
		i++
	}
	return i
}

// lower returns c in lower case if it is an ASCII letter.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// equalFold compares without regard to ASCII case; low must be in lower case.
func equalFold(b []byte, low string) bool {
	if len(b) != len(low) {
		return false
	}
	for i := range len(low) {
		if lower(b[i]) != low[i] {
			return false
		}
	}
	return true
}

// appendLower appends b in lower case.
func appendLower(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, lower(c))
	}
	return dst
}

func allOf(b []byte, bit uint8) bool {
	for _, c := range b {
		if class[c]&bit == 0 {
			return false
		}
	}
	return true
}

// trimSpace returns b without spaces and tabs at both ends (OWS).
func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// nextItem takes the first element off a comma-separated list of tokens.
// Empty elements come out empty; rest is nil after the last.
func nextItem(list []byte) (item, rest []byte) {
	for i, c := range list {
		if c == ',' {
			return trimSpace(list[:i]), list[i+1:]
		}
	}
	return trimSpace(list), nil
}

// unhex returns the value of a hexByte.
func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&0x0f + 9
}
