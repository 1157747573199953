package proxy

import "unsafe"

// startResponse sends the head in x.res, with the route's operations applied.
func (x *exchange) startResponse() error {
	res := &x.res
	fields := res.Fields
	if x.route != nil && !x.route.responseOps.empty() {
		x.fields = x.route.responseOps.apply(x.fields[:0], fields, x)
		res.Fields = x.fields
	}
	err := x.sink.Start(res)
	res.Fields = fields
	if err != nil {
		return errClientGone
	}
	x.status = res.Status
	return nil
}

// deliver passes the response that x.conn has begun on to the client. fault tells
// that it was the backend that did not come to the end of it.
func (x *exchange) deliver() (fault bool, err error) {
	if err := x.startResponse(); err != nil {
		return false, err
	}
	for last := false; !last; {
		var p []byte
		var ready bool
		if p, last, ready, err = x.conn.Take(); err == nil && !ready {
			// What is not here yet may be long in coming: the head, or the
			// event before, must not wait for it.
			if x.sink.Write(nil, false) != nil {
				return false, errClientGone
			}
			p, last, err = x.conn.Next()
		}
		if err != nil {
			x.backendFailed(err)
			return backendsFault(err), x.attemptError(err)
		}
		if x.sink.Write(p, last) != nil {
			return false, errClientGone
		}
		x.bytesOut += int64(len(p))
	}
	if x.sink.End(x.conn.Trailers()) != nil {
		return false, errClientGone
	}
	return false, nil
}

// nameBytes is a constant field name as bytes, which nobody may modify.
func nameBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
