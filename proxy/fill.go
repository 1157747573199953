package proxy

import (
	"bytes"
	"net/http"
	"time"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/upstream"
)

// fill answers with what a backend has to be asked for: by asking, or together
// with a request that asks already.
func (x *exchange) fill() error {
	x.keep()
	for tries := 0; ; tries++ {
		f, leader := x.join()
		if leader {
			return x.lead(f)
		}
		if again, err := x.follow(f, tries); !again {
			return err
		}
	}
}

// keep keeps the stored response that is to be validated, if there is one: dropped
// from the zone meanwhile, its memory counts all the same.
func (x *exchange) keep() {
	if e := x.cached.found.Entry; e != nil {
		e.Hold()
		x.cached.kept = e
	}
}

// letGo gives up the stored response that was to be validated.
func (x *exchange) letGo() {
	c := &x.cached
	if c.kept == nil {
		return
	}
	if c.status != cache.Hit {
		c.found.Entry = nil
	}
	c.kept.Release()
	c.kept = nil
}

// join enters the fill of the request's key and variant, or one of its own.
func (x *exchange) join() (f *cache.Fill, leader bool) {
	rc, c := x.route.cache, &x.cached
	if c.solo = c.alone || c.found.Uncacheable || !rc.collapse; c.solo {
		return rc.zone.Solo(), true
	}
	key := c.key
	if len(c.found.Vary) > 0 {
		start := len(x.arena)
		x.arena = append(x.arena, c.key...)
		x.arena = cache.AppendVariant(x.arena, c.found.Vary, x.req)
		key = x.arena[start:]
	}
	return rc.zone.Join(key)
}

// follow waits for what another request fetches, and answers with it when it
// fits. again: it does not, and the request goes on by itself.
func (x *exchange) follow(f *cache.Fill, tries int) (again bool, _ error) {
	rc, c := x.route.cache, &x.cached
	j := f.Wait(rc.wait, x.req.Client.Gone)
	switch {
	case j.Gone:
		return false, errClientGone
	case j.Entry == nil:
		c.alone = true
		if j.Why == cache.Waited {
			c.detail = cache.Waited
		}
		return true, nil
	}
	var matches bool
	matches, c.scratch = j.Entry.Matches(x.req, c.scratch)
	use, why := rc.policy.Decide(&c.control, &j.Entry.Fresh, 0, upstream.Now())
	unfit, struck := use == cache.Validate, false
	if j.Why == cache.IfError {
		unfit = !rc.policy.IgnoreClient && !c.control.AcceptsStale()
	} else if struck = rc.zone.Struck(c.key, j.Entry); struck {
		f.Detach() // nobody else is to come upon it
	}
	if !matches || unfit || struck {
		if j.Body != nil {
			j.Body.Close()
		}
		c.found.Vary = j.Entry.Vary
		c.alone = unfit || tries > 0
		return true, nil
	}
	if c.collapsed, c.detail = true, why; j.Why != cache.None {
		c.detail = j.Why
	}
	return false, x.deliverStored(j.Entry, j.Body)
}

// lead asks a backend, lets others have the answer if it may be shared, and
// answers with it.
func (x *exchange) lead(f *cache.Fill) error {
	x.cached.leading = f
	if e := x.arrivedMeanwhile(); e != nil {
		f.Serve(e)
		x.cached.leading = nil
		return x.deliverStored(e, nil)
	}
	a, err := x.obtain()
	switch {
	case err != nil:
		return err
	case a.entry == nil:
		x.letGo()
		return x.pass()
	}
	return x.deliverStored(a.entry, a.body)
}

// arrivedMeanwhile looks once more whether there is an entry that may answer:
// the fill before this one may have ended between the lookup and the joining.
func (x *exchange) arrivedMeanwhile() *cache.Entry {
	rc, c := x.route.cache, &x.cached
	if c.alone || c.found.Uncacheable {
		return nil
	}
	now := upstream.Now()
	var found cache.Found
	found, c.scratch = rc.zone.Lookup(c.key, x.req, c.scratch, now)
	if found.Entry == nil || found.Entry == c.found.Entry {
		return nil
	}
	if use, why := rc.policy.Decide(&c.control, &found.Entry.Fresh, found.Purged, now); use == cache.Serve {
		c.status, c.detail, c.found = cache.Hit, why, found
		return found.Entry
	}
	return nil
}

// An answer is what a fill came to: an entry, with the body still arriving or
// not, or neither: what fetch got is to be passed on as it is.
type answer struct {
	entry *cache.Entry
	body  *cache.Reader
}

