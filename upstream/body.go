package upstream

import "github.com/weirproxy/weir/message"

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
