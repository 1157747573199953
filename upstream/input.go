package upstream

import (
	"io"

	"github.com/weirproxy/weir/message"
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
	in.framing, in.left = message.NoBody, 0
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
