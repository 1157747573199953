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
