package cache

import (
	"bytes"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
)

// Ten thousand wait for one body: one copy of it, and little for each of them.
func TestTenThousandFollowers(t *testing.T) {
	const followers = 10_000
	z, body := fillZone(t), content(1<<20)
	f := lead(t, z)
	var wg sync.WaitGroup
	for i := range followers {
		wg.Go(func() {
			n := 0
			r := f.Wait(0, time.Hour, func() bool { return false }).Body
			defer r.Close()
			for last := false; !last; {
				var p []byte
				var err error
				p, last, err = r.Next(nil)
				look := len(p)
				if i%100 > 0 { // one in a hundred compares all
					look = min(look, 100)
				}
				if err != nil || !bytes.Equal(p[:look], body[n:n+look]) {
					t.Errorf("at %d: %v", n, err)
					return
				}
				n += len(p)
			}
			if n != len(body) {
				t.Errorf("%d bytes", n)
			}
		})
	}
	for users := 0; users < followers; runtime.Gosched() {
		f.mu.Lock()
		users = f.users
		f.mu.Unlock()
	}
	f.Begin(fillEntry(int64(len(body))), 0)
	for rest := body; len(rest) > 0; rest = rest[16<<10:] {
		mustAppend(t, f, rest[:16<<10])
	}
	f.mu.Lock()
	pending := f.body.reserved
	f.mu.Unlock()
	if pending != int64(len(body)) {
		t.Errorf("%d bytes pending", pending)
	}
	wg.Wait() // all read to the end before it is stored
	if why := f.Complete(fillKey, 0); why != None {
		t.Error(why)
	}
}

// What waiting costs beside the goroutine that waits.
func TestWaiterAllocations(t *testing.T) {
	const followers = 10_000
	z := fillZone(t)
	f := begin(t, z, 2)
	gone := func() bool { return false }
	readers := make([]*Reader, 0, followers)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range followers {
		w := waiter{}
		w.arm(time.Hour) // as Wait does while there is no head
		f.mu.Lock()
		f.users++
		r := f.joinLocked(w.timer).Body
		f.mu.Unlock()
		r.arm(time.Hour) // as Next does while there is no body
		r.rest()
		readers = append(readers, r)
	}
	runtime.ReadMemStats(&after)
	if n := (after.TotalAlloc - before.TotalAlloc) / followers; n > 512 {
		t.Errorf("%d bytes a follower", n)
	}
	mustAppend(t, f, []byte("ab"))
	f.Complete(fillKey, 0)
	for _, r := range readers {
		if _, last, err := r.Next(gone); !last || err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
}

// The usual miss: nobody joins, and the body is there at once.
func TestLonelyFillAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("allocates for itself")
	}
	z := closedZone(1<<30, 1<<20)
	body, e := content(1000), fillEntry(1000)
	n := testing.AllocsPerRun(1000, func() {
		f, _ := z.Join(fillKey)
		e.Length = message.Unknown
		f.Begin(e, 0)
		f.Append(body, 0)
		f.Complete(fillKey, 0)
	})
	if n > 4 { // the fill, its key, the segment and the list of segments
		t.Errorf("%v allocations", n)
	}
}
