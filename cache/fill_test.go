package cache

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
)

var errBroke = errors.New("the backend broke off")

func TestFollowersReadAlong(t *testing.T) {
	body := content(300_000)
	for _, length := range []int64{int64(len(body)), message.Unknown} {
		for _, piece := range []int{len(body), 40_000, 999} {
			t.Run(fmt.Sprintf("%d by %d", length, piece), func(t *testing.T) {
				z := fillZone(t)
				f := lead(t, z)
				var wg sync.WaitGroup
				for range 20 {
					joined, leader := z.Join(fillKey)
					if leader || joined != f {
						t.Fatal("a second fill")
					}
					wg.Go(func() {
						got, err := followed(joined.Wait(0, time.Hour, nil))
						if err != nil || !bytes.Equal(got, body) {
							t.Errorf("a follower got %d bytes, %v", len(got), err)
						}
					})
				}
				if why := f.Begin(fillEntry(length), 0); why != None {
					t.Fatal(why)
				}
				for rest := body; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
					mustAppend(t, f, rest[:min(piece, len(rest))])
				}
				if why := f.Complete(fillKey, 0); why != None {
					t.Errorf("not stored: %v", why)
				}
				wg.Wait()
				if !bytes.Equal(storedBody(z), body) {
					t.Error("what is stored is something else")
				}
			})
		}
	}
}

func TestEmptyBody(t *testing.T) {
	for _, length := range []int64{0, message.Unknown} {
		z := fillZone(t)
		f := begin(t, z, length)
		r := f.Reader()
		if why := f.Complete(fillKey, 0); why != None {
			t.Fatal(why)
		}
		if got, err := readAll(r); len(got) > 0 || err != nil {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
		if got := storedBody(z); got == nil || len(got) > 0 {
			t.Errorf("stored %v", got)
		}
		z.Close()
	}
}

func TestEntryIsWholeOnceStored(t *testing.T) {
	z, body := fillZone(t), content(5000)
	f := begin(t, z, message.Unknown)
	early := f.Wait(0, time.Second, nil)
	mustAppend(t, f, body)
	f.Complete(fillKey, 0)
	if early.Entry.Length != message.Unknown {
		t.Error("an entry changed under its reader")
	}
	if got, err := followed(early); err != nil || !bytes.Equal(got, body) {
		t.Errorf("early: %d bytes, %v", len(got), err)
	}
	if f.Entry() == early.Entry || f.Entry().Length != int64(len(body)) {
		t.Error("the entry has no length")
	}
	late := f.Wait(0, time.Second, nil) // joined before, but comes to wait only now
	if late.Body != nil || late.Entry.Length != int64(len(body)) || !bytes.Equal(bytes.Join(late.Entry.Body(), nil), body) {
		t.Errorf("late: length %d, reader %v", late.Entry.Length, late.Body)
	}
}

func TestServedOnError(t *testing.T) {
	f, e := lead(t, fillZone(t)), fillEntry(0)
	f.ServeOnError(e)
	if j := f.Wait(0, time.Hour, nil); j != (Joined{Entry: e, Why: IfError}) {
		t.Errorf("got %+v", j)
	}
}

func TestServedEntry(t *testing.T) {
	z := fillZone(t)
	f := lead(t, z)
	e := fillEntry(3)
	e.body = [][]byte{[]byte("abc")}
	got := make(chan Joined)
	go func() { got <- f.Wait(0, time.Hour, nil) }()
	f.Serve(e)
	if j := <-got; j.Entry != e || j.Body != nil {
		t.Errorf("got %+v", j)
	}
	if all, err := readAll(f.Reader()); string(all) != "abc" || err != nil {
		t.Errorf("read %q, %v", all, err)
	}
	if storedBody(z) != nil {
		t.Error("what was served has been stored")
	}
}

func TestFreedFollowersFetch(t *testing.T) {
	z := fillZone(t)
	f := lead(t, z)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if j := f.Wait(0, time.Hour, nil); j.Entry != nil || j.Why != Private {
				t.Errorf("got %+v", j)
			}
		})
	}
	f.Free(Private)
	wg.Wait()
	if j := f.Wait(0, time.Hour, nil); j.Why != Private {
		t.Errorf("late: %+v", j)
	}
	if _, leader := z.Join(fillKey); !leader {
		t.Error("a freed fill can be joined")
	}
	second, _ := z.Join(fillKey)
	f.Free(NoStore) // again, and not the second one
	if _, leader := z.Join(fillKey); leader {
		t.Error("the end of a fill ended another")
	}
	second.Free(None)
}

// Freeing and joining meet in every order; nobody waits for what has gone.
func TestFreeBesideJoin(t *testing.T) {
	z := fillZone(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 2000 {
				f, leader := z.Join(fillKey)
				if leader {
					f.Free(Private)
				} else if j := f.Wait(0, time.Hour, nil); j.Why != Private {
					t.Errorf("got %+v", j)
				}
			}
		})
	}
	wg.Wait()
}

// Who looks up, joins and looks up again never fetches what is stored.
func TestOneFetch(t *testing.T) {
	z, body := fillZone(t), content(1000)
	fetches := 0
	var wg sync.WaitGroup
	for range 2000 {
		wg.Go(func() {
			if storedBody(z) != nil {
				return
			}
			f, leader := z.Join(fillKey)
			switch {
			case !leader:
				if got, err := followed(f.Wait(0, time.Hour, nil)); err != nil || !bytes.Equal(got, body) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			case storedBody(z) != nil:
				f.Serve(fillEntryOf(body))
			default:
				fetches++ // unguarded: the race detector would tell
				f.Begin(fillEntry(int64(len(body))), 0)
				mustAppend(t, f, body)
				f.Complete(fillKey, 0)
			}
		})
	}
	wg.Wait()
	if fetches != 1 {
		t.Errorf("%d fetches", fetches)
	}
}

