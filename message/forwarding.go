package message

import "net/netip"

// pseudonym is weir's received-by in Via (RFC 9110, section 7.6.3).
const pseudonym = "weir"

// appendForwarding appends the fields by which weir says where the request came
// from, but those in silent. What a trusted peer said about it is kept or added
// to; what another client claims is replaced.
func appendForwarding(dst []byte, req *Request, o *Outbound, silent knownSet) []byte {
	if !silent.has(XForwardedFor) {
		dst = append(dst, "X-Forwarded-For: "...)
		if o.Trusted {
			dst = appendChain(dst, req, XForwardedFor)
		}
		dst = appendAddr(dst, o.Peer)
		dst = append(dst, '\r', '\n')
	}
	if !silent.has(XForwardedProto) {
		dst = append(dst, "X-Forwarded-Proto: "...)
		dst = append(dst, o.Scheme(req)...)
		dst = append(dst, '\r', '\n')
	}
	if host := forwardedHost(req, o); len(host) > 0 && !silent.has(XForwardedHost) {
		dst = append(dst, "X-Forwarded-Host: "...)
		dst = append(dst, host...)
		dst = append(dst, '\r', '\n')
	}
	if !silent.has(Forwarded) {
		dst = appendForwarded(dst, req, o)
	}
	if !silent.has(Via) {
		dst = appendVia(dst, req, o)
	}
	return appendIDs(dst, req, o, silent)
}

func appendIDs(dst []byte, req *Request, o *Outbound, silent knownSet) []byte {
	if !silent.has(XRequestID) {
		dst = append(dst, "X-Request-Id: "...)
		dst = append(dst, o.RequestID...)
		dst = append(dst, '\r', '\n')
	}
	if silent.has(Traceparent) {
		return dst
	}
	dst = append(dst, "traceparent: "...)
	dst = append(dst, o.Traceparent...)
	dst = append(dst, '\r', '\n')
	if !o.KeepTrace || silent.has(Tracestate) {
		return dst
	}
	for i := range req.Fields {
		if f := &req.Fields[i]; f.Known == Tracestate && !f.Drop {
			dst = appendField(dst, f)
		}
	}
	return dst
}

// appendChain appends all values of the fields that are k as the beginning of a
// list: each followed by a comma.
func appendChain(dst []byte, req *Request, k Known) []byte {
	for i := range req.Fields {
		if f := &req.Fields[i]; f.Known == k && !f.Drop && len(f.Value) > 0 {
			dst = append(append(dst, f.Value...), ", "...)
		}
	}
	return dst
}

// appendAddr appends an address, or "unknown" for the peer on a unix socket.
func appendAddr(dst []byte, addr netip.Addr) []byte {
	if !addr.IsValid() {
		return append(dst, "unknown"...)
	}
	return addr.AppendTo(dst)
}

// Scheme returns the scheme the client used: that of the connection, or what a
// trusted peer says in one valid X-Forwarded-Proto.
func (o *Outbound) Scheme(req *Request) string {
	if o.Trusted {
		switch v := single(req, XForwardedProto); {
		case equalFold(v, "https"):
			return "https"
		case equalFold(v, "http"):
			return "http"
		}
	}
	return req.Scheme
}

var nameXForwardedHost, nameForwarded = []byte("X-Forwarded-Host"), []byte("Forwarded")

// forwardedHost returns the authority the client addressed, likewise.
func forwardedHost(req *Request, o *Outbound) []byte {
	if o.Trusted && !o.unkeyed(nameXForwardedHost) {
		if v := single(req, XForwardedHost); ValidHost(v) {
			return v
		}
	}
	return o.Addressed(req)
}

// appendVia appends Via. A client that is not trusted cannot speak for the hops
// before it, but hops that claim to be weir are counted on, for only so can a
// loop through peers that do not trust each other be seen.
func appendVia(dst []byte, req *Request, o *Outbound) []byte {
	dst = append(dst, "Via: "...)
	if o.Trusted {
		dst = appendChain(dst, req, Via)
	} else {
		for range ViaHops(req) {
			dst = append(dst, "1.1 "+pseudonym+", "...)
		}
	}
	switch req.Version {
	case HTTP10:
		dst = append(dst, "1.0 "...)
	case HTTP2:
		dst = append(dst, "2 "...)
	default:
		dst = append(dst, "1.1 "...)
	}
	return append(dst, pseudonym+"\r\n"...)
}

// MaxViaHops is how many times a request may have passed through weir before it
// is taken for a loop. ViaHops counts no further than one past it.
const MaxViaHops = 10

// ViaHops returns how often Via names weir. Above MaxViaHops the request goes in
// circles (508).
func ViaHops(req *Request) (hops int) {
	for i := range req.Fields {
		if req.Fields[i].Known != Via {
			continue
		}
		for rest := req.Fields[i].Value; rest != nil && hops <= MaxViaHops; {
			var item []byte
			if item, rest = nextItem(rest); isOwnHop(item) {
				hops++
			}
		}
	}
	return hops
}

// isOwnHop reports whether a Via element, "protocol received-by (comment)", is weir's.
func isOwnHop(item []byte) bool {
	i := 0
	for i < len(item) && !isSpace(item[i]) {
		i++
	}
	by := trimSpace(item[i:])
	for i = 0; i < len(by) && !isSpace(by[i]) && by[i] != '('; i++ {
	}
	return equalFold(by[:i], pseudonym)
}
