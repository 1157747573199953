package cache

import "github.com/weirproxy/weir/message"

// A keeper decides which fields of one response are stored.
type keeper struct {
	policy     *Policy
	unstorable [][]byte
	date       int  // the one Date that is; -1: there is no valid one
	tagged     bool // there is an ETag
}

func newKeeper(p *Policy, fields []message.Field) keeper {
	c := ReadControl(fields, p.Targeted)
	k := keeper{policy: p, unstorable: c.Unstorable, date: -1}
	for i := range fields {
		switch f := &fields[i]; f.Known {
		case message.Date:
			if _, ok := ParseDate(f.Value); ok && k.date < 0 && !f.Drop {
				k.date = i
			}
		case message.ETag:
			k.tagged = true
		}
	}
	return k
}

// keeps reports whether f, the field at index i, is stored.
func (k *keeper) keeps(i int, f *message.Field) bool {
	switch f.Known {
	case message.Date:
		return i == k.date
	case message.Age, message.ContentLength, message.TransferEncoding, message.Connection, message.KeepAlive,
		message.ProxyConnection, message.ProxyAuthenticate, message.ProxyAuthorization, message.TE,
		message.Trailer, message.Upgrade, message.Proxy, message.HTTP2Settings:
		return false
	case message.Other:
		if sameFold(f.Name, "Proxy-Authentication-Info") {
			return false
		}
	}
	return !f.Drop && !k.personal(f)
}

// personal reports whether f is for the client alone whose request brought it.
func (k *keeper) personal(f *message.Field) bool {
	if !k.policy.StoreSetCookie && f.Known == message.SetCookie {
		return true
	}
	for _, name := range k.unstorable {
		if sameFold(f.Name, name) {
			return true
		}
	}
	return false
}

// keeps304 reports whether a stored field is sent in a 304: those that section
// 15.4.5 of RFC 9110 demands, those that say how the message came here and how
// caches are to treat it, and of the other metadata only the validator when there
// is no better one.
func (k *keeper) keeps304(f *message.Field) bool {
	switch f.Known {
	case message.CacheControl, message.ContentLocation, message.Date, message.ETag, message.Expires,
		message.Vary, message.Via:
		return true
	case message.LastModified:
		return !k.tagged
	case message.Other:
		if sameFold(f.Name, "Cache-Status") || sameFold(f.Name, "CDN-Cache-Control") {
			return true
		}
		for _, name := range k.policy.Targeted {
			if sameFold(f.Name, name) {
				return true
			}
		}
	}
	return false
}

// Personal appends the fields of res that NewEntry and Freshen leave out because
// they are for the client alone whose request brought them: those that a
// qualified private or no-cache names (RFC 9111, sections 5.2.2.4 and 5.2.2.7), and
// Set-Cookie unless the policy stores it. They point into res. An answer to that
// one client is the entry's with these added.
func (p *Policy) Personal(dst []message.Field, res *message.Response) []message.Field {
	k := newKeeper(p, res.Fields)
	for i := range res.Fields {
		if f := &res.Fields[i]; !f.Drop && f.Known != message.Date && f.Known != message.Age && k.personal(f) {
			dst = append(dst, *f)
		}
	}
	return dst
}
