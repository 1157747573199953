package proxy

import (
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
	j := f.Wait(upstream.Now(), rc.wait, x.req.Client.Gone)
	switch {
	case j.Gone:
		return false, errClientGone
	case j.Entry == nil:
		c.alone = true
		if j.Why != cache.Waited {
			return true, nil
		}
		if c.detail = cache.Waited; x.mayServeOnError() {
			c.detail = cache.IfError // the backend does not answer
			return false, x.deliverStored(c.found.Entry, nil)
		}
		return true, nil
	}
	var matches bool
	matches, c.scratch = j.Entry.Matches(x.req, c.scratch)
	use, why := rc.policy.Decide(&c.control, &j.Entry.Fresh, 0, upstream.Now())
	unfit, struck := use == cache.Validate, false
	if j.Why == cache.IfError {
		unfit = !rc.policy.IgnoreClient && !c.control.AcceptsStale() || rc.zone.Gone(c.key, j.Entry)
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

// waiting is who an attempt is made for: the client or, when others may get the
// answer too, weir itself.
func (x *exchange) waiting() message.Client {
	c := &x.cached
	if c.leading == nil || c.solo {
		return x.req.Client
	}
	if c.leader == nil {
		c.leader = &leader{jobs: &x.proxy.jobs, client: x.req.Client, fill: c.leading}
	}
	return c.leader
}
