package cache

import "time"

// A Reader reads the body of a fill while it arrives, at its own pace. It is for
// one goroutine, and must be closed.
type Reader struct {
	f *Fill
	waiter
	closed bool

	// The following are guarded by f.mu.

	prev, next *Reader // in f.readers
	pos        int64   // how far in the body it is
	seg, off   int     // the same as a segment, counted from the first ever, and an offset in it
	skip       int64   // how much it still wants to leave out
	cut        bool    // it fell too far behind, and is in the list no more
}

// Reader returns a reader from the start of the body, for the leader's own client.
// It is called after Begin, and before any bytes are dropped: before the first
// Append if the length is not declared.
func (f *Fill) Reader() *Reader {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.users++
	f.taken = true
	r := &Reader{f: f}
	if f.body.base > 0 {
		r.cut, r.seg = true, -1
		return r
	}
	f.linkLocked(r)
	return r
}

// Next returns the next bytes of the body as soon as there are some, and whether
// they are the last; there may be none then. p is shared and must not be modified,
// and should be let go of by the next call, since its memory may be counted no
// more then. While Next waits it asks gone, unless that is nil, about once a
// second whether the client left: ErrGone. ErrLagging: the body is not stored and
// the reader was too slow for it. Other errors are what the fill ended with,
// after all that came before.
func (r *Reader) Next(gone func() bool) (p []byte, last bool, err error) {
	if r.closed {
		return nil, false, ErrGone
	}
	step := time.Duration(0)
	if gone != nil {
		step = goneInterval
	}
	defer r.rest()
	for {
		p, last, changed, err := r.take()
		if changed == nil {
			return p, last, err
		}
		if !r.wait(changed, step) && gone() {
			return nil, false, ErrGone
		}
	}
}

// Skip leaves out the next n bytes.
func (r *Reader) Skip(n int64) {
	r.f.mu.Lock()
	defer r.f.mu.Unlock()
	r.skip += max(0, n)
}

// Close ends reading. It may be called again.
func (r *Reader) Close() {
	if r.closed {
		return
	}
	r.closed = true
	f := r.f
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.cut {
		f.unpinLocked(r.seg)
	} else {
		f.unlinkLocked(r)
	}
	f.leaveLocked()
}

// take takes what is there, or tells what to wait for.
func (r *Reader) take() (p []byte, last bool, changed <-chan struct{}, err error) {
	f := r.f
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.cut {
		return nil, false, nil, ErrLagging
	}
	p = r.advanceLocked()
	if r.pos == f.body.size && f.wholeLocked() {
		return p, true, nil, nil
	}
	switch {
	case len(p) > 0:
		return p, false, nil, nil
	case f.state < filled:
		return nil, false, f.nextChangeLocked(), nil
	case f.err != nil:
		return nil, false, nil, f.err
	}
	return nil, false, nil, ErrIncomplete
}

// advanceLocked returns the next bytes that are there, and passes them and those
// to be left out. The reader stays in the segment of what it got until it comes
// again, so that this is not dropped under it.
func (r *Reader) advanceLocked() []byte {
	b := &r.f.body
	for r.seg-b.base < len(b.segs) {
		i := r.seg - b.base
		seg := b.segs[i]
		if r.off == len(seg) {
			if i == len(b.segs)-1 && len(seg) < cap(seg) {
				return nil // more may come into it
			}
			r.seg, r.off = r.seg+1, 0
			continue
		}
		from := r.off + int(min(r.skip, int64(len(seg)-r.off)))
		r.skip -= int64(from - r.off)
		r.pos += int64(len(seg) - r.off)
		r.off = len(seg)
		r.f.passedLocked(r)
		if from < len(seg) {
			return seg[from:len(seg):len(seg)]
		}
	}
	return nil
}

// wholeLocked tells whether the whole body is there.
func (f *Fill) wholeLocked() bool {
	return f.state == filled || f.state == served ||
		f.state == filling && f.body.size == f.length
}

// linkLocked puts r into the list of readers.
func (f *Fill) linkLocked(r *Reader) {
	if r.next = f.readers; r.next != nil {
		r.next.prev = r
	}
	f.readers = r
	if f.window != nil {
		f.window.recount = true
		f.window.nudge()
	}
}

func (f *Fill) unlinkLocked(r *Reader) {
	if r.next != nil {
		r.next.prev = r.prev
	}
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		f.readers = r.next
	}
	r.prev, r.next = nil, nil
	if f.window != nil && r.pos >= f.window.fastest {
		f.window.recount = true
	}
}
