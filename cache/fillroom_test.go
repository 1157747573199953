package cache

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirproxy/weir/message"
)

// What is reserved for a body is what its segments take, from wherever it is.
func TestBodyAhead(t *testing.T) {
	for _, length := range []int64{0, 1, 4095, 33_000, firstSegment, firstSegment + 1, firstSegment + maxSegment, 500_000, 1 << 20, 1<<20 + 1} {
		b, ahead := fillBody{}, bodyAhead(length, 0)
		for b.size < length {
			seg := newSegment(b.nextSegment(length, 8<<20, 0))
			b.size += int64(cap(seg))
			if left := bodyAhead(length, b.size); left != ahead-int64(cap(seg)) {
				t.Errorf("%d of %d: %d ahead, %d before, %d taken", b.size, length, left, ahead, cap(seg))
			}
			ahead -= int64(cap(seg))
		}
		if ahead != 0 {
			t.Errorf("%d: %d are left", length, ahead)
		}
	}
}

// Memory follows what has arrived. Only the count of what is pending runs ahead,
// to what a head declares.
func TestMemoryFollowsBody(t *testing.T) {
	z := fillZone(t)
	for _, length := range []int64{1 << 20, message.Unknown} {
		f := begin(t, z, length)
		if f.body.segs != nil {
			t.Error("memory for a head")
		}
		mustAppend(t, f, []byte{1})
		if n := f.body.reserved; n > firstSegment {
			t.Errorf("%d bytes for one", n)
		}
		mustAppend(t, f, content(500_000))
		taken := int64(0)
		for _, seg := range f.body.segs {
			taken += int64(cap(seg))
		}
		if n := f.body.reserved; n != taken || n > 500_000+maxSegment {
			t.Errorf("%d bytes for half a megabyte, %d counted", taken, n)
		}
		if n := z.Stats().Pending; n != max(length, f.body.reserved) {
			t.Errorf("%d bytes pending", n)
		}
		f.Fail(errBroke)
	}
}

// Without room for all that is declared nothing is shown, and nobody is cut.
func TestBeginClaimsAll(t *testing.T) {
	const length = 1<<20 - 5
	takes := bodyAhead(length, 0)
	z := fillZone(t)
	took := exhaust(z)
	z.unreserve(takes - 1)
	f := lead(t, z)
	if why := f.Begin(fillEntry(length), 0); why != NoRoom {
		t.Errorf("one byte short: %v", why)
	}
	if j := f.Wait(0, 0, nil); j.Entry != nil || j.Why != Waited {
		t.Errorf("followers were shown %+v", j)
	}
	f.Free(NoRoom)
	if n := z.Stats().Pending; n != took-takes+1 {
		t.Errorf("%d bytes pending, %d before", n, took-takes+1)
	}

	z.unreserve(1)
	f = begin(t, z, length)
	body := content(length)
	mustAppend(t, f, body)
	if why := f.Complete(fillKey, 0); why != None || !bytes.Equal(storedBody(z), body) {
		t.Errorf("at the limit: %v", why)
	}
	if n := z.Stats().Pending; n != took-takes {
		t.Errorf("%d bytes pending, %d before", n, took-takes)
	}
	z.unreserve(took - takes)
}

// Whatever use others make of the memory once it has begun: a body of declared
// length is stored, and cuts nobody.
func TestDeclaredBodyNeedsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := closedZone(128<<20, windowObject)
		body := content(3 << 20)
		f := begin(t, z, int64(len(body)))
		fast, slow := f.Reader(), f.Wait(0, time.Second, nil).Body
		mustAppend(t, f, body[:100])
		took := exhaust(z)
		var failed error
		taken := 100
		appendAll(f, body[100:], &taken, &failed)
		go readThrough(fast)
		time.Sleep(time.Minute)
		synctest.Wait()
		if taken != len(body) || failed != nil {
			t.Errorf("the leader came to %d, %v", taken, failed)
		}
		if got, err := readAll(slow); err != nil || !bytes.Equal(got, body) {
			t.Errorf("the slow reader got %d bytes, %v", len(got), err)
		}
		if why := f.Complete(fillKey, 0); why != ClosedZone { // this one's store
			t.Errorf("Complete: %v", why)
		}
		synctest.Wait()
		z.unreserve(took)
		if n := z.Stats().Pending; n != 0 {
			t.Errorf("%d bytes are still pending", n)
		}
	})
}

// However a fill ends, what has not come counts no more, and the rest not longer
// than somebody reads it.
func TestClaimEndsWithFill(t *testing.T) {
	const length = 700_000
	body := content(length)
	for name, end := range map[string]func(f *Fill){
		"Complete": func(f *Fill) { f.Complete(fillKey, 0) },
		"Fail":     func(f *Fill) { f.Fail(errBroke) },
		"Free":     func(f *Fill) { f.Free(NoStore) },
		"Serve":    func(f *Fill) { f.Serve(fillEntry(0)) },
	} {
		for _, have := range []int{0, 1, firstSegment, firstSegment + 1, length - 1, length} {
			z := closedZone(64<<20, 1<<20)
			f := begin(t, z, length)
			if n := z.Stats().Pending; n != bodyAhead(length, 0) {
				t.Fatalf("%d bytes pending for %d", n, length)
			}
			r := f.Reader()
			mustAppend(t, f, body[:have])
			end(f)
			end(f) // which does nothing
			if n := z.Stats().Pending; n != f.body.reserved || n > int64(have)+maxSegment {
				t.Errorf("%s after %d bytes: %d pending, %d there", name, have, n, f.body.reserved)
			}
			r.Close()
			if n := z.Stats().Pending; n != 0 {
				t.Errorf("%s after %d bytes: %d pending at last", name, have, n)
			}
		}
	}
}

// When memory is short, the slow readers of a body of unknown length have a while.
func TestNoRoomWaitsForTheSlow(t *testing.T) {
	body := content(3 << 20)
	for pause, cut := range map[time.Duration]bool{scantLinger / 2: false, 2 * scantLinger: true} {
		synctest.Test(t, func(t *testing.T) {
			z, f := windowFill(t)
			fast, slow := f.Reader(), f.Reader()
			mustAppend(t, f, body[:1<<20])
			took := exhaust(z)
			var failed error
			taken := 1 << 20
			appendAll(f, body[1<<20:], &taken, &failed)
			go readThrough(fast)
			time.Sleep(pause)
			var got []byte
			var err error
			go func() { got, err = readAll(slow) }()
			time.Sleep(time.Minute)
			synctest.Wait()
			if taken != len(body) || failed != nil {
				t.Errorf("the leader came to %d, %v", taken, failed)
			}
			f.Complete(fillKey, 0)
			synctest.Wait()
			if cut && err != ErrLagging || !cut && (err != nil || !bytes.Equal(got, body)) {
				t.Errorf("after %v the slow reader got %d bytes, %v", pause, len(got), err)
			}
			z.unreserve(took)
		})
	}
}
