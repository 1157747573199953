package message

// A Field is one field line (RFC 9110, section 5) as it was received: the name
// in the sender's case, the value without the whitespace around it. Both slices
// point into the buffer the message was parsed from and die with it.
type Field struct {
	Name  []byte
	Value []byte
	Known Known // which well-known field Name is, or Other
	Drop  bool  // hop-by-hop, named by Connection or dropped by policy: never passed on
}

// Known identifies the fields weir itself acts on, so that a name is compared
// once, in the gate, and nowhere after.
type Known uint8

// The fields that weir acts on. Every other field is Other.
const (
	Other Known = iota
	Host
	ContentLength
	TransferEncoding
	Connection
	KeepAlive
	ProxyConnection
	ProxyAuthenticate
	ProxyAuthorization
	TE
	Trailer
	Upgrade
	Expect
	Proxy
	Via
	Forwarded
	XForwardedFor
	XForwardedProto
	XForwardedHost
	XForwardedPort
	XForwardedOther // any other X-Forwarded-…
	XRealIP
	XRequestID
	Traceparent
	Tracestate
	Authorization
	Cookie
	SetCookie
	Accept
	UserAgent
	Referer
	ContentType
	Date
	Server
	Location
	RetryAfter
	HTTP2Settings
	CacheControl
	Pragma
	Age
	Expires
	ETag
	LastModified
	Vary
	Range
	IfRange
	IfMatch
	IfNoneMatch
	IfModifiedSince
	IfUnmodifiedSince
	ContentRange
	ContentLocation
	AcceptEncoding
	AcceptLanguage
	knownCount
)

// Get returns the value of the first field that is k, or nil.
func Get(fields []Field, k Known) []byte {
	for i := range fields {
		if fields[i].Known == k {
			return fields[i].Value
		}
	}
	return nil
}
