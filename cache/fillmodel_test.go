package cache

import (
	"bytes"
	"runtime"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirproxy/weir/message"
)

// A fillRun is one fill with all that happens to it, as drawn.
type fillRun struct {
	body     []byte
	length   int64
	appends  []int
	stopAt   int // after how many bytes the leader fails; len(body): it completes
	early    int // followers that join before the head
	readers  []readerRun
	exhaust  int // after how many bytes there is no memory left; -1: never
	maxBytes int64
}

type readerRun struct {
	at      int   // after how many bytes it joins
	skip    int64 // what it leaves out
	closeAt int   // after how many bytes it leaves; -1: never
	yields  int   // how slow it is
}

func drawFillRun(t *rapid.T) *fillRun {
	size := rapid.OneOf(rapid.IntRange(0, 10_000), rapid.IntRange(0, 400_000)).Draw(t, "size")
	run := &fillRun{
		body: content(size), length: message.Unknown, stopAt: size, exhaust: -1, maxBytes: 128 << 10,
		early: rapid.IntRange(0, 5).Draw(t, "early"),
	}
	if rapid.Bool().Draw(t, "declared") {
		run.length = int64(size)
	}
	if rapid.IntRange(0, 3).Draw(t, "fails") == 0 {
		run.stopAt = rapid.IntRange(0, size).Draw(t, "stopAt")
	}
	if rapid.IntRange(0, 3).Draw(t, "exhausts") == 0 {
		run.exhaust = rapid.IntRange(0, size).Draw(t, "exhaust")
	}
	piece := rapid.SampledFrom([]int{1 << 20, 40_000, 5000, 700}).Draw(t, "piece")
	for left := run.stopAt; left > 0; {
		n := min(left, rapid.IntRange(1, piece).Draw(t, "append"))
		run.appends = append(run.appends, n)
		left -= n
	}
	for range rapid.IntRange(0, 6).Draw(t, "readers") {
		run.readers = append(run.readers, readerRun{
			at:      rapid.IntRange(0, size).Draw(t, "at"),
			skip:    int64(rapid.SampledFrom([]int{0, 0, 1, size / 2, size, size + 1}).Draw(t, "skip")),
			closeAt: rapid.SampledFrom([]int{-1, -1, 0, size / 3}).Draw(t, "closeAt"),
			yields:  rapid.IntRange(0, 3).Draw(t, "yields"),
		})
	}
	return run
}

// Whatever the sizes, the readers' pace and the end: each reader sees the bytes
// of the body from the first that it wants, an end only where the end is, and an
// error only if there is a reason. What is stored is whole, and no memory stays
// counted.
func TestFillModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := drawFillRun(t)
		z := NewZone(ZoneSpec{Name: "test", Memory: 8 << 20, MaxObject: run.maxBytes})
		if err := z.Open(); err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		run.do(t, z)
		if n, fills := z.Stats().Pending, z.fills.count(); n != 0 || fills != 0 {
			t.Errorf("%d bytes still pending, %d fills under way", n, fills)
		}
	})
}

func (run *fillRun) do(t *rapid.T, z *Zone) {
	f, leader := z.Join(fillKey)
	if !leader {
		t.Fatal("a fill was left over")
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for range run.early {
		wg.Go(func() { run.follow(t, f.Wait(0, time.Hour, nil), readerRun{closeAt: -1}) })
	}
	if why := f.Begin(fillEntry(run.length), 0); why != None {
		if run.length <= run.maxBytes || why != TooLarge {
			t.Errorf("Begin: %v", why)
		}
		f.Free(why)
		return
	}
	own := f.Reader()
	wg.Go(func() { run.read(t, own, readerRun{closeAt: -1}) })
	took := int64(0)
	defer func() { wg.Wait(); z.unreserve(took) }()
	at := 0
	for _, n := range run.appends {
		for _, r := range run.readers {
			if r.at >= at && r.at < at+n {
				wg.Go(func() { run.follow(t, f.Wait(0, time.Hour, nil), r) })
			}
		}
		if run.exhaust >= at && run.exhaust < at+n {
			took = exhaust(z)
		}
		if err := f.Append(run.body[at:at+n], 0); err != nil {
			if err != ErrNoReaders || f.window == nil {
				t.Errorf("Append: %v", err)
			}
			f.Free(NoRoom)
			return
		}
		at += n
	}
	run.finish(t, z, f)
}

func (run *fillRun) finish(t *rapid.T, z *Zone, f *Fill) {
	if run.stopAt < len(run.body) {
		f.Fail(errBroke)
		if storedBody(z) != nil {
			t.Error("a part is stored")
		}
		return
	}
	why := f.Complete(fillKey, 0)
	switch stored := storedBody(z); {
	case why == None && int64(len(run.body)) > run.maxBytes:
		t.Error("too much has been stored")
	case why == None && !bytes.Equal(stored, run.body):
		t.Errorf("%d bytes are stored of %d", len(stored), len(run.body))
	case why != None && (f.window == nil && run.exhaust < 0 || stored != nil):
		t.Errorf("not stored: %v", why)
	}
}

// follow is a follower of the run.
func (run *fillRun) follow(t *rapid.T, j Joined, how readerRun) {
	switch {
	case j.Body != nil:
		run.read(t, j.Body, how)
	case j.Entry != nil:
		if got := bytes.Join(j.Entry.Body(), nil); !bytes.Equal(got, run.body) || j.Entry.Length != int64(len(got)) {
			t.Errorf("a complete entry of %d bytes, length %d", len(got), j.Entry.Length)
		}
	case j.Why == None || j.Why == Waited:
		t.Errorf("followers were left with %+v", j)
	}
}

func (run *fillRun) read(t *rapid.T, r *Reader, how readerRun) {
	defer r.Close()
	r.Skip(how.skip)
	at := min(int(how.skip), len(run.body))
	for last := false; !last; {
		p, end, err := r.Next(nil)
		switch {
		case err == errBroke && run.stopAt < len(run.body), err == ErrLagging, err == ErrIncomplete:
			return
		case err != nil:
			t.Errorf("at %d: %v", at, err)
			return
		case at+len(p) > run.stopAt && how.skip <= int64(run.stopAt), !bytes.Equal(p, run.body[at:at+len(p)]):
			t.Errorf("at %d: wrong bytes", at)
			return
		}
		at += len(p)
		if last = end; how.closeAt >= 0 && at >= how.closeAt {
			return
		}
		for range how.yields {
			runtime.Gosched()
		}
	}
	if at != len(run.body) {
		t.Errorf("the end came at %d of %d", at, len(run.body))
	}
}
