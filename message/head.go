package message

import "bytes"

// HeadEnd looks for the end of the message head that b begins with. It returns
// the index after the empty line, or 0 when the head is not complete yet. from
// is the length b had when an earlier call on the same bytes returned 0, so
// that a head that trickles in is read only once. What cannot become a head is
// rejected as soon as it shows: a first byte that begins no token, a bare LF or
// a bare CR.
func HeadEnd(b []byte, from int) (end int, rej *Reject) {
	if from == 0 && len(b) > 0 && b[0] != '\r' && b[0] != '\n' && class[b[0]]&tokenByte == 0 {
		return 0, reject(BadRequestLine)
	}
	for i := from; ; i++ {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			break
		}
		i += n
		if i == 0 || b[i-1] != '\r' {
			return 0, reject(BareLF)
		}
		if i >= 3 && b[i-2] == '\n' {
			return i + 1, nil
		}
	}
	// Slow path: the head comes in pieces. Parse finds a bare CR in a complete
	// one; here it would be waited on until the timeout.
	if bareCR(b, max(from-1, 0)) {
		return 0, reject(BareCR)
	}
	return 0, nil
}

// bareCR reports whether a CR at or after i is followed by anything but LF.
func bareCR(b []byte, i int) bool {
	for ; ; i++ {
		n := bytes.IndexByte(b[i:], '\r')
		if n < 0 {
			return false
		}
		i += n
		if i+1 < len(b) && b[i+1] != '\n' {
			return true
		}
	}
}

// SkipLeading returns how many bytes at the front of b to ignore before a
// request line: one empty line at most (RFC 9112, section 2.2).
func SkipLeading(b []byte) int {
	if len(b) >= 2 && b[0] == '\r' && b[1] == '\n' {
		return 2
	}
	return 0
}

// complete reports whether head is as HeadEnd delimits it.
func complete(head []byte) bool {
	return len(head) >= 4 && string(head[len(head)-4:]) == "\r\n\r\n"
}
