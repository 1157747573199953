package message

import (
	"bytes"
	"net/netip"
	"unsafe"
)

// parseAddr reads an IP address without brackets, port or zone. An IPv4 address
// mapped into IPv6 stays IPv6.
func parseAddr(b []byte) (netip.Addr, bool) {
	if len(b) == 0 || len(b) > 45 || bytes.IndexByte(b, '%') >= 0 {
		return netip.Addr{}, false
	}
	// ParseAddr keeps its argument only in the error, which is dropped here,
	// and in a zone, which there is none of.
	addr, err := netip.ParseAddr(unsafe.String(&b[0], len(b)))
	return addr, err == nil
}

// maxForwardedFor is how many X-Forwarded-For entries are looked at, from the right.
const maxForwardedFor = 64

// ClientAddr finds the address of the client behind a connection from peer. When
// peer lies in trusted, its X-Forwarded-For entries (over all lines) are followed
// from the right up to the first address that is not trusted; an entry that is no
// address ends the walk at the last good one. Ports and brackets around an entry
// are ignored, and IPv4 addresses mapped into IPv6 count as IPv4. trustedPeer
// tells whether peer was trusted; a peer without address, as on a unix socket,
// never is.
func ClientAddr(req *Request, peer netip.Addr, trusted []netip.Prefix) (client netip.Addr, trustedPeer bool) {
	client = peer.Unmap().WithZone("")
	if !covered(client, trusted) {
		return client, false
	}
	seen := 0
	for i := len(req.Fields) - 1; i >= 0; i-- {
		if req.Fields[i].Known != XForwardedFor {
			continue
		}
		rest, more := req.Fields[i].Value, true
		for more {
			var entry []byte
			entry, rest, more = lastItem(rest)
			if seen++; seen > maxForwardedFor {
				return client, true
			}
			if len(entry) == 0 {
				continue // an empty list element means nothing (RFC 9110, section 5.6.1)
			}
			addr, ok := parseNode(entry)
			if !ok {
				return client, true
			}
			if client = addr; !covered(addr, trusted) {
				return client, true
			}
		}
	}
	return client, true
}

// covered reports whether one of the prefixes contains addr.
func covered(addr netip.Addr, prefixes []netip.Prefix) bool {
	for _, p := range prefixes {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// lastItem takes the last element off a comma-separated list.
func lastItem(list []byte) (item, rest []byte, more bool) {
	if comma := bytes.LastIndexByte(list, ','); comma >= 0 {
		return trimSpace(list[comma+1:]), list[:comma], true
	}
	return trimSpace(list), nil, false
}

// parseNode reads an address as proxies write it: bare, in brackets, and with a
// port after an IPv4 address or a bracket.
func parseNode(b []byte) (netip.Addr, bool) {
	if b[0] == '[' {
		end := bytes.IndexByte(b, ']')
		if end < 0 || end+1 < len(b) && !validPort(b[end+1:]) {
			return netip.Addr{}, false
		}
		addr, ok := parseAddr(b[1:end])
		return addr.Unmap(), ok && addr.Is6()
	}
	if colon := bytes.IndexByte(b, ':'); colon >= 0 && bytes.IndexByte(b[colon+1:], ':') < 0 {
		if !validPort(b[colon:]) {
			return netip.Addr{}, false
		}
		b = b[:colon]
	}
	addr, ok := parseAddr(b)
	return addr.Unmap(), ok
}
