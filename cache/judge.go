package cache

import (
	"bytes"
	"slices"
	"time"

	"github.com/weirproxy/weir/message"
)

// Times are the times of an exchange with a backend.
type Times struct {
	// Sent is when the request went out and Received when the response arrived,
	// by the clock of message.Request.Arrived.
	Sent, Received int64
	// Wall is the wall clock at Received.
	Wall time.Time
}

// Judge decides whether res, the answer to req, may be stored (RFC 9111, section
// 3) and how fresh it is (section 4.2). why is None when it may be; else the
// reason, and the Freshness is only good for this one answer. It is HeadOnly when
// nothing is wrong but that a response to HEAD has no body: it may still update
// what is stored. A response that is stale on arrival is stored when it can be
// validated or says itself for how long it may be used stale.
func (p *Policy) Judge(req *message.Request, c *RequestControl, res *message.Response, t Times) (f Freshness, why Detail) {
	k := ReadControl(res.Fields, p.Targeted)
	s := readStamps(res.Fields, t.Wall)
	f, based := p.freshness(&k, &s, res.Status, t)
	if why = p.storable(req, c, res, &k); why != None {
		return f, why
	}
	if why = useful(&f, &k, &s, based); why != None {
		return f, why
	}
	if req.Method == "HEAD" {
		return f, HeadOnly
	}
	return f, None
}

func (p *Policy) freshness(k *Control, s *stamps, status int, t Times) (Freshness, basis) {
	lifetime, based := p.lifetime(k, s, status)
	f := Freshness{
		Received:       t.Received,
		InitialAge:     s.initialAge(t),
		Lifetime:       lifetime,
		NoCache:        k.NoCache,
		MustRevalidate: k.MustRevalidate || k.ProxyRevalidate || k.SMaxAge >= 0,
		Immutable:      k.Immutable && !k.Malformed,
	}
	if !f.NoCache && !f.MustRevalidate && !k.Malformed {
		p.grace(&f, k, status)
	}
	return f, based
}

// grace fills in how stale f may be used: what the response says, else what the
// policy allows (RFC 5861). The policy's is not for errors, whose end nobody wants
// to miss, and its Revalidate not for what is stale on arrival: such a response
// asks to be validated each time.
func (p *Policy) grace(f *Freshness, k *Control, status int) {
	if status < 500 {
		f.OnError = p.StaleIfError
		if f.Lifetime > f.InitialAge {
			f.Revalidate = p.StaleWhileRevalidate
		}
	}
	if k.WhileRevalidate >= 0 {
		f.Revalidate = seconds(k.WhileRevalidate)
	}
	if k.IfError >= 0 {
		f.OnError = seconds(k.IfError)
	}
}

// storable says what forbids to store res (RFC 9111, sections 3 and 3.5).
func (p *Policy) storable(req *message.Request, c *RequestControl, res *message.Response, k *Control) Detail {
	understood := !k.MustUnderstand || understoodStatus(res.Status)
	switch {
	case req.Method != "GET" && req.Method != "HEAD":
		return Uncacheable
	case c.NoStore:
		return RequestNoStore
	case res.Status == 206:
		return PartialBody
	case !finalStatus(res.Status) || !understood:
		return NotFinal
	case k.NoStore && !(k.MustUnderstand && !k.Malformed):
		return NoStore // section 5.2.2.3: must-understand takes its place
	case k.Private:
		return Private
	case c.Authorized && !k.permitsAuthorized():
		return Authorization
	case !p.StoreSetCookie && setsCookie(res.Fields, k):
		return SetCookie
	case p.variesOnAnything(res.Fields):
		return VaryStar
	}
	return None
}

// useful says why it would be pointless to store a response that may be stored.
func useful(f *Freshness, k *Control, s *stamps, based basis) Detail {
	fresh := based != baseless && !f.NoCache && f.Lifetime > f.InitialAge
	own := max(0, k.WhileRevalidate, k.IfError)
	graceful := f.Revalidate > 0 || f.OnError > 0 // else the response's own does not count
	switch {
	case fresh:
		return None
	case s.validator && (based != baseless || k.NoCache || k.Public):
		return None
	case k.Malformed:
		return BadFields
	case f.NoCache:
		return NoCache
	case based == baseless:
		return NoFreshness
	case graceful && f.Lifetime+seconds(own) > f.InitialAge:
		return None
	}
	return Expired
}

// permitsAuthorized reports whether a response to a request with Authorization may
// be shared (RFC 9111, section 3.5).
func (k *Control) permitsAuthorized() bool {
	return !k.Malformed && (k.Public || k.MustRevalidate || k.SMaxAge >= 0)
}

// setsCookie reports whether a Set-Cookie would be stored.
func setsCookie(fields []message.Field, k *Control) bool {
	for i := range fields {
		if f := &fields[i]; f.Known == message.SetCookie && !f.Drop {
			return !k.namesUnstorable("Set-Cookie")
		}
	}
	return false
}

func (k *Control) namesUnstorable(name string) bool {
	for _, n := range k.Unstorable {
		if sameFold(n, name) {
			return true
		}
	}
	return false
}

// variesOnAnything reports whether no other request can be known to choose the
// same response.
func (p *Policy) variesOnAnything(fields []message.Field) bool {
	var scratch [256]byte
	names, star := AppendVaryNames(scratch[:0], fields)
	for i := range fields {
		// A Vary that Connection names would be obeyed now and forgotten later.
		star = star || fields[i].Known == message.Vary && fields[i].Drop
	}
	for name := range bytes.SplitSeq(names, comma) {
		star = star || slices.ContainsFunc(p.Own, func(own string) bool { return sameFold(name, own) })
	}
	return star
}

var comma = []byte{','}
