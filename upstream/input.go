package upstream

import (
	"errors"
	"io"
	"net/http"

	"github.com/weirproxy/weir/message"
)

const (
	// maxInformational is how many informational responses may come before the
	// final one.
	maxInformational = 16
	// maxFields bounds the field lines of a response head, and of its trailers.
	maxFields = 256

	// protocol is what every response begins with.
	protocol = "HTTP/"
)

var limits = message.Limits{
	HeaderBytes: headSize,
	Fields:      maxFields,
	Underscores: message.UnderscoresAllow,
}

var (
	errHeadSize      = errors.New("response head larger than 64 KiB")
	errNotHTTP       = errors.New("not a response of HTTP")
	errInformational = errors.New("more than 16 informational responses")
)

// An input is one response as it arrives: what was read and not yet taken, and
// what it is part of. It does no I/O.
type input struct {
	buf     []byte // lent; nil when nothing is in it, or between exchanges
	r, w    int    // buf[r:w] was read and not yet taken
	scanned int    // how much of it is known not to end a head

	framing message.Framing
	left    int64 // to come of a body with a length
	chunked message.ChunkedDecoder

	informational int
	inBody        bool
	done          bool
	upgraded      bool
	keepAlive     bool
}

// begin makes in ready for one response.
func (in *input) begin() {
	in.r, in.w, in.scanned = 0, 0, 0
	in.informational = 0
	in.inBody, in.done, in.upgraded, in.keepAlive = false, false, false, false
}

// end gives the buffer back.
func (in *input) end() {
	if in.buf != nil {
		releaseBuffer(in.buf)
		in.buf = nil
	}
	in.r, in.w = 0, 0
}

// reusable tells that the response ended, and nothing after it came.
func (in *input) reusable() bool {
	return in.done && in.keepAlive && !in.upgraded && in.drained()
}

// head parses the next response head, if all of it is there.
func (in *input) head(method string, res *message.Response) (ok bool, bad *Error) {
	there := in.buf[in.r:in.w]
	end, rej := message.HeadEnd(there, in.scanned)
	if rej != nil {
		return false, headError(rej)
	}
	if end == 0 {
		in.scanned = len(there)
		return false, in.hopeless()
	}
	framing, keepAlive, rej := res.Parse(there[:end], method, &limits)
	if rej != nil {
		return false, headError(rej)
	}
	in.r += end
	in.scanned = 0
	return true, in.admit(res, framing, keepAlive)
}

// hopeless tells when what is there of a head need not be waited for.
func (in *input) hopeless() *Error {
	there := in.buf[in.r:in.w]
	if n := min(len(there), len(protocol)); string(there[:n]) != protocol[:n] {
		return &Error{Kind: Protocol, Err: errNotHTTP}
	}
	if len(there) >= headSize {
		return &Error{Kind: HeaderSize, Err: errHeadSize}
	}
	return nil
}

func headError(rej *message.Reject) *Error {
	switch rej.Reason {
	case message.HeadTooLarge, message.TooManyFields:
		return &Error{Kind: HeaderSize, Err: rej}
	case message.BadCoding, message.UnknownCoding, message.CodingOnHTTP10:
		return &Error{Kind: TransferCoding, Err: rej}
	}
	return &Error{Kind: Protocol, Err: rej}
}

// admit draws the consequences of a head.
func (in *input) admit(res *message.Response, framing message.Framing, keepAlive bool) *Error {
	switch {
	case res.Status == http.StatusSwitchingProtocols:
		in.upgraded = true
		in.inBody, in.done = true, true
		return nil
	case res.Status < 200:
		in.informational++
		if in.informational > maxInformational {
			return &Error{Kind: Protocol, Err: errInformational}
		}
		return nil
	}
	in.inBody = true
	in.framing = framing
	in.keepAlive = keepAlive && res.Version == message.HTTP11
	switch framing {
	case message.NoBody:
		in.done = true
	case message.Length:
		in.left = res.ContentLength
		in.done = in.left <= 0
	case message.Chunked:
		in.chunked.Reset(&limits)
	}
	return nil
}

// take takes what is there of the body. ok is false when more has to be read first.
func (in *input) take() (p []byte, last, ok bool, bad *Error) {
	switch {
	case in.done:
		return nil, true, true, nil
	case in.r == in.w || !in.inBody:
		return nil, false, false, nil
	case in.framing == message.Length:
		p = in.buf[in.r : in.r+int(min(int64(in.w-in.r), in.left))]
		in.left -= int64(len(p))
		in.r += len(p)
		in.done = in.left == 0
	case in.framing == message.Chunked:
		return in.takeChunks()
	default:
		p = in.buf[in.r:in.w]
		in.r = in.w
	}
	return p, in.done, true, nil
}

// takeChunks takes all chunks that are there.
func (in *input) takeChunks() (p []byte, last, ok bool, bad *Error) {
	start := in.r
	for in.r < in.w && !in.done {
		data, n, done, rej := in.chunked.Next(in.buf[in.r:in.w])
		if rej != nil {
			return nil, false, false, chunkError(rej)
		}
		in.r += n
		in.done = done
		p = in.join(start, p, data)
	}
	return p, in.done, len(p) > 0 || in.done, nil
}

// join returns p and data, which follows it after some framing, in one piece, so
// that many small chunks cost the client's side one write. Both lie in buf from
// start on, and so does the result: it overwrites what has been taken.
func (in *input) join(start int, p, data []byte) []byte {
	switch {
	case len(data) == 0:
		return p
	case len(p) == 0:
		return data
	}
	n := len(p)
	if &p[0] != &in.buf[start] { // moved once only, however many chunks there are
		copy(in.buf[start:], p)
	}
	n += copy(in.buf[start+n:], data)
	return in.buf[start : start+n]
}

func chunkError(rej *message.Reject) *Error {
	switch rej.Reason {
	case message.TrailersTooLarge, message.TooManyTrailers:
		return &Error{Kind: TrailerSize, Err: rej}
	}
	return &Error{Kind: TransferCoding, Err: rej}
}

func (in *input) trailers() []message.Field {
	if in.done && in.framing == message.Chunked {
		return in.chunked.Trailers()
	}
	return nil
}

// drained tells that all that was read has been taken.
func (in *input) drained() bool { return in.r == in.w }

// space returns where to read to. It is never full: a head that does not end
// within headSize has failed, and of a body nothing stays behind.
func (in *input) space() []byte {
	switch {
	case in.buf == nil:
		in.buf = buffers.Get()
	case in.drained():
		in.r, in.w = 0, 0
	case in.r > 0:
		in.w = copy(in.buf, in.buf[in.r:in.w])
		in.r = 0
	case in.w == bufferSize:
		big := bigBuffers.Get()
		copy(big, in.buf)
		releaseBuffer(in.buf)
		in.buf = big
	}
	return in.buf[in.w:]
}

// eof is told that the connection ended; clean says that it did so in order.
func (in *input) eof(clean bool) *Error {
	if in.inBody && in.framing == message.UntilClose && clean {
		in.done = true
		in.keepAlive = false
		return nil
	}
	return &Error{Kind: in.cut(), Err: io.ErrUnexpectedEOF}
}

// cut is what an untimely end of the connection means now.
func (in *input) cut() Kind {
	if in.inBody || in.informational > 0 || in.w > in.r {
		return Incomplete
	}
	return Terminated
}
