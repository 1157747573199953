package message

import (
	"io"
	"time"
)

// A Response is one response head on its way to the client. The slices belong
// to whoever made them and must stay valid until the call it is passed to returns.
type Response struct {
	Status int
	// Reason is the reason phrase as received; nil means the standard one.
	Reason []byte
	// Version is the version the backend spoke; zero for a response of weir's own.
	Version Version
	// Lines are field lines already serialised, each with its CRLF, Date among
	// them. They go before Fields; nil: there are none.
	Lines []byte
	// Fields are the field lines in order. The sink passes on all that are not
	// marked Drop, and adds framing and connection fields by itself.
	Fields []Field
	// ContentLength is the length of the body, or Unknown. For HEAD and 304 it
	// is the length a GET would have had, or Unknown when the sender did not say.
	ContentLength int64
	// At is when the response began, by the clock of Request.Arrived; 0 when not known.
	At int64
	// Close asks that the client connection ends after this response.
	Close bool
}

// A Sink takes the one response to a request, first to last byte. The handler
// that returns without a successful End has broken the response: the connection
// (the stream, in HTTP/2) is then cut so that the client can tell.
// A Sink is used by one goroutine at a time and keeps none of what it is passed.
type Sink interface {
	// Start sends a response head. A status below 200 is informational, is sent
	// at once and may be followed by another Start; 101 is final and is followed
	// by Client.Takeover. A final head may wait for the first body bytes.
	Start(res *Response) error
	// Write sends body bytes after a final head; they are on their way to the
	// client when it returns, unless last promises that End follows at once.
	// For a response that has no body (HEAD, 204, 304) it discards them.
	Write(p []byte, last bool) error
	// End completes the response. trailers are sent where the framing allows.
	End(trailers []Field) error
}

// A Stream is a raw two-way byte stream: a client connection after Takeover, or
// a backend connection after 101. Read and Write may run concurrently.
type Stream interface {
	io.ReadWriteCloser
	CloseWrite() error
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}
