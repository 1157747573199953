package message

// Properties of host bytes, looked up in hostClass.
const (
	hostByte  = 1 << iota // may stand in a name
	hostUpper             // an upper-case letter, also a hostByte
	hostDot               // ".", also a hostByte
)

var hostClass = makeHostClasses()

func makeHostClasses() (t [256]uint8) {
	for c := range t {
		switch b := byte(c); {
		case 'A' <= b && b <= 'Z':
			t[c] = hostByte | hostUpper
		case 'a' <= b && b <= 'z', '0' <= b && b <= '9', b == '-', b == '_':
			t[c] = hostByte
		case b == '.':
			t[c] = hostByte | hostDot
		}
	}
	return t
}

// maxHostname is the length of the longest name DNS can carry.
const maxHostname = 253

// splitAuthority checks an authority without userinfo: a DNS name, an IPv4
// address or a bracketed IPv6 address, then perhaps a port. name is the host
// without trailing dot, with the brackets of IPv6; upper tells whether it holds
// upper-case letters. Names are letters, digits, "-" and "_" in labels that are
// not empty: narrower than RFC 3986, as wide as what can be resolved.
func splitAuthority(v []byte) (name []byte, upper, ok bool) {
	if len(v) > 0 && v[0] == '[' {
		return splitIPv6(v)
	}
	var seen, pairs uint8
	prev := uint8(hostDot) // so that a leading dot counts as an empty label
	i := 0
	for ; i < len(v); i++ {
		c := hostClass[v[i]]
		if c == 0 {
			break
		}
		seen |= c
		pairs |= prev & c
		prev = c
	}
	if i == 0 || pairs&hostDot != 0 || i < len(v) && !validPort(v[i:]) {
		return nil, false, false
	}
	if prev&hostDot != 0 {
		i--
	}
	return v[:i:i], seen&hostUpper != 0, i <= maxHostname
}

func splitIPv6(v []byte) (name []byte, upper, ok bool) {
	for i, c := range v {
		if 'A' <= c && c <= 'Z' {
			upper = true
		}
		if c != ']' {
			continue
		}
		addr, ok := parseAddr(v[1:i])
		if !ok || !addr.Is6() || i+1 < len(v) && !validPort(v[i+1:]) {
			return nil, false, false
		}
		return v[: i+1 : i+1], upper, true
	}
	return nil, false, false
}

// validPort checks a colon and the port after it. An empty port is not one.
func validPort(v []byte) bool {
	if len(v) < 2 || len(v) > 6 || v[0] != ':' {
		return false
	}
	port := 0
	for _, c := range v[1:] {
		if class[c]&digitByte == 0 {
			return false
		}
		port = port*10 + int(c-'0')
	}
	return port <= 65535
}

// ValidHost reports whether v may be the value of Host: what Parse accepts.
func ValidHost(v []byte) bool {
	_, _, ok := splitAuthority(v)
	return ok
}

// noteHost takes the Host field (RFC 9112, section 3.2).
func (r *Request) noteHost(v []byte, g *gate) *Reject {
	if g.hosts++; g.hosts > 1 {
		return reject(RepeatedHost)
	}
	return r.setAuthority(v)
}

// setAuthority sets Authority and Hostname.
func (r *Request) setAuthority(v []byte) *Reject {
	name, upper, ok := splitAuthority(v)
	if !ok {
		return reject(BadHost)
	}
	r.Authority, r.Hostname = v, name
	if upper {
		start := len(r.scratch)
		r.scratch = appendLower(r.scratch, name)
		r.Hostname = r.scratch[start:len(r.scratch):len(r.scratch)]
	}
	return nil
}

// concludeAuthority holds Host against the version and the target.
func (r *Request) concludeAuthority(g *gate) *Reject {
	if g.hosts == 0 {
		switch {
		case r.Version != HTTP10:
			return reject(MissingHost)
		case g.authority != nil:
			return r.setAuthority(g.authority)
		}
		return nil
	}
	if g.authority == nil {
		return nil
	}
	if len(g.authority) != len(r.Authority) {
		return reject(HostMismatch)
	}
	for i, c := range g.authority {
		if lower(c) != lower(r.Authority[i]) {
			return reject(HostMismatch)
		}
	}
	return nil
}
