package proxy

import (
	"bytes"
	"net/http"
	"time"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/upstream"
)

// An answer is what a fill came to: an entry, with the body still arriving or
// not, or neither: what fetch got is to be passed on as it is.
type answer struct {
	entry *cache.Entry
	body  *cache.Reader
}

// obtain fetches for the fill that is led, and ends it or leaves it to a pump.
func (x *exchange) obtain() (answer, error) {
	x.cached.serial = x.route.cache.zone.Serial()
	x.ask()
	err := x.fetch()
	if e := x.covered(err); e != nil {
		x.endFill(e, cache.IfError)
		return answer{entry: e}, nil
	}
	if err != nil {
		x.endFill(nil, cache.Incomplete)
		return answer{}, err
	}
	x.cached.fwdStatus = x.res.Status
	if x.res.Status == http.StatusNotModified && x.outbound.Fill {
		return x.validated(x.times())
	}
	return x.judge(x.times())
}

// times are those of the answer in x.res.
func (x *exchange) times() cache.Times {
	return cache.Times{Sent: x.sent, Received: x.res.At, Wall: time.Now()}
}

// covered returns the stored response that answers in the place of a fetch that
// failed with err, or with a status that says as much (RFC 5861, section 4); nil:
// there is none. The attempt is over then.
func (x *exchange) covered(err error) *cache.Entry {
	c := &x.cached
	if err != nil && !failed(err) || err == nil && !backendDown(x.res.Status) || !x.mayServeOnError() {
		return nil
	}
	if err == nil {
		c.fwdStatus = x.res.Status
	}
	x.dropBody()
	x.endAttempt(true)
	c.detail = cache.IfError
	return c.found.Entry
}

// mayServeOnError tells whether the stored response that was found may answer
// though it is stale, since the backend fails.
func (x *exchange) mayServeOnError() bool {
	rc, c := x.route.cache, &x.cached
	e := c.found.Entry
	return e != nil && e.Fresh.MayServeOnError(c.found.Purged, upstream.Now()) &&
		(rc.policy.IgnoreClient || c.control.AcceptsStale()) && !rc.zone.Gone(c.key, e)
}

// dropBody takes what has come of a body that nobody wants, so that its connection
// can be used again if that was all. It does not wait.
func (x *exchange) dropBody() {
	for x.conn != nil {
		if _, last, ready, err := x.conn.Take(); err != nil || last || !ready {
			return
		}
	}
}

// ask decides on the conditions that the backend is asked under: weir's own when
// there is something to validate, none when the whole is wanted, and the client's
// when the answer is most likely for it alone.
func (x *exchange) ask() {
	c := &x.cached
	e := c.found.Entry
	x.outbound.Fill = e != nil || !c.found.Uncacheable
	x.outbound.Asked = nil
	if e != nil {
		x.outbound.Asked = cache.Validators(nil, e)
	}
}

// endFill ends the fill that is led with an entry, or frees who waits for it.
func (x *exchange) endFill(e *cache.Entry, why cache.Detail) {
	f := x.cached.leading
	x.cached.leading = nil
	x.cached.leader.done()
	switch {
	case e == nil:
		f.Free(why)
	case why == cache.IfError:
		f.ServeOnError(e)
	default:
		f.Serve(e)
	}
}

// failed tells whether an error is one that stale-if-error is for: the backend's,
// not the client's.
func failed(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Status >= http.StatusInternalServerError && e.Status != http.StatusLoopDetected
}

