package cache

import "strconv"

// A Report is what the Cache-Status field says about one response (RFC 9211).
type Report struct {
	// Status is hit, or why the request went on. Off reports nothing.
	Status Status
	// Detail is the reason behind it; None: there is nothing to add.
	Detail Detail
	// TTL is the remaining freshness lifetime in seconds, negative when the
	// response is stale; it is said when HasTTL is set.
	TTL    int64
	HasTTL bool
	// FwdStatus is the status the backend answered with; 0: it did not, or the
	// response is that answer. Not said of a hit.
	FwdStatus int
	// Stored tells that the answer of the backend was stored, and Collapsed that
	// the request was joined with others. Not said of a hit.
	Stored, Collapsed bool
	// Key is the cache key, if it is to be shown: what KeySpec.Append made.
	Key []byte
}

// Append appends the value of a Cache-Status field, such as
//
//	weir; hit; ttl=59
//	weir; fwd=stale; fwd-status=200; ttl=60; stored; detail=expired
//
// A hit that was served stale has a negative ttl and a detail. It allocates only
// to grow dst.
func (r *Report) Append(dst []byte) []byte {
	switch r.Status {
	case Off:
		return dst
	case Hit:
		dst = append(dst, "weir; hit"...)
	default:
		dst = append(dst, "weir"...)
		if r.Detail != OnlyIfCached { // which is answered without asking anybody
			dst = append(append(dst, "; fwd="...), r.Status.String()...)
		}
		if r.FwdStatus != 0 {
			dst = append(dst, "; fwd-status="...)
			dst = strconv.AppendInt(dst, int64(r.FwdStatus), 10)
		}
	}
	if r.HasTTL {
		dst = append(dst, "; ttl="...)
		dst = strconv.AppendInt(dst, min(max(r.TTL, -maxInteger), maxInteger), 10)
	}
	if r.Status != Hit {
		dst = r.appendFlags(dst)
	}
	if r.Key != nil {
		dst = append(appendShownKey(append(dst, `; key="`...), r.Key), '"')
	}
	if r.Detail != None {
		dst = append(append(dst, "; detail="...), r.Detail.String()...)
	}
	return dst
}

// maxInteger is the largest integer of structured fields (RFC 9651, section 3.3.1).
const maxInteger = 999_999_999_999_999

func (r *Report) appendFlags(dst []byte) []byte {
	if r.Stored {
		dst = append(dst, "; stored"...)
	}
	if r.Collapsed {
		dst = append(dst, "; collapsed"...)
	}
	return dst
}
