package cache

import "github.com/weirproxy/weir/message"

// What segments are made of.
const (
	minSegment    = 4 << 10   // after the first of a body of unknown length
	firstSegment  = 64 << 10  // at most: what a mere head can claim
	maxSegment    = 256 << 10 // at most
	windowSegment = 64 << 10
	scantSegment  = 16 << 10 // what a window may have beyond the zone's budget
)

// A fillBody is the body of a fill as far as it is there, in segments. Bytes
// that readers may see never move or change, and become the entry's as they are.
type fillBody struct {
	segs     [][]byte // all full but the last, which is filled up to its capacity
	base     int      // how many segments have been dropped before these
	size     int64    // bytes that have come
	reserved int64    // bytes of pending memory that are counted for it
	replaced int64    // those of them that trim has left to readers
}

// room is how many bytes the last segment has room for.
func (b *fillBody) room() int {
	if len(b.segs) == 0 {
		return 0
	}
	last := b.segs[len(b.segs)-1]
	return cap(last) - len(last)
}

// nextSegment is how large the segment after all of these should be for want
// more bytes, in a body of that length of which at most limit are kept.
func (b *fillBody) nextSegment(length, limit int64, want int) int {
	most := int64(maxSegment)
	if b.size == 0 {
		most = firstSegment
	}
	switch {
	case length != message.Unknown:
		return int(min(length-b.size, most))
	case b.size == 0:
		return int(min(int64(want), most))
	}
	return int(min(max(b.size, int64(want), minSegment), limit-b.size, most))
}

// newSegment makes an empty segment for at least n bytes, without clearing it.
func newSegment(n int) []byte { return append([]byte(nil), make([]byte, n)...)[:0] }

// pieces returns the segments in a slice without room.
func (b *fillBody) pieces() [][]byte {
	switch {
	case b.size == 0:
		return nil
	case len(b.segs) == cap(b.segs):
		return b.segs // Fast path: one segment
	}
	return append(make([][]byte, 0, len(b.segs)), b.segs...)
}

// put copies what the last segment has room for, and shows it to the readers.
func (f *Fill) put(p []byte, now int64) int {
	last := len(f.body.segs) - 1
	seg := f.body.segs[last]
	n := copy(seg[len(seg):cap(seg)], p)
	f.mu.Lock()
	f.body.segs[last] = seg[:len(seg)+n]
	f.body.size += int64(n)
	f.moved = now
	f.unlockAndWake()
	return n
}

// trim puts what stands in the last segment into one of the right size, when
// much of it is empty and there is memory to do so.
func (f *Fill) trim() {
	if f.body.room() == 0 {
		return
	}
	last := f.body.segs[len(f.body.segs)-1]
	size := heapSize(len(last))
	if size >= int64(cap(last)-cap(last)/8) || !f.z.reserve(size) {
		return
	}
	seg := append(newSegment(len(last)), last...)
	f.z.unreserve(size - int64(cap(seg)))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.body.segs[len(f.body.segs)-1] = seg
	f.body.reserved += int64(cap(seg))
	f.body.replaced = int64(cap(last))
}

// completeEntry gives the entry its body: a copy of it when its length must be
// written too, and others may be reading it.
func (f *Fill) completeEntry() *Entry {
	f.trim()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.length == message.Unknown {
		if f.taken {
			f.entry = f.entry.withoutBody()
		}
		f.entry.Length = f.body.size
	}
	f.entry.body = f.body.pieces()
	return f.entry
}

// withoutBody returns a copy of e that is nobody's yet.
func (e *Entry) withoutBody() *Entry {
	return &Entry{
		Status: e.Status, Lines: e.Lines, Lines304: e.Lines304, Fields: e.Fields, Length: e.Length, Fresh: e.Fresh,
		ETag: e.ETag, LastModified: e.LastModified, Modified: e.Modified, Dated: e.Dated,
		Vary: e.Vary, Variant: e.Variant, Tags: e.Tags, Groups: e.Groups,
		stored: stored{serial: e.stored.serial},
	}
}
