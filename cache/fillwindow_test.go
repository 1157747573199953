package cache

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirproxy/weir/message"
)

const windowObject = 4 << 20

// windowFill is a fill of unknown length in a zone that takes 4 MiB.
func windowFill(t *testing.T) (*Zone, *Fill) {
	t.Helper()
	z := closedZone(128<<20, windowObject)
	t.Cleanup(func() {
		if n := z.Stats().Pending; n != 0 {
			t.Errorf("%d bytes are still pending", n)
		}
	})
	return z, begin(t, z, message.Unknown)
}

// appendAll appends body by pieces, in a goroutine, and counts what Append took.
func appendAll(f *Fill, body []byte, taken *int, failed *error) {
	const piece = 32 << 10
	go func() {
		for ; len(body) > 0; body = body[min(piece, len(body)):] {
			if *failed = f.Append(body[:min(piece, len(body))], 0); *failed != nil {
				return
			}
			*taken += min(piece, len(body))
		}
	}()
}

func TestUndeclaredLimit(t *testing.T) {
	z := fillZone(t)
	limit := int(z.MaxObject())
	f := begin(t, z, message.Unknown)
	mustAppend(t, f, content(limit))
	if why := f.Complete(fillKey, 0); why != None || len(storedBody(z)) != limit {
		t.Errorf("at the limit: %v", why)
	}

	f = begin(t, z, message.Unknown)
	early := f.Wait(0, time.Second, nil).Body
	mustAppend(t, f, content(limit/2))
	body := content(limit + 1)
	mustAppend(t, f, nil)
	mustAppend(t, f, body[limit/2:limit])
	if other, leader := z.Join(fillKey); leader || other != f {
		t.Error("out of the table too early")
	}
	done := make(chan struct{})
	go func() { defer close(done); readThrough(early) }()
	mustAppend(t, f, body[limit:])
	other, leader := z.Join(fillKey)
	if !leader {
		t.Error("what is not stored can be joined")
	}
	if why := f.Complete([]byte("other"), 0); why != TooLarge {
		t.Errorf("one past the limit: %v", why)
	}
	if _, leader := z.Join(fillKey); leader {
		t.Error("the end of a fill ended another")
	}
	other.Free(None)
	<-done
}

// readThrough reads to the end.
func readThrough(r *Reader) {
	defer r.Close()
	for last, err := false, error(nil); !last && err == nil; {
		_, last, err = r.Next(nil)
	}
}

func TestWindowGoesWithFastestReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z, f := windowFill(t)
		body := content(20 << 20)
		fast := f.Reader()
		var failed error
		taken, read := 0, 0
		appendAll(f, body, &taken, &failed)
		for read < len(body) {
			synctest.Wait()
			if behind := taken - read; taken > windowObject && behind > windowAhead+32<<10 {
				t.Fatalf("%d bytes ahead", behind)
			}
			if taken < len(body) && taken < windowObject && taken < read+windowAhead {
				t.Fatalf("the leader rests at %d, the reader is at %d", taken, read)
			}
			if n := z.Stats().Pending; n > windowObject+maxSegment {
				t.Fatalf("%d bytes pending", n)
			}
			p, _, err := fast.Next(nil)
			if err != nil || !bytes.Equal(p, body[read:read+len(p)]) {
				t.Fatalf("at %d: %v", read, err)
			}
			read += len(p)
		}
		if failed != nil || f.body.base == 0 {
			t.Errorf("%v; %d segments dropped", failed, f.body.base)
		}
		if n := z.Stats().Pending; n > windowAhead+maxSegment {
			t.Errorf("%d bytes pending", n)
		}
		if j := f.Wait(0, time.Second, nil); j.Entry != nil || j.Why != TooLarge {
			t.Errorf("too late: %+v", j)
		}
		if _, _, err := f.Reader().Next(nil); err != ErrLagging {
			t.Errorf("too late: %v", err)
		}
		f.Fail(errBroke)
		if _, last, err := fast.Next(nil); last || err != errBroke {
			t.Errorf("end: %v, %v", last, err)
		}
		fast.Close()
		f.leave() // the reader that came too late, lost above
	})
}

func TestWindowCutsSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z, f := windowFill(t)
		body := content(20 << 20)
		fast, slow, lazy := f.Reader(), f.Reader(), f.Reader()
		var failed error
		taken := 0
		appendAll(f, body, &taken, &failed)
		synctest.Wait()
		held, _, _ := slow.Next(nil) // and sends it for ever
		go readThrough(fast)
		time.Sleep(lingerFor) // of the bubble's time: the leader waits so long for the slow
		synctest.Wait()
		if taken != len(body) || failed != nil {
			t.Errorf("the leader came to %d, %v", taken, failed)
		}
		if !bytes.Equal(held, body[:len(held)]) {
			t.Error("bytes changed under their reader")
		}
		pinned := z.Stats().Pending
		if pinned > windowObject+2*maxSegment {
			t.Errorf("%d bytes pending", pinned)
		}
		for _, r := range []*Reader{slow, lazy} {
			if _, _, err := r.Next(nil); err != ErrLagging {
				t.Errorf("got %v", err)
			}
		}
		slow.Close()
		before := z.Stats().Pending
		lazy.Close()
		if after := z.Stats().Pending; after >= before {
			t.Errorf("%d bytes pending, %d before the last who held them left", after, before)
		}
		if why := f.Complete(fillKey, 0); why != TooLarge {
			t.Errorf("Complete: %v", why)
		}
		synctest.Wait()
	})
}

// A reader less than an object behind is waited for by nobody, and misses nothing.
func TestWindowKeepsReaderWithinObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, f := windowFill(t)
		body := content(12 << 20)
		fast, slow := f.Reader(), f.Reader()
		var failed error
		taken, read := 0, 0
		appendAll(f, body, &taken, &failed)
		for fastRead := 0; read < len(body); {
			synctest.Wait()
			for fastRead < min(len(body), read+windowObject-2*windowAhead) {
				p, _, err := fast.Next(nil)
				if err != nil {
					t.Fatal(err)
				}
				fastRead += len(p)
				synctest.Wait()
			}
			p, _, err := slow.Next(nil)
			if err != nil || !bytes.Equal(p, body[read:read+len(p)]) {
				t.Fatalf("at %d of %d: %v", read, taken, err)
			}
			read += len(p)
		}
		f.Complete(fillKey, 0)
		fast.Close()
		slow.Close()
	})
}

func TestWindowWithoutReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, f := windowFill(t)
		mustAppend(t, f, make([]byte, windowObject)) // nobody reads, but it is to be stored
		r := f.Reader()
		var failed error
		taken := 0
		appendAll(f, make([]byte, windowObject), &taken, &failed)
		synctest.Wait()
		if taken != 0 || failed != nil {
			t.Errorf("%d more while the one reader is at the start: %v", taken, failed)
		}
		r.Close()
		synctest.Wait()
		if failed != ErrNoReaders {
			t.Errorf("with nobody left: %v", failed)
		}
		f.Free(TooLarge)
	})
}

// The fastest reader leaves: the next is the fastest then.
func TestWindowFastestLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, f := windowFill(t)
		body := content(12 << 20)
		fast, next := f.Reader(), f.Reader()
		var failed error
		taken := 0
		appendAll(f, body, &taken, &failed)
		for i := range 40 {
			synctest.Wait()
			if fast.Next(nil); i%2 == 0 {
				next.Next(nil)
			}
		}
		synctest.Wait()
		before := taken
		fast.Close()
		synctest.Wait()
		if taken > before+32<<10 {
			t.Errorf("the leader went on from %d to %d", before, taken)
		}
		go readThrough(next)
		synctest.Wait()
		if taken != len(body) || failed != nil {
			t.Errorf("the leader came to %d, %v", taken, failed)
		}
		f.Complete(fillKey, 0)
		synctest.Wait()
	})
}

