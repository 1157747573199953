package cache

import (
	"bytes"
	"runtime"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
)

const stallLimit = 3 * time.Second

// A body that has stood still for longer than a follower would wait for a head is
// not for it: the next one fetches.
func TestStandingFillTakesNobody(t *testing.T) {
	const moved = int64(time.Hour)
	for _, length := range []int64{1000, message.Unknown} {
		for _, come := range []int{0, 1, 999} { // 0: the head was the last that came
			z := fillZone(t)
			f := lead(t, z)
			at := moved
			if come > 0 {
				at = 0
			}
			f.Begin(fillEntry(length), at)
			if come > 0 {
				f.Append(make([]byte, come), moved)
			}
			early := f.Wait(moved+int64(stallLimit), stallLimit, nil)
			if early.Body == nil {
				t.Fatalf("%d of %d, at the limit: %+v", come, length, early)
			}
			if _, leader := z.Join(fillKey); leader {
				t.Error("out of the table too early")
			}
			if j := f.Wait(moved+int64(stallLimit)+1, stallLimit, nil); j != (Joined{Why: Waited}) {
				t.Errorf("%d of %d, one past the limit: %+v", come, length, j)
			}
			other, leader := z.Join(fillKey)
			if !leader {
				t.Error("the next one is to fetch")
			}
			other.Free(None)

			mustAppend(t, f, make([]byte, 1000-come)) // it goes on for those who have it
			if why := f.Complete(fillKey, 0); why != None {
				t.Errorf("Complete: %v", why)
			}
			if got, err := readAll(early.Body); len(got) != 1000 || err != nil {
				t.Errorf("the early follower got %d bytes, %v", len(got), err)
			}
		}
	}
}

// What only lacks its end, or the last who read it, does not stand still.
func TestWholeBodyDoesNotStand(t *testing.T) {
	for _, length := range []int64{100, 0} {
		z := closedZone(64<<20, 1<<20)
		f, body := begin(t, z, length), content(int(length))
		mustAppend(t, f, body)
		for range 2 {
			if got, err := followed(f.Wait(int64(time.Hour), stallLimit, nil)); err != nil || !bytes.Equal(got, body) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
			defer f.Reader().Close()
			f.Complete(fillKey, 0)
		}
	}
}

// Who waits for the head counts from when that came.
func TestHeadAfterLongWait(t *testing.T) {
	z := fillZone(t)
	f := lead(t, z)
	got := make(chan Joined)
	go func() { got <- f.Wait(0, time.Hour, nil) }()
	for f.Unread() {
		runtime.Gosched()
	}
	f.Begin(fillEntry(100), int64(time.Hour)-1)
	j := <-got
	if j.Body == nil {
		t.Fatalf("got %+v", j)
	}
	j.Body.Close()
	f.Fail(errBroke)
}

// A fill that is found to stand still keeps no room from others; when it goes on,
// it is stored if there still is some.
func TestStandingFillGivesRoom(t *testing.T) {
	const length = 1 << 20
	body := content(length)
	for _, room := range []bool{true, false} {
		z := fillZone(t)
		f := begin(t, z, length)
		mustAppend(t, f, body[:1000])
		if j := f.Wait(int64(time.Hour), stallLimit, nil); j.Why != Waited {
			t.Fatalf("got %+v", j)
		}
		if n := z.Stats().Pending; n != firstSegment {
			t.Errorf("%d bytes pending for %d", n, firstSegment)
		}
		took := int64(0)
		if !room {
			took = exhaust(z)
			z.unreserve(bodyAhead(length, firstSegment) - 1)
			took -= bodyAhead(length, firstSegment) - 1
		}
		r := f.Reader()
		read := make(chan []byte)
		go func() { got, _ := readAll(r); read <- got }()
		for rest := body[1000:]; len(rest) > 0; rest = rest[min(10_000, len(rest)):] {
			mustAppend(t, f, rest[:min(10_000, len(rest))])
		}
		if why := f.Complete(fillKey, 0); (why == None) != room || !room && why != NoRoom {
			t.Errorf("room %v: %v", room, why)
		}
		if got := <-read; !bytes.Equal(got, body) {
			t.Errorf("room %v: read %d bytes", room, len(got))
		}
		z.unreserve(took)
	}
}
