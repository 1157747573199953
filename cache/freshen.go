package cache

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/weirproxy/weir/message"
)

// Freshen makes the entry that e becomes by res, a 304 to a request with e's
// Validators (RFC 9111, sections 4.3.3 and 4.3.4). It shares e's body; e itself
// stays as it is. why is None when it may be stored; otherwise it may answer this
// request and no other. A nil entry, with Superseded, means that the 304 is about
// another representation: the request has to be repeated without conditions.
func (p *Policy) Freshen(e *Entry, req *message.Request, c *RequestControl, res *message.Response, t Times) (fresh *Entry, why Detail) {
	if !e.confirmedBy(res.Fields) {
		return nil, Superseded
	}
	return p.update(e, req, c, res, t)
}

// FromHead makes the entry that e becomes by res, a 200 to a HEAD request that e
// could have answered (RFC 9111, section 4.3.5). It shares e's body. ok is false
// when e is not the response that a GET would have got, or may not be stored any
// more: it must not be used again without asking.
func (p *Policy) FromHead(e *Entry, req *message.Request, c *RequestControl, res *message.Response, t Times) (fresh *Entry, ok bool) {
	if res.Status != http.StatusOK || !e.describedBy(res) {
		return nil, false
	}
	fresh, why := p.update(e, req, c, res, t)
	return fresh, why == None
}

// confirmedBy reports whether a 304 with these fields selects e (RFC 9111, section
// 4.3.4). One without any validator does: e is all that was asked about.
func (e *Entry) confirmedBy(fields []message.Field) bool {
	if has(fields, message.ETag) {
		tag := only(fields, message.ETag)
		if isQuoted(tag) {
			return bytes.Equal(tag, e.ETag)
		}
		return tag != nil && e.ETag != nil && bytes.Equal(opaque(tag), opaque(e.ETag))
	}
	return !has(fields, message.LastModified) || e.modifiedAt(fields)
}

// describedBy reports whether what res, the response to a HEAD, says about the
// representation is true of e.
func (e *Entry) describedBy(res *message.Response) bool {
	switch {
	case e.Status != res.Status:
		return false
	case has(res.Fields, message.ETag) && (e.ETag == nil || !bytes.Equal(only(res.Fields, message.ETag), e.ETag)):
		return false
	case has(res.Fields, message.LastModified) && !e.modifiedAt(res.Fields):
		return false
	}
	return res.ContentLength == message.Unknown || res.ContentLength == e.Length
}

// modifiedAt reports whether Last-Modified in fields is e's.
func (e *Entry) modifiedAt(fields []message.Field) bool {
	at, ok := ParseDate(only(fields, message.LastModified))
	return ok && e.LastModified != nil && at == e.Modified
}

func has(fields []message.Field, k message.Known) bool {
	for i := range fields {
		if fields[i].Known == k && !fields[i].Drop {
			return true
		}
	}
	return false
}

// update makes the entry that e becomes by the fields of res.
func (p *Policy) update(e *Entry, req *message.Request, c *RequestControl, res *message.Response, t Times) (*Entry, Detail) {
	merged := message.Response{
		Status: e.Status, Version: res.Version, At: res.At, ContentLength: e.Length,
		Fields: p.mergeFields(e, res.Fields),
	}
	f, why := p.Judge(req, c, &merged, t)
	if why == HeadOnly {
		why = None // there is a body
	}
	fresh := p.NewEntry(req, &merged, f, t)
	fresh.body = e.body
	fresh.keepTags(e)
	return fresh, why
}

// mergeFields returns the fields of e, each replaced by those of its name in
// updates, but for the exceptions of RFC 9111, section 3.2. They point into e and
// updates. Date is always that of the update or its arrival, and weir's Via, the
// last, is not among them.
func (p *Policy) mergeFields(e *Entry, updates []message.Field) []message.Field {
	merged := make([]message.Field, 0, len(e.Fields)+len(updates))
	for i := range len(e.Fields) - 1 {
		if f := &e.Fields[i]; f.Known != message.Date && !p.replaced(f.Name, updates) {
			merged = append(merged, *f)
		}
	}
	for i := range updates {
		if p.updatable(&updates[i]) {
			merged = append(merged, updates[i])
		}
	}
	return merged
}

func (p *Policy) replaced(name []byte, updates []message.Field) bool {
	for i := range updates {
		if u := &updates[i]; p.updatable(u) && sameFold(u.Name, name) {
			return true
		}
	}
	return false
}

// updatable reports whether f may change what is stored. How many bytes the stored
// body has, and how they are coded, an answer without them does not change; and a
// cookie in it is for the client alone that asked.
func (p *Policy) updatable(f *message.Field) bool {
	switch f.Known {
	case message.SetCookie:
		return p.StoreSetCookie && !f.Drop
	case message.ContentLength, message.ContentRange:
		return false
	case message.Other:
		return !f.Drop && !sameFold(f.Name, "Content-Encoding") && !sameFold(f.Name, "Content-MD5")
	}
	return !f.Drop
}

// keepTags adds the tags that old has from elsewhere than its fields.
func (e *Entry) keepTags(old *Entry) {
	own, _ := TagsOf(old.Fields)
	for _, tag := range old.Tags {
		if !slices.Contains(own, tag) && !slices.Contains(e.Tags, tag) {
			e.Tags = append(e.Tags, tag)
		}
	}
}
