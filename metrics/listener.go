package metrics

// A Listener counts what happens on one listener. It is obtained with
// Registry.Listener and its methods may be called by any goroutine.
type Listener struct {
	name string

	connections gauge
	refused     [refusalCount]counter
	requests    counter
	rejected    words
}

// A Refusal is why a connection was not taken or was closed before it was served.
type Refusal uint8

// The reasons of refusals.
const (
	ConnectionLimit Refusal = iota // the listener has as many connections as it may
	AddressLimit                   // the client's address has
	AcceptError                    // the system could not hand it over, for want of descriptors for example
	refusalCount
)

// String returns the label value.
func (r Refusal) String() string {
	switch r {
	case ConnectionLimit:
		return "connection_limit"
	case AddressLimit:
		return "address_limit"
	case AcceptError:
		return "accept_error"
	default:
		return other
	}
}

// Name returns the value of the listener label.
func (l *Listener) Name() string { return l.name }

// Accepted counts a connection that is going to be served.
func (l *Listener) Accepted(stripe uint32) { l.connections.up.inc(stripe) }

// Closed counts the end of a connection that was counted as accepted.
func (l *Listener) Closed(stripe uint32) { l.connections.down.inc(stripe) }

// Open returns how many connections are open now.
func (l *Listener) Open() int64 { return l.connections.value() }

// Refused counts a connection that was not served.
func (l *Listener) Refused(stripe uint32, why Refusal) {
	if why < refusalCount {
		l.refused[why].inc(stripe)
	}
}

// Request counts a request whose head was read, whether the gate passed or
// rejected it.
func (l *Listener) Request(stripe uint32) { l.requests.inc(stripe) }

// Rejected counts a request that the gate rejected; reason is a word of the
// gate's own list.
func (l *Listener) Rejected(stripe uint32, reason string) { l.rejected.inc(stripe, reason) }
