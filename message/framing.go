package message

// A Framing says how the end of a body is found (RFC 9112, section 6).
type Framing uint8

// The framings.
const (
	NoBody     Framing = iota
	Length             // ContentLength bytes
	Chunked            // a ChunkedDecoder finds the end
	UntilClose         // the end of the connection ends it; responses only
)

// String returns the word of the framing.
func (f Framing) String() string {
	switch f {
	case NoBody:
		return "no_body"
	case Length:
		return "length"
	case Chunked:
		return "chunked"
	case UntilClose:
		return "until_close"
	}
	return "unknown"
}

// parseLength reads a Content-Length: digits only, at most 2^63-1. Leading
// zeros are allowed as the grammar does; what is sent on never has them.
func parseLength(v []byte) (n int64, ok bool) {
	const most = 1<<63 - 1
	if len(v) == 0 || len(v) > 19 || !allOf(v, digitByte) {
		return 0, false
	}
	var u uint64 // 19 digits cannot overflow it
	for _, c := range v {
		u = u*10 + uint64(c-'0')
	}
	return int64(u & most), u <= most
}

// noteLength takes a Content-Length line. Even identical ones may not repeat.
func (r *Request) noteLength(v []byte, g *gate) *Reject {
	if g.lengths++; g.lengths > 1 {
		return reject(RepeatedLength)
	}
	n, ok := parseLength(v)
	if !ok {
		return reject(BadLength)
	}
	r.ContentLength = n
	return nil
}

// noteCoding takes a Transfer-Encoding line.
func (g *gate) noteCoding(v []byte) {
	if bad := badCoding(v); bad != NotRejected && g.coding != BadCoding {
		g.coding = bad
	}
	if g.codings++; g.codings > 1 {
		g.coding = BadCoding
	}
}

// badCoding says what is wrong with a Transfer-Encoding value that is not
// exactly one "chunked".
func badCoding(v []byte) RejectReason {
	if equalFold(v, "chunked") {
		return NotRejected
	}
	bad := BadCoding
	for rest := v; rest != nil; {
		var coding []byte
		coding, rest = nextItem(rest)
		if !IsToken(coding) {
			return BadCoding
		}
		if !equalFold(coding, "chunked") {
			bad = UnknownCoding
		}
	}
	return bad
}

// concludeFraming decides how the body ends (RFC 9112, section 6.3).
func (r *Request) concludeFraming(g *gate) *Reject {
	switch {
	case g.codings == 0:
		return nil
	case g.lengths > 0:
		return reject(ConflictingFraming)
	case r.Version == HTTP10:
		return reject(CodingOnHTTP10)
	case g.coding != NotRejected:
		return reject(g.coding)
	}
	r.ContentLength = Unknown
	return nil
}
