package cache

// Solo returns a fill that nobody can join. Its leader owes it what any leader does.
func (z *Zone) Solo() *Fill { return &Fill{z: z, shard: z.fills.shard(nil)} }

// Outgrown tells a leader that the body has turned out to be more than the zone
// takes: it is not for lack of memory that it will not be stored.
func (f *Fill) Outgrown() bool { return f.window != nil && f.window.why == TooLarge }

// Detach takes the fill out of the table: who comes now begins another. It may be
// called by any goroutine.
func (f *Fill) Detach() { f.shard.remove(f) }

// Unread tells a leader that nobody waits for the fill or reads its body.
func (f *Fill) Unread() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.users == 0
}

// ServeOnError is Serve with an entry that is stale, because the backend failed.
// Followers are told so.
func (f *Fill) ServeOnError(e *Entry) {
	if f.begun {
		f.Fail(ErrIncomplete)
		return
	}
	f.end(served, e, IfError, nil)
}
