package cache

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitLimit(t *testing.T) {
	for _, limit := range []time.Duration{-1, 0, 1, 300 * time.Millisecond, time.Second, 5500 * time.Millisecond} {
		for _, gone := range []func() bool{nil, func() bool { return false }} {
			synctest.Test(t, func(t *testing.T) {
				f := lead(t, closedZone(1<<20, 1<<16))
				start := time.Now()
				j := f.Wait(0, limit, gone)
				if waited := time.Since(start); waited != max(0, limit) || j.Why != Waited || j.Gone || j.Entry != nil {
					t.Errorf("%v: waited %v, got %+v", limit, waited, j)
				}
				f.Free(None)
				if f.users != 0 {
					t.Error("counted for ever")
				}
			})
		}
	}
}

func TestWaitSeesClientGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := lead(t, closedZone(1<<20, 1<<16))
		start, asked := time.Now(), 0
		j := f.Wait(0, time.Hour, func() bool { asked++; return time.Since(start) >= 9500*time.Millisecond })
		if waited := time.Since(start); waited != 10*time.Second || asked != 10 || !j.Gone || j.Entry != nil {
			t.Errorf("waited %v, asked %d times, got %+v", waited, asked, j)
		}
		f.Free(None)
	})
}

func TestNextSeesClientGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := closedZone(1<<20, 1<<16)
		f := begin(t, z, 1000)
		r := f.Reader()
		r.Skip(900)
		start, asked := time.Now(), 0
		go func() { // what comes is not for this reader: it goes on asking
			for range 25 {
				time.Sleep(300 * time.Millisecond)
				f.Append(make([]byte, 10), 0)
			}
		}()
		_, _, err := r.Next(func() bool { asked++; return time.Since(start) > 4*time.Second })
		if waited := time.Since(start); waited != 5*time.Second || asked != 5 || err != ErrGone {
			t.Errorf("waited %v, asked %d times, got %v", waited, asked, err)
		}
		r.Close()
		r.Close()
		if _, _, err := r.Next(nil); err != ErrGone {
			t.Errorf("after Close: %v", err)
		}
		synctest.Wait()
		time.Sleep(time.Minute)
		f.Fail(errBroke)
		if n := z.Stats().Pending; n != 0 {
			t.Errorf("%d bytes pending", n)
		}
	})
}

// Whatever comes within the same instant as the limit, somebody is woken for it.
func TestHeadWakesWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := closedZone(1<<20, 1<<16)
		f := lead(t, z)
		var got atomic.Int64
		for i := range 100 {
			go func() {
				j := f.Wait(0, time.Duration(i)*100*time.Millisecond, func() bool { return false })
				if j.Body != nil {
					got.Add(1)
					readAll(j.Body)
				}
			}()
		}
		time.Sleep(5050 * time.Millisecond)
		f.Begin(fillEntry(2), 0)
		synctest.Wait()
		if got.Load() != 49 {
			t.Errorf("%d got the head", got.Load())
		}
		f.Append([]byte("ab"), 0)
		f.Complete(fillKey, 0)
		synctest.Wait()
		if n := z.Stats().Pending; n != 0 {
			t.Errorf("%d bytes pending", n)
		}
	})
}
