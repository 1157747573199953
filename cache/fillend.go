package cache

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
