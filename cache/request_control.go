package cache

import (
	"math"

	"github.com/weirproxy/weir/message"
)

// A RequestControl is what a request says to caches, read once from its fields.
type RequestControl struct {
	NoCache, NoStore, OnlyIfCached bool
	// MaxAge, MinFresh and MaxStale are seconds, at most 1<<31; -1: not said.
	// MaxStale without an argument is math.MaxInt64.
	MaxAge, MinFresh, MaxStale int64
	// Authorized: the request has an Authorization field. Whoever keys responses
	// by who is asking, once that is verified, clears it.
	Authorized    bool
	Preconditions bool // If-Match or If-Unmodified-Since
	Conditional   bool // If-None-Match or If-Modified-Since
	Ranged        bool // Range
}

// Read fills c with what req says (RFC 9111, section 5.2.1). Pragma counts only
// without Cache-Control (section 5.4). What is malformed or said twice is read in
// the way that asks for more freshness. It does not allocate.
func (c *RequestControl) Read(req *message.Request) {
	*c = RequestControl{MaxAge: -1, MinFresh: -1, MaxStale: -1}
	controlled, pragma := false, false
	for i := range req.Fields {
		f := &req.Fields[i]
		switch f.Known {
		case message.CacheControl:
			controlled = true
			c.readLine(f.Value)
		case message.Pragma:
			pragma = pragma || hasNoCache(f.Value)
		case message.Authorization:
			c.Authorized = true
		case message.IfMatch, message.IfUnmodifiedSince:
			c.Preconditions = true
		case message.IfNoneMatch, message.IfModifiedSince:
			c.Conditional = true
		case message.Range:
			c.Ranged = true
		}
	}
	c.NoCache = c.NoCache || pragma && !controlled
}

// AcceptsStale reports whether a stale response may answer the request when the
// backend failed: the client did not ask for a fresh one (RFC 9111, sections
// 5.2.1.1 to 5.2.1.4).
func (c *RequestControl) AcceptsStale() bool {
	return !c.NoCache && c.MinFresh < 0 && (c.MaxAge < 0 || c.MaxStale >= 0)
}

func (c *RequestControl) readLine(line []byte) {
	for {
		d, rest, _, ok := nextDirective(line)
		if !ok {
			return
		}
		c.add(&d)
		line = rest
	}
}

func (c *RequestControl) add(d *directive) {
	var buf [24]byte
	switch string(foldName(&buf, d.name)) {
	case "no-cache":
		c.NoCache = true
	case "no-store":
		c.NoStore = true
	case "only-if-cached":
		c.OnlyIfCached = true
	case "max-age":
		c.MaxAge = smaller(c.MaxAge, max(0, d.seconds))
	case "min-fresh":
		if d.seconds < 0 {
			d.seconds = maxSeconds
		}
		c.MinFresh = max(c.MinFresh, d.seconds)
	case "max-stale":
		c.addMaxStale(d)
	}
}

func (c *RequestControl) addMaxStale(d *directive) {
	if !d.argument {
		d.seconds = math.MaxInt64
	}
	if d.seconds >= 0 {
		c.MaxStale = smaller(c.MaxStale, d.seconds)
	}
}

// smaller returns the smaller of a value so far, -1 for none, and another.
func smaller(sofar, v int64) int64 {
	if sofar < 0 {
		return v
	}
	return min(sofar, v)
}

func hasNoCache(line []byte) bool {
	for {
		d, rest, _, ok := nextDirective(line)
		if !ok {
			return false
		}
		var buf [24]byte
		if string(foldName(&buf, d.name)) == "no-cache" {
			return true
		}
		line = rest
	}
}
