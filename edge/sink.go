package edge

import (
	"errors"
	"strconv"

	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
)

// sink writes the response to the request under way (message.Sink).
type sink struct {
	c       *conn
	state   sinkState
	framing framing
	left    int64 // body bytes still owed, with a declared length
	at      int64 // the time, as far as it is known for the next write; else 0
	wrote   int64 // when the last write began
}

type sinkState uint8

const (
	unstarted sinkState = iota
	started             // final head serialised, body follows
	ended               // complete and sent
	broken              // the client cannot be sent anything more
	switched            // 101 sent
	tunnelled           // taken over
)

type framing uint8

const (
	noBody framing = iota
	byLength
	byChunks
	untilClose
)

var (
	errOrder  = errors.New("calls on a sink out of order")
	errLength = errors.New("body and declared length of the response differ")
)

// copyMax is up to what size body bytes are copied behind a head or chunk size
// rather than gathered by the kernel.
const copyMax = 8 << 10

func (k *sink) begin(c *conn) {
	*k = sink{c: c}
	c.out = c.out[:0]
}

// Start sends or prepares a head (message.Sink).
func (k *sink) Start(res *message.Response) error {
	if k.state != unstarted {
		return errOrder
	}
	if res.Status < 200 {
		return k.inform(res)
	}
	c := k.c
	if c.out == nil {
		c.out = make([]byte, 0, outMin)
	}
	k.decideFraming(res)
	if res.Close || c.set.KeepAlive == 0 || !c.req.KeepAlive || k.framing == untilClose ||
		c.server.bleeding.Load() || !c.body.complete() {
		c.closing = true
	}
	out := message.AppendStatusLine(c.out[:0], c.req.Version, res.Status, res.Reason)
	out = append(out, res.Lines...)
	out, dated := appendFields(out, res.Fields)
	if !dated && res.Lines == nil {
		out = appendDate(out)
	}
	c.out = k.appendFraming(out, res)
	k.state = started
	k.at = res.At
	return nil
}

// inform sends an interim response, or the switch to another protocol.
func (k *sink) inform(res *message.Response) error {
	c := k.c
	if c.req.Version == message.HTTP10 {
		return nil // it would be taken for the final one (RFC 9110, section 15.2)
	}
	out, _ := appendFields(message.AppendStatusLine(c.out[:0], c.req.Version, res.Status, res.Reason), res.Fields)
	if res.Status == 101 {
		out = append(out, "Connection: Upgrade\r\nUpgrade: "...)
		out = append(out, message.Get(res.Fields, message.Upgrade)...)
		out = append(out, '\r', '\n')
	}
	c.out = append(out, '\r', '\n')
	if err := k.flush(nil, nil); err != nil {
		return err
	}
	if res.Status == 101 {
		k.state = switched
		c.closing = true
	}
	return nil
}

// decideFraming says how the client will know where the body ends (RFC 9112, section 6.3).
func (k *sink) decideFraming(res *message.Response) {
	k.left = 0
	switch {
	case k.c.req.Method == "HEAD" || res.Status == 204 || res.Status == 304:
		k.framing = noBody
	case res.ContentLength >= 0:
		k.framing, k.left = byLength, res.ContentLength
	case k.c.req.Version == message.HTTP10:
		k.framing = untilClose
	default:
		k.framing = byChunks
	}
}

func (k *sink) appendFraming(out []byte, res *message.Response) []byte {
	c := k.c
	if k.framing == byChunks {
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	} else if res.ContentLength >= 0 && res.Status != 204 {
		out = append(out, "Content-Length: "...)
		out = strconv.AppendInt(out, res.ContentLength, 10)
		out = append(out, '\r', '\n')
	}
	if c.closing {
		out = append(out, "Connection: close\r\n"...)
	} else if c.req.Version == message.HTTP10 {
		out = append(out, "Connection: keep-alive\r\n"...)
	}
	return append(out, '\r', '\n')
}

// Write sends body bytes (message.Sink).
func (k *sink) Write(p []byte, last bool) error {
	if k.state != started {
		return k.unfit()
	}
	if len(p) == 0 || k.framing == noBody {
		if last {
			return nil
		}
		return k.flush(nil, nil)
	}
	c := k.c
	switch k.framing {
	case byLength:
		if k.left -= int64(len(p)); k.left < 0 {
			k.state = broken
			return errLength
		}
	case byChunks:
		c.out = message.AppendChunkSize(c.out, len(p))
		if len(p) > copyMax {
			return k.flush(p, crlf)
		}
		c.out = append(append(c.out, p...), '\r', '\n')
		if last {
			return nil
		}
		return k.flush(nil, nil)
	}
	if len(c.out) > 0 && len(p) <= copyMax {
		c.out = append(c.out, p...)
		p = nil
		if last {
			return nil
		}
	}
	return k.flush(p, nil)
}

var crlf = []byte("\r\n")

// End completes the response (message.Sink).
func (k *sink) End(trailers []message.Field) error {
	if k.state != started {
		return k.unfit()
	}
	if k.left > 0 {
		k.state = broken
		return errLength
	}
	c := k.c
	if k.framing == byChunks {
		c.out = append(c.out, "0\r\n"...)
		if c.req.AcceptsTrailers {
			c.out, _ = appendFields(c.out, trailers)
		}
		c.out = append(c.out, '\r', '\n')
	}
	if err := k.flush(nil, nil); err != nil {
		return err
	}
	k.state = ended
	return nil
}

// unfit says why the sink takes nothing now.
func (k *sink) unfit() error {
	if k.state == broken {
		return message.ErrTruncated
	}
	return errOrder
}

// flush writes what is prepared, and then p and q.
func (k *sink) flush(p, q []byte) error {
	c := k.c
	if len(c.out)+len(p) == 0 {
		return nil
	}
	if k.at == 0 {
		k.at = sock.Now()
	}
	_, err := c.sock.WriteIdle(k.at, c.set.SendIdle, c.out, p, q)
	k.wrote, k.at = k.at, 0
	c.out = c.out[:0]
	if err != nil {
		k.state = broken
	}
	return err
}

// appendFields appends the fields that are passed on and tells whether Date is among them.
func appendFields(out []byte, fields []message.Field) (_ []byte, dated bool) {
	for i := range fields {
		f := &fields[i]
		if f.Drop {
			continue
		}
		if f.Known == message.Date {
			dated = true
		}
		out = message.AppendField(out, f)
	}
	return out, dated
}
