package cache

import (
	"testing"
	"time"
)

const second = int64(time.Second)

// aged is a response that arrived at 100 s, fresh for 60 s.
func aged(change func(f *Freshness)) *Freshness {
	f := &Freshness{Received: 100 * second, Lifetime: 60 * time.Second}
	if change != nil {
		change(f)
	}
	return f
}

func TestDecide(t *testing.T) {
	grace := func(f *Freshness) { f.Revalidate, f.OnError = 10*time.Second, 20*time.Second }
	must := func(f *Freshness) { f.MustRevalidate = true }
	for _, c := range []struct {
		name    string
		request string // its Cache-Control
		change  func(f *Freshness)
		purged  int64 // s
		after   float64
		use     Use
		why     Detail
	}{
		// RFC 9111, section 4.2: fresh while the lifetime is greater than the age.
		{"fresh", "", nil, 0, 59.9, Serve, None},
		{"at its end", "", nil, 0, 60, Validate, Expired},
		{"stale on arrival", "", func(f *Freshness) { f.InitialAge = 61 * time.Second }, 0, 0, Validate, Expired},
		{"the clock went back", "", nil, 0, -5, Serve, None},

		// Section 5.2.2.4.
		{"no-cache", "", func(f *Freshness) { f.NoCache = true }, 0, 1, Validate, NoCache},
		{"no-cache, max-stale", "max-stale", func(f *Freshness) { f.NoCache = true }, 0, 1, Validate, NoCache},

		// Section 5.2.1: what clients say.
		{"client no-cache", "no-cache", nil, 0, 1, Validate, RequestNoCache},
		{"client max-age=0", "max-age=0", nil, 0, 0, Validate, RequestMaxAge},
		{"client max-age, young", "max-age=5", nil, 0, 5, Serve, None},
		{"client max-age, old", "max-age=5", nil, 0, 5.001, Validate, RequestMaxAge},
		{"client max-age over the lifetime", "max-age=100", nil, 0, 60, Validate, Expired},
		{"client max-age, old on arrival", "max-age=5", func(f *Freshness) { f.InitialAge = 6 * time.Second }, 0, 0, Validate, RequestMaxAge},
		{"client min-fresh, enough", "min-fresh=10", nil, 0, 50, Serve, None},
		{"client min-fresh, short", "min-fresh=10", nil, 0, 50.001, Validate, RequestMinFresh},
		{"client min-fresh, saturated", "min-fresh=99999999999", nil, 0, 1, Validate, RequestMinFresh},
		{"client max-stale", "max-stale=10", nil, 0, 70, Serve, MaxStale},
		{"client max-stale, over", "max-stale=10", nil, 0, 70.001, Validate, Expired},
		{"client max-stale without limit", "max-stale", nil, 0, 1e6, Serve, MaxStale},
		{"client max-stale, max-age", "max-stale=10, max-age=65", nil, 0, 65, Serve, MaxStale},
		{"client max-stale, over max-age", "max-stale=10, max-age=65", nil, 0, 66, Validate, RequestMaxAge},
		{"client max-stale, min-fresh", "max-stale, min-fresh=1", nil, 0, 61, Validate, Expired},
		{"client max-stale, must-revalidate", "max-stale", must, 0, 61, Validate, Expired},
		{"client no-store does not matter", "no-store", nil, 0, 1, Serve, None},

		// RFC 8246.
		{"immutable, reloaded", "max-age=0", func(f *Freshness) { f.Immutable = true }, 0, 1, Serve, None},
		{"immutable, client no-cache", "no-cache", func(f *Freshness) { f.Immutable = true }, 0, 1, Validate, RequestNoCache},
		{"immutable, stale", "max-age=0", func(f *Freshness) { f.Immutable = true }, 0, 60, Validate, Expired},

		// RFC 5861, section 3.
		{"grace", "", grace, 0, 60, ServeAndRefresh, WhileRevalidate},
		{"grace, nearly over", "", grace, 0, 69.9, ServeAndRefresh, WhileRevalidate},
		{"grace over", "", grace, 0, 70, Validate, Expired},
		{"grace, client max-age", "max-age=100", grace, 0, 61, Validate, Expired},
		{"grace, client max-age and max-stale", "max-age=100, max-stale", grace, 0, 61, ServeAndRefresh, WhileRevalidate},
		{"grace, client min-fresh", "min-fresh=0", grace, 0, 61, Validate, Expired},
		{"grace over, client max-stale", "max-stale", grace, 0, 70, Serve, MaxStale},

		// A soft purge: grace counts from then.
		{"purged", "", nil, 110, 15, Validate, Purged},
		{"purged, grace", "", grace, 110, 15, ServeAndRefresh, WhileRevalidate},
		{"purged just now, grace", "", grace, 110, 10, ServeAndRefresh, WhileRevalidate},
		{"purged, grace over", "", grace, 110, 20, Validate, Purged},
		{"purged when already stale", "", grace, 165, 70, Validate, Purged},
		{"purged, client max-stale", "max-stale", nil, 110, 11, Validate, Purged},
		{"purged, must-revalidate", "", func(f *Freshness) { grace(f); must(f) }, 110, 11, Validate, Purged},

		// RFC 9111, section 4.4: validation is mandatory.
		{"invalidated", "", grace, -110, 11, Validate, Purged},
		{"invalidated, client max-stale", "max-stale", grace, -110, 11, Validate, Purged},
	} {
		now := 100*second + int64(c.after*float64(second))
		use, why := new(Policy).Decide(requestControl(c.request), aged(c.change), c.purged*second, now)
		if use != c.use || why != c.why {
			t.Errorf("%s: %v %q, want %v %q", c.name, use, why, c.use, c.why)
		}
	}
}

