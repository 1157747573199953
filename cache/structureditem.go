package cache

import (
	"bytes"
	"strings"
)

// bare reads a bare item (RFC 9651, section 4.2.3.1).
func (r *sfReader) bare() (item sfItem, ok bool) {
	switch c := r.peek(); {
	case c == '-' || isDigit(c):
		return r.number()
	case c == '"':
		return r.str()
	case c == '*' || isAlpha(c):
		return r.token()
	case c == ':':
		return r.bytes()
	case c == '?':
		return r.boolean()
	case c == '@':
		return r.date()
	case c == '%':
		return r.display()
	}
	return sfItem{}, false
}

// number reads an integer of at most 15 digits or a decimal of at most 12 and 3.
func (r *sfReader) number() (item sfItem, ok bool) {
	negative := r.eat('-')
	whole := r.digits()
	if len(whole) == 0 || len(whole) > 15 {
		return item, false
	}
	if r.eat('.') {
		fraction := r.digits()
		ok = len(whole) <= 12 && len(fraction) >= 1 && len(fraction) <= 3
		return sfItem{kind: sfDecimal}, ok
	}
	for _, c := range whole {
		item.num = item.num*10 + int64(c-'0')
	}
	if negative {
		item.num = -item.num
	}
	return item, true
}

func (r *sfReader) digits() []byte {
	n := 0
	for n < len(r.b) && isDigit(r.b[n]) {
		n++
	}
	return r.take(n)
}

func (r *sfReader) str() (item sfItem, ok bool) {
	for i := 1; i < len(r.b); i++ {
		switch c := r.b[i]; {
		case c == '"':
			text := r.take(i + 1)
			return sfItem{kind: sfString, text: text[1:i]}, true
		case c == '\\':
			i++
			if i == len(r.b) || r.b[i] != '"' && r.b[i] != '\\' {
				return item, false
			}
		case c < ' ' || c > '~':
			return item, false
		}
	}
	return item, false
}

func (r *sfReader) token() (item sfItem, ok bool) {
	n := 1
	for n < len(r.b) && (isTokenByte(r.b[n]) || r.b[n] == ':' || r.b[n] == '/') {
		n++
	}
	return sfItem{kind: sfToken, text: r.take(n)}, true
}

// bytes reads a byte sequence. Its content is of no interest, only whether it
// could be one.
func (r *sfReader) bytes() (item sfItem, ok bool) {
	end := bytes.IndexByte(r.b[1:], ':')
	if end < 0 {
		return item, false
	}
	text := r.take(end + 2)[1 : end+1]
	for _, c := range text {
		if !isAlpha(c) && !isDigit(c) && c != '+' && c != '/' && c != '=' {
			return item, false
		}
	}
	return sfItem{kind: sfBytes, text: text}, true
}

func (r *sfReader) boolean() (item sfItem, ok bool) {
	if len(r.b) < 2 || r.b[1] != '0' && r.b[1] != '1' {
		return item, false
	}
	return sfItem{kind: sfBoolean, num: int64(r.take(2)[1] - '0')}, true
}

func (r *sfReader) date() (item sfItem, ok bool) {
	r.eat('@')
	if item, ok = r.number(); !ok || item.kind != sfInteger {
		return item, false
	}
	item.kind = sfDate
	return item, true
}

// display reads a display string: printable ASCII with percent-encoded bytes in
// lower-case hexadecimal.
func (r *sfReader) display() (item sfItem, ok bool) {
	if len(r.b) < 2 || r.b[1] != '"' {
		return item, false
	}
	for i := 2; i < len(r.b); i++ {
		switch c := r.b[i]; {
		case c == '"':
			return sfItem{kind: sfDisplay, text: r.take(i + 1)[2:i]}, true
		case c == '%':
			if i+2 >= len(r.b) || !isLowerHex(r.b[i+1]) || !isLowerHex(r.b[i+2]) {
				return item, false
			}
			i += 2
		case c < ' ' || c > '~':
			return item, false
		}
	}
	return item, false
}

// unescape returns the string that text, from between quotes, stands for.
func unescape(text []byte) string {
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text)
	}
	var s strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		s.WriteByte(text[i])
	}
	return s.String()
}

func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isLower(c byte) bool    { return 'a' <= c && c <= 'z' }
func isAlpha(c byte) bool    { return isLower(c | 0x20) }
func isLowerHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' }

func isKeyByte(c byte) bool {
	return isLower(c) || isDigit(c) || c == '_' || c == '-' || c == '.' || c == '*'
}

// isTokenByte reports whether c may stand in a token (RFC 9110, section 5.6.2).
func isTokenByte(c byte) bool { return tokenBytes[c] }

var tokenBytes = func() (is [256]bool) {
	for c := range byte(127) {
		is[c] = isAlpha(c) || isDigit(c) || c > ' ' && strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
	}
	return is
}()
