package proxy

import (
	"bytes"
	"net/http"
	"unicode"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/message"
)

// caching is what the cache has to do with an exchange. Its zero value means
// that the route does not cache.
type caching struct {
	status    cache.Status
	detail    cache.Detail
	fillable  bool // the answer may be stored, or found on its way by others
	alone     bool // nobody is waited for any more
	holding   bool // serving is held while its body is sent
	stored    bool // the backend's answer is, or is about to be, in the zone
	collapsed bool // it was another request's
	solo      bool // what is led can be joined by nobody
	fwdStatus int  // of the backend's answer

	serial uint64 // of the zone before the backend was asked

	control  cache.RequestControl
	key      []byte // in the arena
	found    cache.Found
	scratch  []byte
	leading  *cache.Fill  // must be ended
	leader   *leader      // stands in for the client meanwhile
	kept     *cache.Entry // is held while it is validated
	serving  *cache.Entry
	personal []message.Field // what serving leaves out and this client gets
}

// lookup answers from the zone what can be answered without asking a backend.
func (x *exchange) lookup() (answered bool, err error) {
	rc, c := x.route.cache, &x.cached
	if rc == nil {
		return false, nil
	}
	if x.req.Method != http.MethodGet && x.req.Method != http.MethodHead {
		c.status = cache.Method
		return false, nil
	}
	c.control.Read(x.req)
	if c.status, c.detail = x.keepsOut(); c.status != cache.Off {
		if c.control.OnlyIfCached {
			return false, x.miss()
		}
		return false, nil
	}
	x.makeKey()
	c.found, c.scratch = rc.zone.Lookup(c.key, x.req, c.scratch, x.req.Arrived)
	e := c.found.Entry
	if e == nil {
		c.status = c.found.Miss
		return false, x.miss()
	}
	use, why := rc.policy.Decide(&c.control, &e.Fresh, c.found.Purged, x.req.Arrived)
	c.status, c.detail = cache.Hit, why
	switch use {
	case cache.Serve:
	case cache.ServeAndRefresh:
		x.refresh()
	default:
		c.status = cache.Stale
		if why == cache.RequestNoCache || why == cache.RequestMaxAge || why == cache.RequestMinFresh {
			c.status = cache.Request
		}
		return false, x.miss()
	}
	return true, x.deliverStored(e, nil)
}

// miss says how a request goes on that nothing stored may answer.
func (x *exchange) miss() error {
	c := &x.cached
	if c.control.OnlyIfCached {
		c.detail = cache.OnlyIfCached
		return errOnlyIfCached
	}
	c.fillable = x.req.Method == http.MethodGet && !c.control.NoStore
	if c.control.Authorized && !c.found.Uncacheable && c.key != nil {
		c.found.Uncacheable = x.route.cache.zone.IsUncacheable(x.waitKey(), x.req.Arrived)
	}
	if c.control.NoStore {
		c.detail = cache.RequestNoStore
	}
	return nil
}

// keepsOut tells why a GET or HEAD has nothing to do with what is stored.
func (x *exchange) keepsOut() (cache.Status, cache.Detail) {
	switch {
	case x.req.ContentLength != 0:
		return cache.Bypass, cache.HasBody
	case x.req.Upgrade != nil && x.wantedUpgrade() != nil:
		return cache.Bypass, cache.Upgrading
	case x.cached.control.Preconditions:
		return cache.Request, cache.Precondition
	}
	return cache.Off, cache.None
}

// makeKey makes the key that the request's answer is stored under.
func (x *exchange) makeKey() {
	start := len(x.arena)
	x.arena = x.route.cache.key.Append(x.arena, &cache.KeyInput{
		Scheme: x.outbound.Scheme(x.req), Authority: x.req.Authority, Target: x.req.Target, Fields: x.req.Fields,
	})
	x.cached.key = x.arena[start:len(x.arena):len(x.arena)]
}

