package message

// knownNames holds the names of the well-known fields in lower case.
var knownNames = [knownCount]string{
	Host:               "host",
	ContentLength:      "content-length",
	TransferEncoding:   "transfer-encoding",
	Connection:         "connection",
	KeepAlive:          "keep-alive",
	ProxyConnection:    "proxy-connection",
	ProxyAuthenticate:  "proxy-authenticate",
	ProxyAuthorization: "proxy-authorization",
	TE:                 "te",
	Trailer:            "trailer",
	Upgrade:            "upgrade",
	Expect:             "expect",
	Proxy:              "proxy",
	Via:                "via",
	Forwarded:          "forwarded",
	XForwardedFor:      "x-forwarded-for",
	XForwardedProto:    "x-forwarded-proto",
	XForwardedHost:     "x-forwarded-host",
	XForwardedPort:     "x-forwarded-port",
	XForwardedOther:    "x-forwarded-",
	XRealIP:            "x-real-ip",
	XRequestID:         "x-request-id",
	Traceparent:        "traceparent",
	Tracestate:         "tracestate",
	Authorization:      "authorization",
	Cookie:             "cookie",
	SetCookie:          "set-cookie",
	Accept:             "accept",
	UserAgent:          "user-agent",
	Referer:            "referer",
	ContentType:        "content-type",
	Date:               "date",
	Server:             "server",
	Location:           "location",
	RetryAfter:         "retry-after",
	HTTP2Settings:      "http2-settings",
	CacheControl:       "cache-control",
	Pragma:             "pragma",
	Age:                "age",
	Expires:            "expires",
	ETag:               "etag",
	LastModified:       "last-modified",
	Vary:               "vary",
	Range:              "range",
	IfRange:            "if-range",
	IfMatch:            "if-match",
	IfNoneMatch:        "if-none-match",
	IfModifiedSince:    "if-modified-since",
	IfUnmodifiedSince:  "if-unmodified-since",
	ContentRange:       "content-range",
	ContentLocation:    "content-location",
	AcceptEncoding:     "accept-encoding",
	AcceptLanguage:     "accept-language",
}

const _ = uint(64 - knownCount) // a knownSet has to hold them all

// A knownSet is a set of well-known fields.
type knownSet uint64

func setOf(fields ...Known) (s knownSet) {
	for _, k := range fields {
		s |= 1 << k
	}
	return s
}

func (s knownSet) has(k Known) bool { return s>>k&1 != 0 }

var (
	// hopByHop fields concern one connection only (RFC 9110, section 7.6.1), or
	// are never passed on because they could only do harm (Proxy).
	hopByHop = setOf(Connection, KeepAlive, ProxyConnection, ProxyAuthenticate, ProxyAuthorization,
		TE, Trailer, TransferEncoding, Upgrade, Proxy, HTTP2Settings)

	// ours are the fields weir itself sets, or vouches for, towards a backend.
	ours = setOf(Via, Forwarded, XForwardedFor, XForwardedProto, XForwardedHost, XForwardedPort,
		XForwardedOther, XRealIP, XRequestID, Traceparent, Tracestate)

	framing = setOf(ContentLength, TransferEncoding)

	// aliased fields must not be imitated by a name with underscores.
	aliased = ours | framing | setOf(Host, Connection)

	// protected fields must not be removed by naming them in Connection.
	protected = ours | framing | setOf(Host, Authorization, Cookie, SetCookie, ContentType, Expect, Date, Location)
)

// candidates holds the well-known fields by the length of their names.
var candidates = indexByLength()

func indexByLength() (t [20][]Known) {
	for k := Other + 1; k < knownCount; k++ {
		if k != XForwardedOther {
			n := len(knownNames[k])
			t[n] = append(t[n], k)
		}
	}
	return t
}

// KnownName returns which well-known field name is. What is no token is Other or
// may be taken for one.
func KnownName(name []byte) Known {
	if len(name) == 0 {
		return Other
	}
	if len(name) < len(candidates) {
		first := name[0] | 0x20
		for _, k := range candidates[len(name)] {
			if want := knownNames[k]; want[0] == first && sameName(name, want) {
				return k
			}
		}
	}
	if len(name) >= 12 && name[0]|0x20 == 'x' && sameName(name[:12], "x-forwarded-") {
		return XForwardedOther
	}
	return Other
}

// sameName compares a token with a lower-case name of the same length made of
// letters, digits and dashes. Setting bit 5 cannot turn any other token
// character into one of those.
func sameName(name []byte, low string) bool {
	for i := range low {
		if name[i]|0x20 != low[i] {
			return false
		}
	}
	return true
}

// knownAlias returns which well-known field name is once every underscore in it
// has become a dash.
func knownAlias(name []byte) Known {
	var buf [48]byte
	if len(name) > len(buf) {
		name = name[:len(buf)] // longer than any: only its beginning can matter
	}
	n := copy(buf[:], name)
	for i, c := range buf[:n] {
		if c == '_' {
			buf[i] = '-'
		}
	}
	return KnownName(buf[:n])
}
