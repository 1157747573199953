package proxy

import (
	"slices"
	"unsafe"

	"github.com/weirproxy/weir/cache"
)

// startResponse sends the head in x.res, with the route's operations applied.
func (x *exchange) startResponse() error {
	res := &x.res
	if x.cached.status != cache.Off && res.Status >= 200 {
		x.addCacheStatus()
	}
	fields, lines := res.Fields, res.Lines
	if x.route != nil && !x.route.responseOps.empty() {
		x.operate()
	}
	err := x.sink.Start(res)
	res.Fields, res.Lines = fields, lines
	if err != nil {
		return errClientGone
	}
	x.status = res.Status
	return nil
}

// operate applies the route's operations to the head in x.res.
func (x *exchange) operate() {
	res := &x.res
	fields := res.Fields
	if res.Lines != nil {
		fields = append(slices.Clip(x.cached.serving.FieldsFor(res.Status)), fields...)
		res.Lines = nil
	}
	x.fields = x.route.responseOps.apply(x.fields[:0], fields, x)
	res.Fields = x.fields
}

// deliver passes the response that x.conn has begun on to the client. fault tells
// that it was the backend that did not come to the end of it.
func (x *exchange) deliver() (fault bool, err error) {
	// What has come of the body is looked at before anything is sent: a body
	// that is broken from the start is answered with 502.
	p, last, ready, err := x.conn.Take()
	if err != nil {
		return x.backendBroke(err)
	}
	if err := x.startResponse(); err != nil {
		return false, err
	}
	for {
		if ready {
			if x.sink.Write(p, last) != nil {
				return false, errClientGone
			}
			if x.bytesOut += int64(len(p)); last {
				break
			}
			p, last, ready, err = x.conn.Take()
		} else if x.sink.Write(nil, false) != nil {
			// The head, or the event before, must not wait for what may be long
			// in coming.
			return false, errClientGone
		} else {
			p, last, err = x.conn.Next()
			ready = true
		}
		if err != nil {
			return x.backendBroke(err)
		}
	}
	if x.sink.End(x.conn.Trailers()) != nil {
		return false, errClientGone
	}
	return false, nil
}

// backendBroke counts and explains the end of a response under way.
func (x *exchange) backendBroke(err error) (fault bool, _ error) {
	x.backendFailed(err)
	return backendsFault(err), x.attemptError(err)
}

// nameBytes is a constant field name as bytes, which nobody may modify.
func nameBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
