package proxy

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/weirproxy/weir/message"
)

// A template is a configured text with placeholders in braces.
type template struct{ parts []part }

type part struct {
	literal string
	value   placeholder // when not literalPart
	capture int         // with capturePart: which
}

type placeholder uint8

const (
	literalPart placeholder = iota
	clientIPPart
	hostPart
	hostnamePart
	pathPart
	queryPart
	methodPart
	schemePart
	requestIDPart
	routePart
	capturePart
)

var placeholders = map[string]placeholder{
	"client_ip": clientIPPart, "host": hostPart, "hostname": hostnamePart, "path": pathPart, "query": queryPart,
	"method": methodPart, "scheme": schemePart, "request_id": requestIDPart, "route": routePart,
}

var placeholderForm = regexp.MustCompile(`\{[a-z][a-z0-9_]*\}`)

// newTemplate compiles text, in which names of the route's pattern may stand too.
// What is no known placeholder is literal.
func newTemplate(text string, p *pattern) template {
	var t template
	literal := 0
	for _, at := range placeholderForm.FindAllStringIndex(text, -1) {
		found, ok := placeholderPart(text[at[0]+1:at[1]-1], p)
		if !ok {
			continue
		}
		t.addLiteral(text[literal:at[0]])
		t.parts = append(t.parts, found)
		literal = at[1]
	}
	t.addLiteral(text[literal:])
	return t
}

// personal tells whether the text says who asks, not only what for.
func (t *template) personal() bool {
	return slices.ContainsFunc(t.parts, func(p part) bool { return p.value == clientIPPart || p.value == requestIDPart })
}

func (t *template) addLiteral(text string) {
	if text != "" {
		t.parts = append(t.parts, part{literal: text})
	}
}

// placeholderPart finds what the placeholder of this name stands for.
func placeholderPart(name string, p *pattern) (part, bool) {
	if v, ok := placeholders[name]; ok {
		return part{value: v}, true
	}
	if p != nil {
		if i := slices.Index(p.names, name); i >= 0 {
			return part{value: capturePart, capture: i}, true
		}
	}
	return part{}, false
}

// append appends the template's text for x.
func (t *template) append(dst []byte, x *exchange) []byte {
	for i := range t.parts {
		switch p := &t.parts[i]; p.value {
		case literalPart:
			dst = append(dst, p.literal...)
		case clientIPPart:
			if x.outbound.Client.IsValid() {
				dst = x.outbound.Client.AppendTo(dst)
			}
		case hostPart:
			dst = append(dst, x.outbound.Addressed(x.req)...)
		case hostnamePart:
			dst = append(dst, x.req.Hostname...)
		case pathPart:
			dst = append(dst, rawPath(x.req.Target)...)
		case queryPart:
			dst = append(dst, rawQuery(x.req.Target)...)
		case methodPart:
			dst = append(dst, x.req.Method...)
		case schemePart:
			dst = append(dst, x.outbound.Scheme(x.req)...)
		case requestIDPart:
			dst = append(dst, x.requestID()...)
		case routePart:
			dst = append(dst, x.route.name...)
		case capturePart:
			dst = appendPath(dst, x.found.captures[p.capture], x.req.Odd)
		}
	}
	return dst
}

// rawPath is the path of a target as the client sent it.
func rawPath(target []byte) []byte {
	path, _, _ := bytes.Cut(target, []byte("?"))
	return path
}

// rawQuery is the query of a target with its question mark, or nothing.
func rawQuery(target []byte) []byte {
	if i := bytes.IndexByte(target, '?'); i >= 0 {
		return target[i:]
	}
	return nil
}

// appendPath appends a decoded path, encoded again where a path needs it. The
// sequences %2F, %5C and %00, where odd says that decoding left them alone, stay
// what they are. Without that they came from an encoded percent sign, and what
// the route's consent was not asked for must not come about.
func appendPath(dst, path []byte, odd message.PathOddity) []byte {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(path); i++ {
		c := path[i]
		if pathByte[c] || c == '%' && keptEncoded(path[i:], odd) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

func keptEncoded(s []byte, odd message.PathOddity) bool {
	if len(s) < 3 {
		return false
	}
	switch string(s[1:3]) {
	case "2F":
		return odd&message.EncodedSlash != 0
	case "5C":
		return odd&message.EncodedBackslash != 0
	case "00":
		return odd&message.EncodedNUL != 0
	}
	return false
}

// pathByte are the bytes that stand for themselves in a path (RFC 3986, section 3.3).
var pathByte = func() (t [256]bool) {
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = true, true
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = true
	}
	for _, c := range []byte("-._~!$&'()*+,;=:@/") {
		t[c] = true
	}
	return t
}()
