package cache

import "time"

// goneInterval is how often who waits asks whether its client is still there.
const goneInterval = time.Second

// Joined is what a follower gets from a fill.
type Joined struct {
	// Entry is the response; nil: there is none to share.
	Entry *Entry
	// Body is where to read its body, and must be closed; nil: Entry has it all.
	Body *Reader
	// Why says why Entry is nil, unless Gone: the reason the fill was freed for,
	// or Waited: it has had nothing to share for too long. With an Entry it is IfError if that is stale and served because
	// the backend failed.
	Why Detail
	// Gone says that the follower's own client left.
	Gone bool
}

// Wait waits from now on until the fill has something to share or is freed, for
// limit at most. It asks gone, unless that is nil, about once a second whether the
// follower's client left. It may be called by any number of goroutines.
//
// A body that is not all there and of which nothing has come for longer than limit
// takes no more readers, who might get no further: Waited. The fill is detached.
func (f *Fill) Wait(now int64, limit time.Duration, gone func() bool) Joined {
	var w waiter
	defer w.rest()
	switch there, left := f.awaitHead(&w, limit, gone); {
	case left:
		f.leave()
		return Joined{Gone: true}
	case !there:
		f.leave()
		return Joined{Why: Waited}
	}
	f.mu.Lock()
	if !f.stalledLocked(now, limit) {
		defer f.mu.Unlock()
		return f.joinLocked(w.timer)
	}
	f.forgoLocked()
	f.leaveLocked()
	f.mu.Unlock()
	f.Detach()
	return Joined{Why: Waited}
}

// awaitHead counts a user, and waits until there is something for it or it left.
func (f *Fill) awaitHead(w *waiter, limit time.Duration, gone func() bool) (there, left bool) {
	f.mu.Lock()
	f.users++
	for f.state == headless {
		changed := f.nextChangeLocked()
		f.mu.Unlock()
		step := limit
		if gone != nil {
			step = min(step, goneInterval)
		}
		if limit <= 0 || !w.wait(changed, step) {
			limit -= step
			left = gone != nil && gone()
		}
		if left || limit <= 0 {
			return false, left
		}
		f.mu.Lock()
	}
	f.mu.Unlock()
	return true, false
}

// stalledLocked reports whether the body stands still, before its end, for longer
// than limit. One that nobody can join any more does not.
func (f *Fill) stalledLocked(now int64, limit time.Duration) bool {
	return f.state == filling && f.body.base == 0 && !f.wholeLocked() && now-f.moved > int64(limit)
}

// joinLocked gives a follower, already counted as a user, what there is.
func (f *Fill) joinLocked(timer *time.Timer) Joined {
	switch {
	case f.state == served:
		defer f.leaveLocked()
		return Joined{Entry: f.entry, Why: f.why}
	case f.state == freed || f.state == failed || f.body.base > 0:
		defer f.leaveLocked()
		return Joined{Why: f.why}
	}
	f.taken = true
	r := &Reader{f: f, waiter: waiter{timer: timer}}
	f.linkLocked(r)
	return Joined{Entry: f.entry, Body: r}
}

// A waiter waits for changes without a goroutine, by one timer that it makes when
// it first needs it. The zero value is ready.
type waiter struct {
	timer *time.Timer
	armed bool // timer runs for the wait under way
}

// wait returns true when changed is closed, and false when step has passed since
// the first wait after a rest or the last false. No step: as long as it takes.
func (w *waiter) wait(changed <-chan struct{}, step time.Duration) bool {
	if step <= 0 {
		<-changed
		return true
	}
	w.arm(step)
	select {
	case <-changed:
		return true
	case <-w.timer.C:
		w.armed = false
		return false
	}
}

func (w *waiter) arm(step time.Duration) {
	switch {
	case w.armed:
		return
	case w.timer == nil:
		w.timer = time.NewTimer(step)
	default:
		w.timer.Reset(step)
	}
	w.armed = true
}

// rest stops the timer until the next wait.
func (w *waiter) rest() {
	if w.armed {
		w.timer.Stop()
		w.armed = false
	}
}
