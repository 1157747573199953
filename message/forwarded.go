package message

import "net/netip"

// appendForwarded appends Forwarded (RFC 7239) when the route asks for it or a
// trusted peer began one: its elements, if all are well-formed, then weir's.
func appendForwarded(dst []byte, req *Request, o *Outbound) []byte {
	chain := o.Trusted && !o.unkeyed(nameForwarded) && validForwarded(req)
	if !chain && !o.Forwarded {
		return dst
	}
	dst = append(dst, "Forwarded: "...)
	if chain {
		dst = appendChain(dst, req, Forwarded)
	}
	dst = append(dst, "for="...)
	dst = appendNode(dst, o.Peer)
	if host := o.Addressed(req); len(host) > 0 {
		dst = append(dst, ";host="...)
		if IsToken(host) {
			dst = append(dst, host...)
		} else {
			dst = append(append(append(dst, '"'), host...), '"')
		}
	}
	dst = append(dst, ";proto="...)
	dst = append(dst, req.Scheme...)
	return append(dst, '\r', '\n')
}

// appendNode appends an address as a node identifier (RFC 7239, section 6).
func appendNode(dst []byte, addr netip.Addr) []byte {
	if !addr.Is6() {
		return appendAddr(dst, addr)
	}
	dst = append(dst, "\"["...)
	dst = addr.AppendTo(dst)
	return append(dst, "]\""...)
}

// validForwarded reports whether there is a Forwarded field and every line of it
// is well-formed.
func validForwarded(req *Request) bool {
	found := false
	for i := range req.Fields {
		if req.Fields[i].Known != Forwarded || req.Fields[i].Drop {
			continue
		}
		if !ValidForwarded(req.Fields[i].Value) {
			return false
		}
		found = true
	}
	return found
}

// ValidForwarded reports whether v is a list of forwarded-elements (RFC 7239,
// section 4): pairs of a token and a token or quoted string, divided by ";",
// no name twice in an element, and for, by, host and proto as sections 5 and 6
// want them.
func ValidForwarded(v []byte) bool {
	var seen forwardedNames
	elements := 0
	for i := 0; ; {
		name, value, next, ok := forwardedPair(v, i)
		if !ok || !seen.add(name) || !validParameter(name, value) {
			return false
		}
		if i = skipSpace(v, next); i == len(v) {
			return true
		}
		switch v[i] {
		case ',':
			seen = forwardedNames{}
			if elements++; elements >= maxForwardedFor {
				return false
			}
			i = skipSpace(v, i+1)
		case ';':
			i++
		default:
			return false
		}
	}
}

// forwardedNames are the parameter names of one element so far.
type forwardedNames struct {
	names [8][]byte
	n     int
}

// add reports whether name is new and there is room for it.
func (s *forwardedNames) add(name []byte) bool {
	for _, seen := range s.names[:s.n] {
		if equalNames(seen, name) {
			return false
		}
	}
	if s.n == len(s.names) {
		return false
	}
	s.names[s.n] = name
	s.n++
	return true
}

// forwardedPair reads token "=" value at v[i].
func forwardedPair(v []byte, i int) (name, value []byte, next int, ok bool) {
	start := i
	for i < len(v) && class[v[i]]&tokenByte != 0 {
		i++
	}
	name = v[start:i]
	if len(name) == 0 || i == len(v) || v[i] != '=' {
		return nil, nil, 0, false
	}
	i++
	if start = i; i < len(v) && v[i] == '"' {
		return quotedPair(name, v, i)
	}
	for i < len(v) && class[v[i]]&tokenByte != 0 {
		i++
	}
	return name, v[start:i], i, i > start
}

// quotedPair reads the quoted string at v[i]. Escapes are well-formed but never
// needed in what the parameters hold, so they do not pass.
func quotedPair(name, v []byte, i int) (_, value []byte, next int, ok bool) {
	for end := i + 1; end < len(v); end++ {
		switch c := v[end]; {
		case c == '"':
			return name, v[i+1 : end], end + 1, true
		case c == '\\', c < ' ' && c != '\t', c >= 0x7f:
			return nil, nil, 0, false
		}
	}
	return nil, nil, 0, false
}

func validParameter(name, value []byte) bool {
	switch {
	case equalFold(name, "for"), equalFold(name, "by"):
		return validNodeID(value)
	case equalFold(name, "host"):
		return ValidHost(value)
	case equalFold(name, "proto"):
		return IsToken(value)
	}
	return true
}

// validNodeID checks a node: an address, "unknown" or "_" and a name of one's
// own, with a port or not.
func validNodeID(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	if addr, ok := parseNode(b); ok {
		return b[0] == '[' || addr.Is4()
	}
	for i, c := range b {
		if c == ':' {
			if !validPort(b[i:]) {
				return false
			}
			b = b[:i]
			break
		}
	}
	return equalFold(b, "unknown") || len(b) > 1 && b[0] == '_' && allOf(b[1:], idByte)
}
