package upstream

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// keep leaves n idle connections in tr.
func keep(t *testing.T, tr *Transport, n int) (conns []*Conn) {
	t.Helper()
	for range n {
		conns = append(conns, open(t, tr))
	}
	for _, c := range conns {
		c.Release(Now())
	}
	return conns
}

func TestMaxIdle(t *testing.T) {
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	for _, limit := range []int{0, 1, 2} {
		tr := to(t, o, func(c *Config) { c.MaxIdle = limit })
		keep(t, tr, limit)
		if _, _, open, idle := tr.Stats(); open != limit || idle != limit {
			t.Fatalf("at the limit of %d: open %d, idle %d", limit, open, idle)
		}
		keep(t, tr, limit+1)
		if _, _, open, idle := tr.Stats(); open != limit || idle != limit {
			t.Fatalf("past the limit of %d: open %d, idle %d", limit, open, idle)
		}
	}
}

func TestIdleConnectionsExpire(t *testing.T) {
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o, func(c *Config) { c.IdleTimeout = time.Hour })
	conns := keep(t, tr, 3)
	begin := conns[0].idleAt
	conns[1].idleAt = begin + int64(time.Minute)
	conns[2].idleAt = begin + 2*int64(time.Minute)

	for _, step := range []struct {
		after time.Duration
		idle  int
	}{{time.Hour - 1, 3}, {time.Hour, 2}, {time.Hour + time.Minute - 1, 2}, {time.Hour + 2*time.Minute - 1, 1}} {
		tr.pool.expire(begin + int64(step.after))
		if _, _, open, idle := tr.Stats(); open != step.idle || idle != step.idle {
			t.Fatalf("after %v: open %d, idle %d, want %d", step.after, open, idle, step.idle)
		}
	}
	// Before the timer gets to it, the one that is left is not used either.
	if c := tr.pool.pop(begin + int64(time.Hour+2*time.Minute)); c != nil {
		t.Fatal("an expired connection was used")
	}
	if c := tr.pool.pop(begin + int64(time.Hour+2*time.Minute) - 1); c != conns[2] {
		t.Fatal("one that has not expired was not")
	} else {
		c.retire()
	}
	origintest.Await(t, "the origin sees all of them closed", func() bool { return o.Open() == 0 })
}

// TestTheTimerEndsWhatNobodyUses: a backend without traffic has no exchange that
// would find out what has expired.
func TestTheTimerEndsWhatNobodyUses(t *testing.T) {
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	var conns []*Conn
	for range 3 {
		conns = append(conns, open(t, to(t, o)))
	}
	synctest.Test(t, func(t *testing.T) {
		p := &pool{idleTimeout: time.Minute, maxIdle: 8, open: len(conns)}
		for i, c := range conns {
			c.pool = p
			c.let()
			if !p.push(c, Now()) {
				t.Fatal("not kept")
			}
			<-time.After(10 * time.Second)
			_ = i
		}
		for want := len(conns); want >= 0; want-- {
			if _, _, open, idle := p.stats(); open != want || idle != want {
				t.Fatalf("open %d, idle %d, want %d", open, idle, want)
			}
			if want == len(conns) {
				<-time.After(30*time.Second + time.Millisecond)
			} else {
				<-time.After(10 * time.Second)
			}
			synctest.Wait()
		}
		if p.armed {
			t.Error("the timer runs without anything to wait for")
		}
	})
}

func TestCloseKeepsNothing(t *testing.T) {
	o := origintest.New(t, origintest.Reply(origintest.OK("hello")))
	tr := to(t, o)
	used := open(t, tr)
	keep(t, tr, 2)
	tr.Close()
	tr.Close()
	if _, _, open, idle := tr.Stats(); open != 1 || idle != 0 {
		t.Fatalf("after Close: open %d, idle %d", open, idle)
	}
	used.Release(Now())
	if mustFetch(t, tr) != "hello" {
		t.Fatal("a late exchange failed")
	}
	if _, _, open, idle := tr.Stats(); open != 0 || idle != 0 {
		t.Fatalf("at the end: open %d, idle %d", open, idle)
	}
}
