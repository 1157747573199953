package cache

import "time"

const (
	// windowAhead is how far the leader may be ahead of the fastest reader of a
	// body that is not kept, at most; half of what the zone takes is enough.
	windowAhead = 1 << 20
	// windowLeast is how far it may always be: more than one read from a backend,
	// so that who leads and reads in one goroutine can append before it reads.
	windowLeast = 128 << 10
	// scantLag is how far the leader may be ahead of the fastest reader, and that
	// one of others, when there is no memory for the window.
	scantLag = 64 << 10
	// lingerFor is how long, in all, a fill waits for those who are about to be cut
	// off, in steps of lingerStep: most of them have only not been scheduled.
	lingerFor  = 10 * time.Second
	lingerStep = 2 * time.Millisecond
	// scantLinger is the same when there is no memory: they are not slow for the
	// body's size, but because of others, who may well be done soon.
	scantLinger = 2 * time.Second
)

// A fillWindow is what of a body that will not be stored is still in memory: from
// the slowest reader to what came last. It goes with the fastest reader, and
// whoever falls too far behind is cut off.
type fillWindow struct {
	why     Detail        // why the body is not stored
	linger  time.Duration // what is left of lingerFor or scantLinger
	moved   chan struct{} // has room for one: the fastest reader moved, or somebody left or came
	fastest int64         // where the fastest reader is; guarded by the fill's mu
	recount bool          // fastest may be too high or low; guarded likewise
	pins    map[int]pin   // segments that readers who were cut off still hold; guarded likewise
}

// A pin counts the readers who were cut off in a segment, and so may still be
// sending it. size is its memory once it has been dropped.
type pin struct {
	readers int
	size    int64
}

// nudge makes the leader look again.
func (w *fillWindow) nudge() {
	select {
	case w.moved <- struct{}{}:
	default:
	}
}

// outgrow gives up on storing the body: from here on only a window is kept, and
// nobody can join.
func (f *Fill) outgrow(why Detail) {
	linger := lingerFor
	if why == NoRoom {
		linger = scantLinger
	}
	f.mu.Lock()
	f.window = &fillWindow{why: why, linger: linger, moved: make(chan struct{}, 1), recount: true}
	f.why = why
	f.mu.Unlock()
	f.shard.remove(f)
}

// windowRoom waits until the last segment of the window may take more.
func (f *Fill) windowRoom() error {
	for {
		f.mu.Lock()
		alone := f.users == 0
		fastest := f.fastestLocked()
		ahead := max(windowLeast, min(windowAhead, f.max/2))
		near := f.readers != nil && f.body.size-fastest <= ahead
		far := f.body.size - max(f.max, 2*ahead)
		wait := near && f.body.room() == 0 && f.anyBeforeLocked(far)
		if near && f.body.room() == 0 && !(wait && f.window.linger > 0) {
			f.cutBeforeLocked(far)
			wait = false
		}
		f.mu.Unlock()
		if wait {
			f.window.rest()
			continue
		}
		switch {
		case alone:
			return ErrNoReaders
		case near && (f.body.room() > 0 || f.growWindow(fastest)):
			return nil
		}
		<-f.window.moved
	}
}

// growWindow adds a segment. When there is no memory for it, the readers well
// behind the fastest are cut off; and when there still is none, a small segment is
// taken all the same if that one is near, or the response could not go on.
func (f *Fill) growWindow(fastest int64) bool {
	if f.growBy(windowSegment) {
		return true
	}
	for {
		f.mu.Lock()
		wait := f.window.linger > 0 && f.anyBeforeLocked(fastest-scantLag)
		if wait {
			f.cutBeforeLocked(0) // drops what all have passed
		} else {
			f.cutBeforeLocked(fastest - scantLag)
		}
		f.mu.Unlock()
		if f.growBy(windowSegment) {
			return true
		}
		if !wait {
			break
		}
		f.window.rest()
	}
	if f.body.size-fastest > scantLag-scantSegment {
		return false
	}
	f.z.unreserve(-heapSize(scantSegment))
	f.addSegment(scantSegment)
	return true
}

// rest gives those who lag behind a chance to run.
func (w *fillWindow) rest() {
	w.linger -= lingerStep
	time.Sleep(lingerStep)
}

// anyBeforeLocked tells whether a reader has not come as far as pos.
func (f *Fill) anyBeforeLocked(pos int64) bool {
	for r := f.readers; r != nil; r = r.next {
		if r.pos < pos {
			return true
		}
	}
	return false
}

// fastestLocked returns where the fastest reader is.
func (f *Fill) fastestLocked() int64 {
	w := f.window
	if w.recount {
		w.fastest, w.recount = 0, false
		for r := f.readers; r != nil; r = r.next {
			w.fastest = max(w.fastest, r.pos)
		}
	}
	return w.fastest
}

// passedLocked notes that r has moved.
func (f *Fill) passedLocked(r *Reader) {
	if f.window != nil && r.pos > f.window.fastest {
		f.window.fastest = r.pos
		f.window.nudge()
	}
}

// cutBeforeLocked cuts off the readers that have not come as far as pos, and
// drops the segments that all others have passed.
func (f *Fill) cutBeforeLocked(pos int64) {
	low := f.body.base + len(f.body.segs)
	for r := f.readers; r != nil; {
		next := r.next
		if r.pos < pos {
			f.cutLocked(r)
		} else {
			low = min(low, r.seg)
		}
		r = next
	}
	for f.body.base < low {
		f.dropLocked()
	}
}

// cutLocked cuts r off. The piece it was given last may still be in use.
func (f *Fill) cutLocked(r *Reader) {
	f.unlinkLocked(r)
	r.cut = true
	w := f.window
	if w.pins == nil {
		w.pins = make(map[int]pin)
	}
	p := w.pins[r.seg]
	p.readers++
	w.pins[r.seg] = p
}

// dropLocked drops the first segment, whose memory is given back unless a reader
// who was cut off still holds it.
func (f *Fill) dropLocked() {
	b, size := &f.body, int64(cap(f.body.segs[0]))
	if p, ok := f.window.pins[b.base]; ok {
		p.size = size
		f.window.pins[b.base] = p
	} else {
		f.giveBackLocked(size)
	}
	b.segs[0] = nil
	b.segs = b.segs[1:]
	b.base++
}

// unpinLocked: a reader who was cut off in that segment is done with it.
func (f *Fill) unpinLocked(seg int) {
	p := f.window.pins[seg]
	if p.readers--; p.readers > 0 {
		f.window.pins[seg] = p
		return
	}
	delete(f.window.pins, seg)
	f.giveBackLocked(p.size) // 0 if it has not been dropped
}

func (f *Fill) giveBackLocked(n int64) {
	f.z.unreserve(n)
	f.body.reserved -= n
}
