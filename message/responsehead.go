package message

import "bytes"

// Parse reads one response head from a backend, from the first byte of the
// status line to the end of the empty line as HeadEnd delimits it, and fills res,
// which then points into head. requestMethod is the method of the request it
// answers. Backends are not trusted: a head that is malformed or whose framing is
// ambiguous is rejected, with status 502.
//
// f says how the body is framed and keepAlive whether the connection may carry
// another exchange once that body is read. Fields that end at weir are marked
// Drop: the hop-by-hop ones, those Connection names, and Content-Length and
// Transfer-Encoding, whose meaning is in ContentLength and f.
func (res *Response) Parse(head []byte, requestMethod string, lim *Limits) (f Framing, keepAlive bool, rej *Reject) {
	*res = Response{Fields: res.Fields[:0], ContentLength: Unknown}
	if !complete(head) {
		return NoBody, false, rejectResponse(BadStatusLine)
	}
	if len(head) > lim.headerBytes() {
		return NoBody, false, rejectResponse(HeadTooLarge)
	}
	next, bad := res.parseStatusLine(head)
	if bad != NotRejected {
		return NoBody, false, rejectResponse(bad)
	}
	var g responseGate
	if bad := res.parseFields(head, next, lim.fieldCount(), &g); bad != NotRejected {
		return NoBody, false, rejectResponse(bad)
	}
	if g.options.named {
		if rej := dropNamed(res.Fields, false); rej != nil {
			return NoBody, false, rejectResponse(rej.Reason)
		}
	}
	f, keepAlive, bad = res.conclude(requestMethod, &g)
	if bad != NotRejected {
		return NoBody, false, rejectResponse(bad)
	}
	return f, keepAlive, nil
}

// A responseGate is what Parse remembers between the lines of one head.
type responseGate struct {
	options options
	lengths int
	codings int
	coding  RejectReason
}

// parseStatusLine reads the status line (RFC 9112, section 4) and returns where
// the first field line begins. The space before an empty reason may be missing.
func (res *Response) parseStatusLine(head []byte) (next int, bad RejectReason) {
	end := bytes.IndexByte(head, '\r')
	if head[end+1] != '\n' {
		return 0, BareCR
	}
	line := head[:end]
	if len(line) < 12 {
		return 0, BadStatusLine
	}
	switch string(line[:9]) {
	case "HTTP/1.1 ":
		res.Version = HTTP11
	case "HTTP/1.0 ":
		res.Version = HTTP10
	default:
		return 0, BadStatusLine
	}
	if !allOf(line[9:12], digitByte) {
		return 0, BadStatus
	}
	res.Status = int(line[9]-'0')*100 + int(line[10]-'0')*10 + int(line[11]-'0')
	if res.Status < 100 || res.Status > 599 {
		return 0, BadStatus
	}
	if len(line) == 12 {
		return end + 2, NotRejected
	}
	if line[12] != ' ' || !ValidValue(trimSpace(line[13:])) {
		return 0, BadStatusLine
	}
	res.Reason = trimSpace(line[13:])
	return end + 2, NotRejected
}

func (res *Response) parseFields(head []byte, i, most int, g *responseGate) RejectReason {
	end := len(head) - 2
	for i < end {
		n := len(res.Fields)
		fields := grow(res.Fields)
		f := &fields[n]
		next, _, bad := scanLine(head, i, true, f)
		switch {
		case bad != NotRejected:
			return bad
		case n == most:
			return TooManyFields
		}
		res.Fields = fields
		if f.Known != Other {
			if bad := res.note(f, g); bad != NotRejected {
				return bad
			}
		}
		i = next
	}
	if i != end {
		return MissingColon // an empty line before the last one
	}
	return NotRejected
}

func (res *Response) note(f *Field, g *responseGate) RejectReason {
	switch f.Known {
	case ContentLength:
		n, ok := parseLength(f.Value)
		if !ok {
			return BadLength
		}
		if g.lengths++; g.lengths > 1 {
			return RepeatedLength
		}
		res.ContentLength, f.Drop = n, true
	case TransferEncoding:
		if g.codings++; g.codings > 1 {
			return BadCoding
		}
		g.coding = badCoding(f.Value)
	case Connection:
		o, ok := scanOptions(f.Value)
		if !ok {
			return BadConnection
		}
		g.options.close = g.options.close || o.close
		g.options.named = g.options.named || o.named
	}
	return NotRejected
}

// conclude decides how the body ends (RFC 9112, section 6.3).
func (res *Response) conclude(requestMethod string, g *responseGate) (f Framing, keepAlive bool, bad RejectReason) {
	switch {
	case g.codings > 0 && g.lengths > 0:
		return NoBody, false, ConflictingFraming
	case g.codings > 0 && res.Version == HTTP10:
		return NoBody, false, CodingOnHTTP10
	case g.codings > 0 && g.coding != NotRejected:
		return NoBody, false, g.coding
	}
	keepAlive = res.Version == HTTP11 && !g.options.close && res.Status != 101
	switch {
	case res.Status < 200 || res.Status == 204:
		// A length or coding may not be here (section 6.1; RFC 9110, section
		// 8.6): the sender may well mean a body, so nothing follows.
		clean := g.codings == 0 && res.ContentLength <= 0
		res.ContentLength = 0
		return NoBody, keepAlive && clean, NotRejected
	case requestMethod == "HEAD" || res.Status == 304:
		return NoBody, keepAlive, NotRejected
	case g.codings > 0:
		return Chunked, keepAlive, NotRejected
	case g.lengths == 0:
		return UntilClose, false, NotRejected
	case res.ContentLength == 0:
		return NoBody, keepAlive, NotRejected
	}
	return Length, keepAlive, NotRejected
}