// keyedOnly keeps fields from the backend that could make it give one client's
// answer to others.
func (x *exchange) keyedOnly() {
	if x.route.cache != nil && (x.req.Method == http.MethodGet || x.req.Method == http.MethodHead) {
		x.outbound.Unkeyed, x.outbound.Dashed = x.route.cache.unkeyed, true
		x.outbound.Authority = x.lowerAuthority()
	}
}

// lowerAuthority is the authority as it is in the key; nil: the client wrote it so.
func (x *exchange) lowerAuthority() []byte {
	authority := x.req.Authority
	if bytes.IndexFunc(authority, unicode.IsUpper) < 0 {
		return nil
	}
	return bytes.ToLower(authority)
}

// noteAnswer looks at an answer of a backend that is passed on as it is. An error
// tells that it may not be.
func (x *exchange) noteAnswer() error {
	c := &x.cached
	c.fwdStatus = x.res.Status
	if c.status != cache.Off && c.status != cache.Method && x.unasked() {
		return errUnasked304
	}
	if x.req.Method == http.MethodHead {
		x.headAnswered()
	} else if cache.Invalidates(x.req.Method, x.res.Status) {
		x.invalidate()
	}
	return nil
}

// unasked tells that the backend says 304 to a client that set no condition: it
// would be left without a response.
func (x *exchange) unasked() bool {
	c := &x.cached.control
	return x.res.Status == http.StatusNotModified && (x.outbound.Fill || !c.Conditional && !c.Preconditions)
}

// headAnswered lets the answer to a HEAD bring the stored one up to date, or take
// it out of use (RFC 9111, section 4.3.5).
func (x *exchange) headAnswered() {
	c := &x.cached
	if c.found.Entry == nil || x.res.Status != http.StatusOK || c.control.NoStore || c.control.Authorized {
		return
	}
	rc, t := x.route.cache, x.times()
	fresh, ok := rc.policy.FromHead(c.found.Entry, x.req, &c.control, &x.res, t)
	if ok {
		fresh.SetSerial(c.serial)
		c.stored = rc.zone.Store(c.key, fresh, t.Received) == cache.None
		return
	}
	c.detail = cache.Superseded
	rc.zone.Invalidate(c.key, t.Received)
}

// addPassed adds to a response that is passed on what stored ones have.
func (x *exchange) addPassed() {
	via := viaWeir
	if x.res.Version == message.HTTP10 {
		via = viaWeir10
	}
	x.res.Fields = append(x.res.Fields, message.Field{Name: nameVia, Value: via, Known: message.Via})
	if message.Get(x.res.Fields, message.Age) == nil {
		x.res.Fields = append(x.res.Fields, message.Field{Name: nameAge, Value: zeroAge, Known: message.Age})
	}
}

// addCacheStatus adds Cache-Status to the response that is about to start, and
// Via and Age to one that is passed on.
func (x *exchange) addCacheStatus() {
	c := &x.cached
	r := cache.Report{Status: c.status, Detail: c.detail, FwdStatus: c.fwdStatus, Stored: c.stored, Collapsed: c.collapsed}
	if e := c.found.Entry; c.status == cache.Hit && e != nil {
		left := e.Fresh.Left(x.req.Arrived)
		if p := c.found.Purged; p != 0 {
			left = min(left, -secondsSince(p, x.req.Arrived))
		}
		r.TTL, r.HasTTL = wholeSeconds(left), true
	}
	if x.route.cache.showKey {
		r.Key = c.key
	}
	start := len(x.arena)
	x.arena = r.Append(x.arena)
	x.res.Fields = append(x.res.Fields, message.Field{Name: nameCacheStatus, Value: x.arena[start:len(x.arena):len(x.arena)]})
	if x.res.Lines == nil && x.res.Version != 0 {
		x.addPassed()
	}
}

var (
	nameCacheStatus  = []byte("Cache-Status")
	nameVia, viaWeir = []byte("Via"), []byte("1.1 weir")
	viaWeir10        = []byte("1.0 weir")
	zeroAge          = []byte("0")
)
