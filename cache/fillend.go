package cache

// Serve ends the fill with an entry that is complete, instead of a body:
// followers take it.
func (f *Fill) Serve(e *Entry) { f.serve(e, None) }

// ServeOnError is Serve with an entry that is stale, because the backend failed
// (RFC 5861, section 4). Followers are told so.
func (f *Fill) ServeOnError(e *Entry) { f.serve(e, IfError) }

func (f *Fill) serve(e *Entry, why Detail) {
	if f.begun {
		f.Fail(ErrIncomplete)
		return
	}
	f.end(served, e, why, nil)
}

// Free ends the fill without a response that could be shared: followers fetch
// for themselves, at once and in parallel. Readers, if it had begun, get
// ErrIncomplete.
func (f *Fill) Free(why Detail) {
	if f.begun {
		f.Fail(ErrIncomplete)
		return
	}
	f.end(freed, nil, why, nil)
}

// Fail ends the fill because the response broke. Readers get what has come of
// it, then err. Followers that do not read yet fetch for themselves.
func (f *Fill) Fail(err error) { f.end(failed, nil, Incomplete, err) }

// over tells whether the fill has ended.
func (f *Fill) over() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state >= filled
}

// end puts the fill into its last state and takes it out of the table. Only the
// first end counts.
func (f *Fill) end(s fillState, e *Entry, why Detail, err error) {
	f.mu.Lock()
	if f.state >= filled {
		f.mu.Unlock()
		return
	}
	f.state, f.why, f.err = s, why, err
	f.forgoLocked()
	if s == served {
		f.handOverLocked(e)
	}
	f.settleLocked()
	f.unlockAndWake()
	f.shard.remove(f)
}

// handOverLocked leaves the body to e, which the zone counts from here on. What
// trim has replaced stays counted, since readers may be within it.
func (f *Fill) handOverLocked(e *Entry) {
	f.entry = e
	f.z.unreserve(f.body.reserved - f.body.replaced)
	f.body = fillBody{segs: e.body, size: e.Length, reserved: f.body.replaced}
}

// settleLocked gives back the memory of a fill that is over and used by nobody.
func (f *Fill) settleLocked() {
	if f.state < filled || f.users > 0 {
		return
	}
	if f.body.reserved > 0 {
		f.z.unreserve(f.body.reserved)
		f.body.reserved = 0
	}
	if f.held != nil {
		f.held.Release()
		f.held = nil
	}
	if f.state != served {
		f.state, f.entry, f.body = freed, nil, fillBody{}
	}
}

// unlockAndWake releases mu and wakes who waits for a change. Many wake at once,
// and all want mu: they are called when it is free.
func (f *Fill) unlockAndWake() {
	changed := f.changed
	f.changed = nil
	f.mu.Unlock()
	if changed != nil {
		close(changed)
	}
}

// nextChangeLocked is closed at the next change.
func (f *Fill) nextChangeLocked() <-chan struct{} {
	if f.changed == nil {
		f.changed = make(chan struct{})
	}
	return f.changed
}

// leave ends a use of the fill.
func (f *Fill) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.leaveLocked()
}

func (f *Fill) leaveLocked() {
	f.users--
	f.settleLocked()
	if f.window != nil {
		f.window.nudge()
	}
}
