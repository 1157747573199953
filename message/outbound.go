package message

import (
	"encoding/hex"
	"net/netip"
	"strconv"
)

// An Outbound is how one request goes to a backend: what Begin found out about
// who sent it, and what the route wants changed. It is reused from request to
// request and not copied, since its slices may point into itself or the request.
type Outbound struct {
	// Begin sets these.

	Peer    netip.Addr // the other end of the client connection; zero on a unix socket
	Client  netip.Addr // the client: Peer, or what a trusted Peer says
	Trusted bool       // Peer's own forwarding fields are believed

	// Identify sets these.

	RequestID   []byte // what X-Request-Id says
	Traceparent []byte // what traceparent says
	KeepTrace   bool   // Traceparent came with the request, so its tracestate goes along

	// The caller may set these between Begin and AppendRequestHead.

	Method    string   // empty: the request's
	Target    []byte   // nil: the request's; bytes that may not stand in a target are percent-encoded
	Host      []byte   // nil: the request's Authority, which HTTP/1.0 allows to be empty
	Authority []byte   // nil: the request's; what the client is said to have addressed
	Forwarded bool     // also send Forwarded (RFC 7239)
	Upgrade   []byte   // not nil: ask to switch to this protocol
	Remove    [][]byte // names of fields not to pass on; weir's own included
	Set       []Field  // sent in place of all fields of their names
	Add       []Field  // sent besides them
	Unkeyed   [][]byte // names of fields that could choose an answer others get: a client's are not passed on
	Dashed    bool     // nor those with an underscore, which many backends cannot tell from a dash
	Fill      bool     // the answer is for a cache: the client's conditions and range stay behind
	Asked     []Field  // with Fill: weir's own conditions

	identified  bool
	requestID   [32]byte // backs RequestID
	traceparent [traceparentSize]byte
}

// Begin clears o and settles who sent req.
func (o *Outbound) Begin(req *Request, peer netip.Addr, trusted []netip.Prefix) {
	*o = Outbound{Peer: peer.Unmap().WithZone("")}
	o.Client, o.Trusted = ClientAddr(req, peer, trusted)
}

// Identify settles under which ids req goes on, unless that is done: a request
// that needs no backend and no log line goes without. From a trusted peer,
// X-Request-Id and traceparent are kept where they are valid. A trace that begins
// here has the id that a request without one gets.
func (o *Outbound) Identify(req *Request) {
	if o.identified {
		return
	}
	o.identified = true
	if o.Trusted {
		if id := single(req, XRequestID); ValidRequestID(id) {
			o.RequestID = id
		}
		if parent := single(req, Traceparent); ValidTraceparent(parent) {
			o.Traceparent, o.KeepTrace = parent, true
		}
	}
	if o.RequestID != nil && o.Traceparent != nil {
		return
	}
	// A request without either gets one name for both.
	id := NewID()
	name := hex.AppendEncode(o.requestID[:0], id[:])
	if o.RequestID == nil {
		o.RequestID = name
	}
	if o.Traceparent == nil {
		o.Traceparent = appendTraceparent(o.traceparent[:0], name)
	}
}

// single returns the value of the only field that is k, nil when there are none
// or several.
func single(req *Request, k Known) (v []byte) {
	found := false
	for i := range req.Fields {
		if req.Fields[i].Known != k || req.Fields[i].Drop {
			continue
		}
		if found {
			return nil
		}
		v, found = req.Fields[i].Value, true
	}
	return v
}

// rewritten fields are never copied: weir writes its own in their place.
var rewritten = framing | setOf(Host, Expect, Via, Forwarded, XForwardedFor, XForwardedProto,
	XForwardedHost, XRequestID, Traceparent, Tracestate)

// conditions are the fields that make a request ask for less than the whole.
var conditions = setOf(Range, IfRange, IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince)

// AppendRequestHead appends the complete head of the request as it goes to a
// backend, in HTTP/1.1: the request line, Host, the end-to-end fields in their
// order, the route's, exactly one framing field where there is a body, and weir's
// own. It allocates only to grow dst. A body without declared length that is
// wholly in req.Prefetched is announced by its length.
func AppendRequestHead(dst []byte, req *Request, o *Outbound) []byte {
	o.Identify(req)
	dst = appendRequestLine(dst, req, o)
	skip := rewritten
	if !o.Trusted {
		skip |= ours
	}
	if o.Fill {
		skip |= conditions
	}
	changed := len(o.Remove)+len(o.Set)+len(o.Unkeyed) > 0 || o.Dashed
	for i := range req.Fields {
		f := &req.Fields[i]
		if f.Drop || skip.has(f.Known) || changed && (o.removes(f.Name) || o.unkeyed(f.Name)) {
			continue
		}
		dst = appendField(dst, f)
	}
	for i := range o.Asked {
		dst = appendField(dst, &o.Asked[i])
	}
	silent := o.silenced()
	dst = appendSet(dst, o.Set)
	dst = appendSet(dst, o.Add)
	dst = appendBodyFields(dst, req, o)
	dst = appendForwarding(dst, req, o, silent)
	return append(dst, '\r', '\n')
}

func appendRequestLine(dst []byte, req *Request, o *Outbound) []byte {
	method := o.Method
	if method == "" {
		method = req.Method
	}
	dst = append(dst, method...)
	dst = append(dst, ' ')
	if o.Target == nil {
		dst = append(dst, req.Target...)
	} else {
		dst = appendEscaped(dst, o.Target)
	}
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	if o.Host == nil {
		dst = append(dst, o.Addressed(req)...)
	} else {
		dst = append(dst, o.Host...)
	}
	return append(dst, '\r', '\n')
}

// Addressed returns the authority that the client addressed, as backends are told.
func (o *Outbound) Addressed(req *Request) []byte {
	if o.Authority != nil {
		return o.Authority
	}
	return req.Authority
}

// appendEscaped appends a target whose bytes may come from decoded parts.
func appendEscaped(dst, target []byte) []byte {
	if !badTargetByte(target) {
		return append(dst, target...)
	}
	for _, c := range target {
		if class[c]&targetByte != 0 {
			dst = append(dst, c)
		} else {
			dst = appendPercent(dst, c)
		}
	}
	return dst
}

func appendPercent(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, '%', digits[c>>4], digits[c&15])
}

func appendField(dst []byte, f *Field) []byte {
	dst = append(dst, f.Name...)
	dst = append(dst, ": "...)
	dst = append(dst, f.Value...)
	return append(dst, '\r', '\n')
}

// appendBodyFields appends the framing and what belongs to this connection.
func appendBodyFields(dst []byte, req *Request, o *Outbound) []byte {
	length := req.ContentLength
	if length == Unknown && req.Body == nil {
		length = int64(len(req.Prefetched))
	}
	switch {
	case length == Unknown:
		dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
	case length > 0 || expectsBody(req.Method):
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, length, 10)
		dst = append(dst, '\r', '\n')
	}
	if req.ExpectContinue && req.Body != nil {
		dst = append(dst, "Expect: 100-continue\r\n"...)
	}
	if o.Upgrade != nil {
		dst = append(dst, "Connection: Upgrade\r\nUpgrade: "...)
		dst = append(dst, o.Upgrade...)
		return append(dst, '\r', '\n')
	}
	if req.AcceptsTrailers {
		dst = append(dst, "Connection: TE\r\nTE: trailers\r\n"...)
	}
	return dst
}

// expectsBody reports whether a request without a body still says so (RFC 9110,
// section 8.6).
func expectsBody(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}