// The fastest reader leaves and memory is at an end: the next is not measured by
// the one that has gone.
func TestWindowFastestLeavesWithoutMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z, f := windowFill(t)
		body := content(8 << 20)
		const first = windowObject + 64<<10
		fast, next := f.Reader(), f.Reader()
		for at := 0; at < first; at += 32 << 10 {
			mustAppend(t, f, body[at:at+32<<10])
			fast.Next(nil)
		}
		got := []byte{}
		for len(got) < 1<<20 {
			p, _, _ := next.Next(nil)
			got = append(got, p...)
		}
		took := exhaust(z)
		fast.Close()
		var failed error
		taken := first
		appendAll(f, body[first:], &taken, &failed)
		for len(got) < len(body) {
			synctest.Wait()
			p, _, err := next.Next(nil)
			if err != nil {
				t.Fatalf("at %d of %d: %v", len(got), taken, err)
			}
			got = append(got, p...)
		}
		if failed != nil || !bytes.Equal(got, body) {
			t.Errorf("read %d of %d, %v", len(got), taken, failed)
		}
		f.Complete(fillKey, 0)
		next.Close()
		z.unreserve(took)
	})
}

// Without pending memory a response goes on through very little, and is not stored.
// One of declared length gets there only when it has stood still.
func TestWindowWithoutMemory(t *testing.T) {
	for _, length := range []int64{3 << 20, message.Unknown} {
		synctest.Test(t, func(t *testing.T) {
			z := closedZone(128<<20, windowObject)
			f := begin(t, z, length)
			body := content(3 << 20)
			fast, near, slow := f.Reader(), f.Reader(), f.Reader()
			mustAppend(t, f, body[:100])
			if j := f.Wait(1, 0, nil); j.Why != Waited {
				t.Fatalf("joined what stands still: %+v", j)
			}
			took := exhaust(z)
			full := z.Stats().Pending
			var failed error
			taken, most := 0, int64(0)
			appendAll(f, body[100:], &taken, &failed)
			got := [2][]byte{}
			for len(got[0]) < len(body) {
				for i, r := range []*Reader{fast, near} {
					synctest.Wait()
					p, _, err := r.Next(nil)
					if err != nil {
						t.Fatalf("reader %d at %d of %d: %v", i, len(got[i]), taken, err)
					}
					got[i] = append(got[i], p...)
					most = max(most, z.Stats().Pending)
				}
			}
			if failed != nil || !bytes.Equal(got[0], body) {
				t.Errorf("read %d of %d, %v", len(got[0]), taken, failed)
			}
			if most > full+2*scantLag+4*scantSegment {
				t.Errorf("%d bytes more than there are", most-full)
			}
			if _, _, err := slow.Next(nil); err != ErrLagging {
				t.Errorf("the slow reader: %v", err)
			}
			if why := f.Complete(fillKey, 0); why != NoRoom {
				t.Errorf("Complete: %v", why)
			}
			fast.Close()
			near.Close()
			slow.Close()
			z.unreserve(took)
			if n := z.Stats().Pending; n != 0 {
				t.Errorf("%d bytes are still pending", n)
			}
		})
	}
}

// A zone for small objects has a small window, whatever pieces come.
func TestWindowOfSmallZone(t *testing.T) {
	z := closedZone(1<<20, 8<<10)
	f := begin(t, z, message.Unknown)
	body := content(1 << 20)
	r := f.Reader()
	done := make(chan error)
	go func() { done <- f.Append(body, 0) }()
	got := []byte{}
	for len(got) < len(body) {
		p, _, err := r.Next(nil)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p...)
		if n := z.Stats().Pending; n > 256<<10 {
			t.Errorf("%d bytes pending", n)
		}
	}
	if err := <-done; err != nil || !bytes.Equal(got, body) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	f.Complete(fillKey, 0)
	r.Close()
}

// Who leads and reads in one goroutine appends once or twice before it reads.
func TestAppendBeforeReading(t *testing.T) {
	body := content(64 << 10)
	for _, exhausted := range []bool{false, true} {
		z := closedZone(1<<20, 8<<10)
		f := begin(t, z, message.Unknown)
		r, took := f.Reader(), int64(0)
		if exhausted {
			took = exhaust(z)
		}
		mustAppend(t, f, body)
		if why := f.Complete(fillKey, 0); why == None {
			t.Error("stored")
		}
		if got, err := readAll(r); err != nil || !bytes.Equal(got, body) {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
		z.unreserve(took)
		if n := z.Stats().Pending; n != 0 {
			t.Errorf("%d bytes pending", n)
		}
	}
}