// obtain fetches for the fill that is led, and ends it or leaves it to a pump.
func (x *exchange) obtain() (answer, error) {
	rc, c := x.route.cache, &x.cached
	c.serial = rc.zone.Serial()
	sent := upstream.Now()
	x.ask()
	err := x.fetch()
	if err == nil {
		c.fwdStatus = x.res.Status
	}
	if e := c.found.Entry; e != nil && (err != nil && failed(err) || err == nil && backendDown(x.res.Status)) &&
		e.Fresh.MayServeOnError(c.found.Purged, upstream.Now()) && (rc.policy.IgnoreClient || c.control.AcceptsStale()) {
		x.dropBody()
		x.endAttempt(true)
		c.detail = cache.IfError
		x.endFill(e, cache.IfError)
		return answer{entry: e}, nil
	}
	if err != nil {
		x.endFill(nil, cache.Incomplete)
		return answer{}, err
	}
	t := cache.Times{Sent: sent, Received: x.res.At, Wall: time.Now()}
	if x.res.Status == http.StatusNotModified && x.outbound.Fill {
		return x.validated(t)
	}
	return x.judge(t)
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
		x.endAttempt(true)
		x.endFill(nil, cache.Incomplete)
		return answer{}, errUnasked304
	}
	fresh, why := rc.policy.Freshen(e, x.req, &c.control, &x.res, t)
	x.keepPersonal()
	x.endAttempt(true)
	if fresh == nil {
		// It is about another representation than the one at hand.
		x.outbound.Asked = nil
		rc.zone.Invalidate(c.key, t.Received)
		c.serial, c.found.Entry = rc.zone.Serial(), nil
		t.Sent = upstream.Now()
		if err := x.fetch(); err != nil {
			x.endFill(nil, cache.Incomplete)
			return answer{}, err
		}
		c.fwdStatus = x.res.Status
		t.Received, t.Wall = x.res.At, time.Now()
		return x.judge(t)
	}
	if why != cache.None {
		c.detail = why
	}
	if why == cache.None {
		fresh.SetSerial(c.serial)
		c.stored = rc.zone.Store(c.key, fresh, t.Received) == cache.None
	} else {
		rc.zone.Invalidate(c.key, t.Received)
	}
	if why == cache.None && shareable(fresh, t.Received) {
		x.endFill(fresh, cache.None)
	} else {
		rc.zone.MarkUncacheable(c.key, t.Received+int64(rc.uncacheableFor))
		x.endFill(nil, cache.NoFreshness)
	}
	return answer{entry: fresh}, nil
}

// shareable tells whether e may answer requests that were there before it.
func shareable(e *cache.Entry, now int64) bool {
	return !e.Fresh.NoCache && e.Fresh.Left(now) > 0
}

// judge decides whether the answer is stored, and shared while it arrives.
func (x *exchange) judge(t cache.Times) (answer, error) {
	rc, c := x.route.cache, &x.cached
	if x.unasked() {
		x.endAttempt(true)
		x.endFill(nil, cache.Incomplete)
		return answer{}, errUnasked304
	}
	fresh, why := rc.policy.Judge(x.req, &c.control, &x.res, t)
	if why != cache.None {
		if c.found.Entry != nil && !backendDown(x.res.Status) {
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
		rc.zone.MarkUncacheable(c.key, t.Received+int64(rc.uncacheableFor))
		x.endFill(nil, cache.NoFreshness)
		c.leading = rc.zone.Solo()
	}
	if why := c.leading.Begin(e); why != cache.None {
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
	rc, c := x.route.cache, &x.cached
	c.detail = why
	x.endFill(nil, why)
	x.conn.SetClient(x.req.Client) // it alone waits for the rest
	if lasting(why, x.res.Status) {
		rc.zone.MarkUncacheable(c.key, x.res.At+int64(rc.uncacheableFor))
	}
	if c.control.Ranged && x.outbound.Fill && x.res.Status == http.StatusOK {
		// The whole was wanted for the zone only. The client gets the part it asked for.
		x.endAttempt(true)
		x.outbound.Fill, x.outbound.Asked = false, nil
		if err := x.fetch(); err != nil {
			return answer{}, err
		}
		c.fwdStatus = x.res.Status
	}
	return answer{}, nil
}

// lasting tells whether the next answer is likely to be refused for the same reason.
func lasting(why cache.Detail, status int) bool {
	return why != cache.NoRoom && why != cache.RequestNoStore && status < http.StatusInternalServerError
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
	if !ready || !last || f.Append(p) != nil {
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

// times are those of an answer that arrived at now.
func (x *exchange) times(now int64) cache.Times {
	return cache.Times{Sent: x.req.Arrived, Received: now, Wall: time.Now()}
}

// inform passes an interim response on. Who leads a fill goes on without its client.
func (x *exchange) inform() error {
	switch err := x.sinkStart(); {
	case err == nil, x.cached.leading != nil:
		return nil
	}
	return errClientGone
}

func (x *exchange) sinkStart() error {
	if x.sink == nil {
		return nil // a refresh, which nobody waits for
	}
	return x.sink.Start(&x.res)
}

// waiting is who an attempt is made for: the client or, when others may get the
// answer too, weir itself.
func (x *exchange) waiting() message.Client {
	if x.cached.leading != nil && !x.cached.solo {
		return &x.proxy.jobs
	}
	return x.req.Client
}
