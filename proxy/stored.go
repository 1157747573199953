package proxy

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/upstream"
)

// deliverStored answers with e. Its body comes from body while it still arrives;
// nil: e is complete.
func (x *exchange) deliverStored(e *cache.Entry, body *cache.Reader) error {
	if body != nil {
		defer body.Close()
	} else if e.Length > holdFrom {
		e.Hold()
		x.cached.holding = true
	}
	x.cached.serving = e
	x.letGo()
	from, to := x.storedHead(e)
	if err := x.startResponse(); err != nil {
		return err
	}
	if x.req.Method == http.MethodHead || x.res.Status == http.StatusNotModified {
		from, to = 0, 0
	}
	if body != nil {
		return x.stream(body, from, to)
	}
	return x.sendStored(e, from, to)
}

// holdFrom is from what size on a body counts that is still sent though its entry
// has been dropped. A smaller one is copied behind the head.
const holdFrom = 8 << 10

// storedHead makes x.res the head of the answer and returns which bytes of the
// body go with it; to is message.Unknown when that is all of a body of unknown length.
func (x *exchange) storedHead(e *cache.Entry) (from, to int64) {
	now := x.req.Arrived
	if x.cached.status != cache.Hit {
		now = upstream.Now()
	}
	res := &x.res
	*res = message.Response{Status: e.Status, Lines: e.Lines, Fields: res.Fields[:0], ContentLength: e.Length, At: now}
	to = e.Length
	start := len(x.arena)
	x.arena = strconv.AppendInt(x.arena, max(0, int64(e.Fresh.Age(now)/time.Second)), 10)
	res.Fields = append(res.Fields, message.Field{Name: nameAge, Value: x.arena[start:len(x.arena):len(x.arena)], Known: message.Age})
	res.Fields = append(res.Fields, x.cached.personal...)
	if c := &x.cached.control; !c.Conditional && !c.Ranged {
		return 0, to // Fast path
	}
	if cache.NotModified(x.req, e) {
		res.Status, res.Lines, res.ContentLength = http.StatusNotModified, e.Lines304, message.Unknown
		return 0, 0
	}
	first, last, use := cache.RangeOf(x.req, e, e.Length)
	switch use {
	case cache.Part:
		if message.Get(e.Fields, message.ContentRange) != nil {
			x.withoutContentRange(e) // the backend's, which means nothing in a 200
		}
		x.addContentRange(first, last, e.Length)
		res.Status, res.ContentLength = http.StatusPartialContent, last-first+1
		return first, last + 1
	case cache.Unsatisfiable:
		// Only what is true of this answer: whoever caches it must not take it for
		// the response of the URL.
		res.Status, res.Lines, res.ContentLength = http.StatusRequestedRangeNotSatisfiable, nil, 0
		x.addContentRange(-1, -1, e.Length)
		for i := range e.Fields {
			if f := &e.Fields[i]; f.Known == message.Date || f.Known == message.Via {
				res.Fields = append(res.Fields, *f)
			}
		}
		return 0, 0
	}
	return 0, to
}

// withoutContentRange makes the fields of e, but for its Content-Range, those of
// x.res, field by field.
func (x *exchange) withoutContentRange(e *cache.Entry) {
	x.res.Lines = nil
	for i := range e.Fields {
		if e.Fields[i].Known != message.ContentRange {
			x.res.Fields = append(x.res.Fields, e.Fields[i])
		}
	}
}

func (x *exchange) addContentRange(first, last, length int64) {
	start := len(x.arena)
	x.arena = cache.AppendContentRange(x.arena, first, last, length)
	x.res.Fields = append(x.res.Fields, message.Field{Name: nameContentRange, Value: x.arena[start:len(x.arena):len(x.arena)], Known: message.ContentRange})
}

var nameAge, nameContentRange = []byte("Age"), []byte("Content-Range")

// sendStored sends the bytes from and before to of a complete body.
func (x *exchange) sendStored(e *cache.Entry, from, to int64) error {
	for _, p := range e.Body() {
		n := int64(len(p))
		if to <= 0 {
			break
		}
		if from < n {
			p = p[from:min(n, to)]
			if err := x.sink.Write(p, to <= n); err != nil {
				return errClientGone
			}
			x.bytesOut += int64(len(p))
		}
		from, to = max(0, from-n), to-n
	}
	if x.sink.End(nil) != nil {
		return errClientGone
	}
	return nil
}

// stream sends the bytes from and before to of a body that still arrives.
func (x *exchange) stream(body *cache.Reader, from, to int64) error {
	body.Skip(from)
	left, gone := to-from, x.req.Client.Gone
	for to == message.Unknown || left > 0 {
		p, last, err := body.Next(gone)
		if err != nil {
			return streamError(err)
		}
		if to != message.Unknown && int64(len(p)) >= left {
			p, last = p[:left], true
		}
		if x.sink.Write(p, last) != nil {
			return errClientGone
		}
		x.bytesOut += int64(len(p))
		if left -= int64(len(p)); last {
			break
		}
	}
	if x.sink.End(nil) != nil {
		return errClientGone
	}
	return nil
}

// streamError says what it means for a response under way that the fill it is
// read from ended with err.
func streamError(err error) *Error {
	switch {
	case errors.Is(err, cache.ErrGone):
		return errClientGone
	case errors.Is(err, cache.ErrLagging):
		return errLagging
	}
	return &Error{Status: http.StatusBadGateway, Token: kindOf(err), Details: "backend failed", Cause: err}
}

// wholeSeconds rounds towards the past: what is stale for a moment is at -1.
func wholeSeconds(d time.Duration) int64 {
	if d < 0 {
		return -int64((-d + time.Second - 1) / time.Second)
	}
	return int64(d / time.Second)
}

func secondsSince(then, now int64) time.Duration { return time.Duration(max(0, now-then)) }
