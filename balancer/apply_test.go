package balancer

import (
	"context"
	"crypto/tls"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestReloadLeavesUnchangedProbesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		spec := health(func(h *HealthSpec) {
			h.Interval = time.Hour
			h.Expect = []StatusRange{{200, 204}}
		})
		p := probedPool(t, nil, spec, "a", "b")
		s.Apply([]*Pool{p})
		s.probed("a")
		for range 50 {
			time.Sleep(time.Second)
			p = probedPool(t, p, health(func(h *HealthSpec) {
				h.Interval = time.Hour
				h.Expect = []StatusRange{{200, 204}}
			}), "b", "a")
			s.Apply([]*Pool{p})
		}
		if n := s.probed("a"); n != 0 {
			t.Errorf("%d probes because of reloads", n)
		}
		equal(t, s.changed(), "unknown healthy probe_passed", "unknown healthy probe_passed")
		time.Sleep(time.Hour * 6 / 5)
		if n := s.probed("a"); n != 1 {
			t.Errorf("%d probes in an interval after reloads", n)
		}
	})
}

func TestReloadWithOtherSpecRestartsProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.always(fail)
		p := probedPool(t, nil, health(func(h *HealthSpec) { h.Interval = time.Hour; h.Fall = 1 }), "a")
		s.Apply([]*Pool{p})
		s.probed("a")
		p = probedPool(t, p, health(nil), "a")
		s.Apply([]*Pool{p})
		if n := s.probed("a"); n != 1 {
			t.Errorf("%d probes at once by the new spec", n)
		}
		if p.Backends()[0].Healthy() {
			t.Error("the health found before was forgotten")
		}
		time.Sleep(time.Minute)
		if n := s.probed("a"); n < 10 {
			t.Errorf("%d probes in a minute by the new spec", n)
		}
		equal(t, s.changed(), "unknown unhealthy probe_connect")
	})
}

func TestEveryPartOfTheSpecTellsProbesApart(t *testing.T) {
	base := func(h *HealthSpec) {
		h.Expect = []StatusRange{{200, 299}}
		h.TLS, h.Identity = &tls.Config{}, "one"
	}
	if !health(base).same(health(base)) {
		t.Error("equal specs are not the same")
	}
	for name, change := range map[string]func(*HealthSpec){
		"path":     func(h *HealthSpec) { h.Path = "/" },
		"method":   func(h *HealthSpec) { h.Method = "HEAD" },
		"host":     func(h *HealthSpec) { h.Host = "a" },
		"interval": func(h *HealthSpec) { h.Interval++ },
		"timeout":  func(h *HealthSpec) { h.Timeout++ },
		"rise":     func(h *HealthSpec) { h.Rise++ },
		"fall":     func(h *HealthSpec) { h.Fall++ },
		"expect":   func(h *HealthSpec) { h.Expect = []StatusRange{{200, 300}} },
		"tls":      func(h *HealthSpec) { h.TLS = nil },
		"identity": func(h *HealthSpec) { h.Identity = "two" },
	} {
		other := health(base)
		change(other)
		if health(base).same(other) || other.same(health(base)) {
			t.Errorf("another %s makes no difference", name)
		}
	}
}

// The probe under way by the old spec is over before one by the new begins, and
// its outcome, which is our own doing, does not count.
func TestApplyWaitsForTheProbesItStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		var ended atomic.Int32
		s.play(func(ctx context.Context, _ string) verdict {
			<-ctx.Done()
			time.Sleep(50 * time.Millisecond)
			ended.Add(1)
			return fail
		})
		once := health(func(h *HealthSpec) { h.Fall = 1; h.Timeout = time.Hour })
		p := probedPool(t, nil, once, "a", "b", "c")
		s.Apply([]*Pool{p})
		synctest.Wait()
		began := time.Now()
		s.Apply([]*Pool{probedPool(t, p, once, "a")})
		if ended.Load() != 2 || time.Since(began) != 50*time.Millisecond {
			t.Errorf("%d probes ended after %v, want 2 stopped at once", ended.Load(), time.Since(began))
		}
		s.Close()
		if ended.Load() != 3 {
			t.Errorf("%d probes ended by Close", ended.Load())
		}
		equal(t, s.changed())
	})
}

func TestProbesOfRemovedBackendsStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		p := probedPool(t, nil, health(nil), "a", "b")
		s.Apply([]*Pool{p})
		s.Apply([]*Pool{probedPool(t, p, health(nil), "b")})
		s.probed("a")
		s.probed("b")
		time.Sleep(time.Minute)
		if a, b := s.probed("a"), s.probed("b"); a != 0 || b == 0 {
			t.Errorf("%d and %d probes", a, b)
		}
		s.Apply(nil)
		s.probed("b")
		time.Sleep(time.Minute)
		if n := s.probed("b"); n != 0 {
			t.Errorf("%d probes of a pool that is gone", n)
		}
	})
}

// Without probes nobody would ever find an unhealthy backend healthy again.
func TestPoolThatIsNotProbedAnyMoreIsUsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.always(fail)
		p := probedPool(t, nil, health(nil), "a")
		s.Apply([]*Pool{p})
		time.Sleep(time.Minute)
		p = probedPool(t, p, nil, "a")
		s.Apply([]*Pool{p})
		s.Apply([]*Pool{p})
		equal(t, s.changed(), "unknown unhealthy probe_connect", "unhealthy unknown not_probed")
		if i, err := p.Claim(nil); i != 0 || err != nil {
			t.Error(i, err)
		}
		s.probed("a")
		time.Sleep(time.Minute)
		if n := s.probed("a"); n != 0 {
			t.Errorf("%d probes", n)
		}
	})
}

func TestApplyAfterCloseStartsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.Close()
		s.Apply([]*Pool{probedPool(t, nil, health(nil), "a")})
		time.Sleep(time.Minute)
		if n := s.probed("a"); n != 0 {
			t.Errorf("%d probes", n)
		}
	})
}

func TestChangeSaysWhatHappened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.always(fail)
		s.Apply([]*Pool{probedPool(t, nil, health(func(h *HealthSpec) { h.Fall = 1 }), "a")})
		synctest.Wait()
		want := Change{"p", "a", Unknown, Unhealthy, ProbeConnect, "refused", time.Now()}
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.changes) != 1 || s.changes[0] != want {
			t.Errorf("changes %+v, want %+v", s.changes, want)
		}
	})
}

// All are down, then all come back: traffic flows again within an interval of
// probes and the second that confirms it.
func TestPoolComesBackWithinAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.always(fail)
		p := probedPool(t, nil, health(nil), "a", "b", "c")
		s.Apply([]*Pool{p})
		time.Sleep(time.Minute)
		if _, err := p.Claim(nil); err != ErrNoneHealthy {
			t.Fatalf("error %v", err)
		}
		s.always(pass)
		time.Sleep(7200 * time.Millisecond)
		synctest.Wait()
		for _, b := range p.Backends() {
			if !b.Healthy() {
				t.Errorf("%s is still down", b.Name())
			}
		}
	})
}