func TestDecideIgnoresClient(t *testing.T) {
	p := Policy{IgnoreClient: true}
	for _, c := range []struct {
		request string
		after   int64
		use     Use
		why     Detail
	}{
		{"no-cache", 1, Serve, None},
		{"max-age=0", 1, Serve, None},
		{"min-fresh=1000", 1, Serve, None},
		{"max-age=0", 61, ServeAndRefresh, WhileRevalidate},
		{"no-cache", 71, Validate, Expired},
		{"max-stale", 71, Validate, Expired},
	} {
		f := aged(func(f *Freshness) { f.Revalidate = 10 * time.Second })
		use, why := p.Decide(requestControl(c.request), f, 0, (100+c.after)*second)
		if use != c.use || why != c.why {
			t.Errorf("%s after %d s: %v %q, want %v %q", c.request, c.after, use, why, c.use, c.why)
		}
	}
}

// RFC 5861, section 4.
func TestMayServeOnError(t *testing.T) {
	grace := func(f *Freshness) { f.OnError = 20 * time.Second }
	for _, c := range []struct {
		name          string
		change        func(f *Freshness)
		purged, after int64
		want          bool
	}{
		{"fresh", nil, 0, 59, true},
		{"no grace", nil, 0, 60, false},
		{"within", grace, 0, 79, true},
		{"over", grace, 0, 80, false},
		{"no-cache", func(f *Freshness) { grace(f); f.NoCache = true }, 0, 1, false},
		{"must-revalidate, fresh", func(f *Freshness) { grace(f); f.MustRevalidate = true }, 0, 59, true},
		{"must-revalidate", func(f *Freshness) { grace(f); f.MustRevalidate = true }, 0, 60, false},
		{"purged, within", grace, 110, 29, true},
		{"purged, over", grace, 110, 30, false},
		{"purged, no grace", nil, 110, 11, false},
		{"purged, must-revalidate", func(f *Freshness) { grace(f); f.MustRevalidate = true }, 110, 11, false},
		{"invalidated", grace, -110, 11, false},
	} {
		if got := aged(c.change).MayServeOnError(c.purged*second, (100+c.after)*second); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestUsesHaveWords(t *testing.T) {
	for u, want := range []string{"serve", "serve-and-refresh", "validate"} {
		if got := Use(u).String(); got != want {
			t.Errorf("%d: %q, want %q", u, got, want)
		}
	}
}

func TestDecideDoesNotAllocate(t *testing.T) {
	p, c, f := new(Policy), requestControl("max-age=50, max-stale"), aged(nil)
	if n := testing.AllocsPerRun(100, func() { p.Decide(c, f, 0, 150*second) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