// While Complete stores, the fill can still be joined.
func TestStoredBeforeItLeaves(t *testing.T) {
	z := fillZone(t)
	f := begin(t, z, 4)
	mustAppend(t, f, []byte("body"))
	sh := z.shard(z.hash(fillKey))
	sh.mu.Lock() // Store cannot go on
	done := make(chan struct{})
	go func() { defer close(done); f.Complete(fillKey, 0) }()
	for f.Entry().stored.holds.Load() == 0 {
		runtime.Gosched()
	}
	joined, leader := z.Join(fillKey)
	sh.mu.Unlock()
	if leader {
		joined.Free(None)
		t.Error("the fill has gone, and nothing is stored yet")
	}
	if got, err := followed(f.Wait(0, time.Hour, nil)); string(got) != "body" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	<-done
}

func fillEntryOf(body []byte) *Entry {
	e := fillEntry(int64(len(body)))
	e.body = [][]byte{body}
	return e
}

// A leader that panics is recovered from by Fail, wherever it was.
func TestLeaderPanics(t *testing.T) {
	steps := []func(f *Fill){
		func(f *Fill) {},
		func(f *Fill) { f.Begin(fillEntry(10), 0) },
		func(f *Fill) { f.Append([]byte("12345"), 0) },
		func(f *Fill) { f.Append([]byte("67890"), 0) },
		func(f *Fill) { f.Complete(fillKey, 0) },
	}
	for n := range len(steps) + 1 {
		z := fillZone(t)
		f := lead(t, z)
		got := make(chan error)
		go func() {
			_, err := followed(f.Wait(0, time.Hour, nil))
			got <- err
		}()
		func() {
			defer func() { recover(); f.Fail(errBroke) }()
			for _, step := range steps[:n] {
				step(f)
			}
			panic("bad luck")
		}()
		if err := <-got; err == nil && n < 4 {
			t.Errorf("after %d steps a follower saw nothing wrong", n)
		}
		if stored := storedBody(z) != nil; stored != (n == len(steps)) {
			t.Errorf("after %d steps: stored %v", n, stored)
		}
	}
}

// However much of a body has come, without its end it is not stored, and readers
// get what came and then the error.
func TestTruncatedNeverStored(t *testing.T) {
	body := content(200)
	ends := map[string]func(f *Fill){
		"Complete": func(f *Fill) {
			if why := f.Complete(fillKey, 0); why != Incomplete {
				t.Errorf("Complete of a part: %v", why)
			}
		},
		"Fail": func(f *Fill) { f.Fail(errBroke) },
		"Free": func(f *Fill) { f.Free(NoStore) },
	}
	for name, end := range ends {
		for k := range len(body) {
			z := fillZone(t)
			f := begin(t, z, int64(len(body)))
			r, abroad := f.Reader(), f.Wait(0, time.Second, nil)
			mustAppend(t, f, body[:k])
			end(f)
			for _, r := range []*Reader{r, abroad.Body} {
				if got, err := readAll(r); err == nil || !bytes.Equal(got, body[:k]) {
					t.Fatalf("%s after %d bytes: read %d, %v", name, k, len(got), err)
				}
			}
			if j := f.Wait(0, time.Second, nil); j.Entry != nil || j.Why != Incomplete {
				t.Fatalf("%s after %d bytes: %+v", name, k, j)
			}
			if storedBody(z) != nil {
				t.Fatalf("%s after %d bytes: stored", name, k)
			}
			z.Close()
		}
	}
}

func TestLongerThanDeclared(t *testing.T) {
	z := fillZone(t)
	f := begin(t, z, 5)
	mustAppend(t, f, []byte("12345"))
	if err := f.Append([]byte("6"), 0); err != ErrLength {
		t.Errorf("Append: %v", err)
	}
	if why := f.Complete(fillKey, 0); why != Incomplete || storedBody(z) != nil {
		t.Errorf("Complete: %v", why)
	}
}

func TestDeclaredLimit(t *testing.T) {
	z := fillZone(t)
	limit := z.MaxObject()
	f := lead(t, z)
	if why := f.Begin(fillEntry(limit+1), 0); why != TooLarge {
		t.Errorf("one past the limit: %v", why)
	}
	if j := f.Wait(0, 0, nil); j.Why != Waited {
		t.Errorf("followers were shown %+v", j)
	}
	f.Free(TooLarge)
	f = begin(t, z, limit)
	mustAppend(t, f, content(int(limit)))
	if why := f.Complete(fillKey, 0); why != None {
		t.Errorf("at the limit: %v", why)
	}
}

func TestNoRoomToBegin(t *testing.T) {
	for _, length := range []int64{100, message.Unknown} {
		z := fillZone(t)
		took := exhaust(z)
		f := lead(t, z)
		if why := f.Begin(fillEntry(length), 0); why != NoRoom {
			t.Errorf("Begin: %v", why)
		}
		f.Free(NoRoom)
		z.unreserve(took)
	}
}

// exhaust takes all pending memory that is left.
func exhaust(z *Zone) (took int64) {
	for n := int64(1 << 30); n > 0; {
		if z.reserve(n) {
			took += n
		} else {
			n /= 2
		}
	}
	return took
}
