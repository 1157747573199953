package message

import "net/netip"

// Version is the HTTP/1 minor version of a message.
type Version uint8

// The versions the gate accepts.
const (
	HTTP10 Version = 10
	HTTP11 Version = 11
	HTTP2  Version = 20
)

// Unknown is the ContentLength of a body whose length its sender did not declare.
const Unknown int64 = -1

// A Request is one request that passed the gate. It belongs to the connection
// that read it: every slice points into that connection's buffer and is valid
// until the handler returns. The proxy never modifies a Request it was handed.
type Request struct {
	// Method is the method token; for the methods of RFC 9110 it is a constant.
	Method string
	// Scheme is "http" or "https", the scheme of the connection it came on.
	Scheme string
	// Version is the version the client spoke.
	Version Version

	// Authority is the authority the client addressed (Host, or the authority
	// of an absolute-form target, which the gate requires to be the same),
	// as sent.
	Authority []byte
	// Hostname is Authority without port and trailing dot, in lower case; the
	// brackets of an IPv6 literal are kept. Routes match on it.
	Hostname []byte

	// Target is the raw target in origin-form, path and query as sent ("*" for
	// OPTIONS *). It is what is forwarded.
	Target []byte
	// Path is Target's path for matching: percent-decoded once, dot segments
	// removed, runs of slashes merged; %2F, %5C and %00 stay encoded and are
	// reported in Odd.
	Path []byte
	// Query is Target's query without the question mark.
	Query []byte
	// Odd says what is unusual about the path; a route has to allow each.
	Odd PathOddity

	// Fields are all field lines in order, case and duplicates as received.
	Fields []Field

	// ContentLength is the declared length of the body, 0 without one, Unknown
	// when it is chunked.
	ContentLength int64
	// Body streams the request body. It is nil when the body is empty or when
	// all of it is in Prefetched.
	Body Body
	// Prefetched is the whole body when it arrived together with the head.
	Prefetched []byte

	// KeepAlive tells whether the client allows another request on this connection.
	KeepAlive bool
	// ExpectContinue tells that the client waits for 100 (Continue).
	ExpectContinue bool
	// AcceptsTrailers tells that the client sent "TE: trailers".
	AcceptsTrailers bool
	// Upgrade is the value of the Upgrade field when Connection lists upgrade.
	Upgrade []byte

	// Arrived is when the head was complete, by the monotonic clock that package
	// upstream calls Now.
	Arrived int64

	// Conn describes the connection the request came on.
	Conn *ConnInfo
	// Client is the other end of that connection.
	Client Client

	// Kept is the handler's: what it leaves there it finds in a later request,
	// on whatever connection, that is read into the same memory.
	Kept any

	scratch      []byte // backs Hostname, Path, Target and Upgrade when they differ from what was sent
	customMethod string // the last unusual method, kept so that it is allocated once
}

// PathOddity is a set of properties of a path that can make two readers of it disagree.
type PathOddity uint8

// The oddities. Without the route's consent each is answered 400.
const (
	EncodedSlash     PathOddity = 1 << iota // %2F
	EncodedBackslash                        // %5C or a raw backslash
	EncodedNUL                              // %00
	AboveRoot                               // ".." that climbs above "/"
)

// ConnInfo holds the facts about a client connection. It does not change while
// the connection lives and may be read by any goroutine.
type ConnInfo struct {
	Listener string         // name of the listener
	Local    netip.AddrPort // zero on a unix socket
	Peer     netip.AddrPort // address of the other end of the socket; zero on a unix socket
	TLS      bool
	Stripe   uint32 // spreads counters: connections get consecutive numbers
}

// A Body is a request body while it arrives. Read returns io.EOF only once the
// body is complete to the last byte of its framing; any other error says how it
// ended instead (ErrTruncated, ErrStalled, a *Reject, ErrStopped).
// One goroutine at a time may read.
type Body interface {
	Read(p []byte) (n int, err error)
}

// A Client is the far end of the connection a request came on.
type Client interface {
	// Gone looks at the socket, without reading from it, and reports whether
	// the client has closed or reset it. It may be called by any goroutine.
	Gone() bool
	// StopBody makes a Read of the request body that is under way, and every
	// later one, return ErrStopped. It may be called by any goroutine.
	StopBody()
	// Takeover ends HTTP on this connection after a 101 was sent and returns
	// the raw byte stream; bytes the client already sent come first.
	// The handler must have finished with it when it returns.
	Takeover() (Stream, error)
}
