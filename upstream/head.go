package upstream

import (
	"errors"
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
