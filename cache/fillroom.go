package cache

import "github.com/weirproxy/weir/message"

// bodyAhead is the memory of the segments that a body of that length will have
// after those for its first bytes.
func bodyAhead(length, have int64) (n int64) {
	if have == 0 {
		have = min(length, firstSegment)
		n = heapSize(int(have))
	}
	left := max(0, length-have)
	return n + left/maxSegment*heapSize(maxSegment) + heapSize(int(left%maxSegment))
}

// firstRoom makes sure that there is memory to begin with, or for all of a body
// whose length is known.
func (f *Fill) firstRoom() bool {
	if f.length != message.Unknown {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.length == 0 || f.claimLocked()
	}
	if !f.z.reserve(minSegment) {
		return false
	}
	f.z.unreserve(minSegment) // how much it will be, what comes first decides
	return true
}

// claimLocked reserves pending memory for all that is still to come of a body of
// declared length. Only the count runs ahead of the body: segments are made when
// there is something to put into them.
//
// What is claimed and does not come is lost to other fills meanwhile. It comes
// back when the fill ends, and a backend that sends nothing brings that about: the
// leader waits for more no longer than the backend's between_bytes. Before that,
// it comes back when somebody finds that the fill stands still (see Wait), so that
// fills of one key that stall one after the other do not add up.
func (f *Fill) claimLocked() bool {
	n := bodyAhead(f.length, f.body.size)
	if !f.z.reserve(n) {
		return false
	}
	f.ahead = n
	return true
}

// forgoLocked gives back what has been claimed and has not come.
func (f *Fill) forgoLocked() {
	f.z.unreserve(f.ahead)
	f.ahead = 0
}

// makeRoom sees to it that the last segment has room.
func (f *Fill) makeRoom(want int) error {
	if f.window == nil {
		if f.body.room() > 0 || f.grow(want) {
			return nil
		}
		f.outgrow(NoRoom)
	}
	return f.windowRoom()
}

// grow adds a segment to the body, if there is memory for it.
func (f *Fill) grow(want int) bool {
	n := f.body.nextSegment(f.length, f.max, want)
	if f.length == message.Unknown {
		return f.growBy(n)
	}
	seg := newSegment(n)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ahead == 0 && !f.claimLocked() { // it stood still and has given back what it had
		return false
	}
	left := bodyAhead(f.length, f.body.size+int64(cap(seg)))
	f.z.unreserve(f.ahead - left - int64(cap(seg))) // nothing, unless the allocator has other classes
	f.ahead = left
	f.addSegmentLocked(seg)
	return true
}

// growBy adds a segment of n bytes, if there is memory for it.
func (f *Fill) growBy(n int) bool {
	if !f.z.reserve(heapSize(n)) {
		return false
	}
	f.addSegment(n)
	return true
}

// addSegment adds a segment of n bytes, for which heapSize has been reserved.
func (f *Fill) addSegment(n int) {
	seg := newSegment(n)
	f.z.unreserve(heapSize(n) - int64(cap(seg))) // likewise
	f.mu.Lock()
	defer f.mu.Unlock()
	f.addSegmentLocked(seg)
}

func (f *Fill) addSegmentLocked(seg []byte) {
	f.body.segs = append(f.body.segs, seg)
	f.body.reserved += int64(cap(seg))
}