// backendDown tells whether a status is one that stale-if-error is for (RFC 5861,
// section 4).
func backendDown(status int) bool {
	switch status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// validated takes a 304 that answers weir's own conditions.
func (x *exchange) validated(t cache.Times) (answer, error) {
	rc, c := x.route.cache, &x.cached
	e := c.found.Entry
	if e == nil || len(x.outbound.Asked) == 0 {
		return x.unanswered()
	}
	fresh, why := rc.policy.Freshen(e, x.req, &c.control, &x.res, t)
	x.keepPersonal()
	x.endAttempt(true)
	if fresh == nil {
		return x.askAgain()
	}
	switch {
	case why != cache.None && !x.clientsOwn(why):
		rc.zone.Invalidate(c.key, t.Received)
		fallthrough
	case why != cache.None:
		c.detail = why
	default:
		fresh.SetSerial(c.serial)
		c.stored = rc.zone.Store(c.key, fresh, t.Received) == cache.None
	}
	if why == cache.None && shareable(fresh, t.Received) {
		x.endFill(fresh, cache.None)
		return answer{entry: fresh}, nil
	}
	if fresh.Fresh.ForOne() {
		x.markUncacheable()
	}
	x.endFill(nil, cache.NoFreshness)
	return answer{entry: fresh}, nil
}

// unanswered gives up on a backend that says 304 where no condition was set.
func (x *exchange) unanswered() (answer, error) {
	x.endAttempt(true)
	x.endFill(nil, cache.Incomplete)
	return answer{}, errUnasked304
}

// askAgain fetches the whole: the 304 was about another representation than the
// one that is stored. A backend that says 304 even to that knows of no other.
func (x *exchange) askAgain() (answer, error) {
	rc, c := x.route.cache, &x.cached
	e := c.found.Entry
	rc.zone.Invalidate(c.key, upstream.Now())
	c.serial = rc.zone.Serial()
	c.found.Entry, x.outbound.Asked = nil, nil
	if err := x.fetch(); err != nil {
		x.endFill(nil, cache.Incomplete)
		return answer{}, err
	}
	if c.fwdStatus = x.res.Status; x.unasked() {
		x.endAttempt(true)
		x.endFill(nil, cache.Incomplete)
		return answer{entry: e}, nil
	}
	return x.judge(x.times())
}

// shareable tells whether e may answer requests that were there before it.
func shareable(e *cache.Entry, now int64) bool {
	return !e.Fresh.NoCache && e.Fresh.Left(now) > 0
}

// judge decides whether the answer is stored, and shared while it arrives.
func (x *exchange) judge(t cache.Times) (answer, error) {
	rc, c := x.route.cache, &x.cached
	if x.unasked() {
		return x.unanswered()
	}
	fresh, why := rc.policy.Judge(x.req, &c.control, &x.res, t)
	if why != cache.None {
		if c.found.Entry != nil && !backendDown(x.res.Status) && !x.clientsOwn(why) {
			rc.zone.Invalidate(c.key, t.Received) // it has been superseded by what may not be stored
		}
		return x.refuse(why)
	}
	e := rc.policy.NewEntry(x.req, &x.res, fresh, t)
	x.keepPersonal()
	e.SetSerial(c.serial)
	if e.Length == message.Unknown && c.found.Uncacheable {
		return x.refuse(cache.Uncacheable) // it may well be too large again, and Cache-Status has to say now
	}
	if !rc.urlOnly {
		e.Tags = append(e.Tags, urlTag(c.key))
	}
	if !shareable(e, t.Received) {
		if e.Fresh.ForOne() {
			x.markUncacheable()
		}
		x.endFill(nil, cache.NoFreshness)
		c.leading, c.leader = rc.zone.Solo(), nil
	}
	if why := c.leading.Begin(e, t.Received); why != cache.None {
		return x.refuse(why)
	}
	return x.takeBody(e)
}

// keepPersonal keeps the fields of the answer that no entry has, for the client
// that it was made for.
func (x *exchange) keepPersonal() {
	c := &x.cached
	c.personal = x.route.cache.policy.Personal(c.personal[:0], &x.res)
	for i := range c.personal {
		f := &c.personal[i]
		f.Name, f.Value = bytes.Clone(f.Name), bytes.Clone(f.Value)
	}
}

// refuse frees who waits for an answer that is not for them, and has it passed on.
func (x *exchange) refuse(why cache.Detail) (answer, error) {
	c := &x.cached
	c.detail = why
	x.endFill(nil, why)
	x.conn.SetClient(x.req.Client) // it alone waits for the rest
	if lasting(why, x.res.Status) {
		x.markUncacheable()
	}
	if c.control.Ranged && x.outbound.Fill && x.res.Status == http.StatusOK {
		// The whole was wanted for the zone only. The client gets the part it asked for.
		x.endAttempt(true)
		x.outbound.Fill, x.outbound.Asked = false, nil
		if err := x.fetch(); err != nil {
			return answer{}, err
		}
		if c.fwdStatus = x.res.Status; x.unasked() {
			x.endAttempt(true)
			return answer{}, errUnasked304
		}
	}
	return answer{}, nil
}

// markUncacheable remembers for a while that nobody should wait for the answer to
// such a request.
func (x *exchange) markUncacheable() {
	rc := x.route.cache
	rc.zone.MarkUncacheable(x.waitKey(), x.res.At+int64(rc.uncacheableFor))
}

// waitKey is the key of what answers such requests as this one. Those with
// Authorization have one of their own: what they get is seldom for anybody else,
// and says nothing about what those without it get.
func (x *exchange) waitKey() []byte {
	key := x.cached.key
	if !x.cached.control.Authorized {
		return key
	}
	start := len(x.arena)
	x.arena = append(append(x.arena, key...), 0)
	return x.arena[start:]
}

// clientsOwn tells whether an answer that is not stored may have to do with who
// asks, or how, so that it says nothing about what others get.
func (x *exchange) clientsOwn(why cache.Detail) bool {
	if why == cache.Authorization || x.cached.control.Authorized {
		return true
	}
	switch status := x.res.Status; status {
	case http.StatusNotFound, http.StatusGone, http.StatusUnavailableForLegalReasons:
		return false // it is the resource that nobody gets any more
	default:
		return status >= 400 && status < 500
	}
}

// lasting tells whether the next answer is likely to be refused for the same reason.
func lasting(why cache.Detail, status int) bool {
	return why != cache.Uncacheable && why != cache.NoRoom && why != cache.RequestNoStore && status < http.StatusInternalServerError
}

// takeBody fills e with the body: at once when all of it is at hand, else a pump
// goes on with it, whether or not this client stays.
func (x *exchange) takeBody(e *cache.Entry) (answer, error) {
	c := &x.cached
	f := c.leading
	p, last, ready, err := x.conn.Take()
	if err != nil {
		c.leading = nil
		f.Fail(err)
		fault, err := x.backendBroke(err)
		x.endAttempt(!fault)
		return answer{}, err
	}
	body := f.Reader()
	c.stored = true
	if !ready || !last || f.Append(p, x.res.At) != nil {
		x.startPump(p, last)
		return answer{entry: e, body: body}, nil
	}
	c.leading = nil
	why := f.Complete(c.key, x.res.At)
	x.endAttempt(true)
	if why != cache.None {
		c.stored, c.detail = false, why
		return answer{entry: e, body: body}, nil
	}
	body.Close()
	return answer{entry: f.Entry()}, nil
}
