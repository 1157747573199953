package balancer

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A stage is a prober whose probes go to an actor instead of a backend.
type stage struct {
	*Prober

	mu      sync.Mutex // guards the following fields
	act     func(ctx context.Context, address string) verdict
	probes  map[string][]time.Time // when each backend was probed
	running map[string]int
	changes []Change
	panics  int
}

var (
	pass = verdict{ProbePassed, "status 200"}
	fail = verdict{ProbeConnect, "refused"}
)

// newStage returns a stage on which every probe passes. It is closed at the end.
func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{probes: make(map[string][]time.Time), running: make(map[string]int)}
	s.always(pass)
	s.Prober = NewProber(func(c Change) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changes = append(s.changes, c)
	}, func(what any, stack []byte) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.panics++; what != "boom" || len(stack) == 0 {
			t.Errorf("told of a panic %v with %d bytes of stack", what, len(stack))
		}
	})
	s.newCheck = func(address string, _ *HealthSpec) (check, error) {
		return func(ctx context.Context) verdict { return s.probe(t, ctx, address) }, nil
	}
	t.Cleanup(s.Close)
	return s
}

func (s *stage) panicked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.panics
}

func (s *stage) probe(t *testing.T, ctx context.Context, address string) verdict {
	s.mu.Lock()
	s.probes[address] = append(s.probes[address], time.Now())
	s.running[address]++
	if s.running[address] > 1 {
		t.Errorf("%s is probed twice at the same time", address)
	}
	act := s.act
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.running[address]--
	}()
	return act(ctx, address)
}

// play sets what becomes of probes.
func (s *stage) play(act func(ctx context.Context, address string) verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.act = act
}

func (s *stage) always(v verdict) {
	s.play(func(context.Context, string) verdict { return v })
}

// probed returns how often a backend was probed since the last call.
func (s *stage) probed(address string) int {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.probes[address])
	delete(s.probes, address)
	return n
}

// gaps returns the shortest and the longest time between probes so far.
func (s *stage) gaps(address string) (shortest, longest time.Duration) {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	times := s.probes[address]
	shortest = time.Hour
	for i := 1; i < len(times); i++ {
		gap := times[i].Sub(times[i-1])
		shortest, longest = min(shortest, gap), max(longest, gap)
	}
	return shortest, longest
}

// changed returns the changes since the last call, as "from to reason".
func (s *stage) changed() []string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, c := range s.changes {
		list = append(list, c.From.String()+" "+c.To.String()+" "+c.Reason.String())
	}
	s.changes = nil
	return list
}

func probedPool(t testing.TB, prev *Pool, h *HealthSpec, names ...string) *Pool {
	t.Helper()
	spec := Spec{Name: "p", Health: h}
	for _, n := range names {
		spec.Backends = append(spec.Backends, BackendSpec{n, 1})
	}
	return build(t, spec, prev)
}

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFirstProbeIsImmediate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		p := probedPool(t, nil, health(nil), "a", "b")
		began := time.Now()
		s.Apply([]*Pool{p})
		if s.probed("a") != 1 || s.probed("b") != 1 || !time.Now().Equal(began) {
			t.Error("not every backend was probed at once")
		}
		equal(t, s.changed(), "unknown healthy probe_passed", "unknown healthy probe_passed")
		want := Status{Healthy, ProbePassed, "status 200", began}
		if got := p.Backends()[0].Status(); got != want {
			t.Errorf("status %+v, want %+v", got, want)
		}
	})
}

func TestProbesComeAtTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.Apply([]*Pool{probedPool(t, nil, health(nil), "a")})
		time.Sleep(20 * time.Minute)
		shortest, longest := s.gaps("a")
		if shortest < 4*time.Second || longest > 6*time.Second || longest-shortest < time.Second {
			t.Errorf("gaps %v to %v, want 5 s ± 20 %%, spread", shortest, longest)
		}
		if n := s.probed("a"); n < 220 || n > 260 {
			t.Errorf("%d probes in 20 minutes", n)
		}
		equal(t, s.changed(), "unknown healthy probe_passed")
	})
}

func TestBackendFallsAfterFailuresInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.always(fail)
		p := probedPool(t, nil, health(nil), "a")
		a := p.Backends()[0]
		s.Apply([]*Pool{p})
		synctest.Wait()
		if !a.Healthy() {
			t.Error("unhealthy after one failure")
		}
		time.Sleep(1300 * time.Millisecond) // one more probe, 0.8 to 1.2 s later
		if n := s.probed("a"); n != 2 || !a.Healthy() {
			t.Errorf("%d probes, healthy %v", n, a.Healthy())
		}
		time.Sleep(1200 * time.Millisecond)
		if n := s.probed("a"); n != 1 || a.Healthy() {
			t.Errorf("%d probes more, healthy %v", n, a.Healthy())
		}
		equal(t, s.changed(), "unknown unhealthy probe_connect")
		time.Sleep(10 * time.Minute) // down is settled: no hurry any more
		if shortest, longest := s.gaps("a"); shortest < 4*time.Second || longest > 6*time.Second {
			t.Errorf("gaps %v to %v while down", shortest, longest)
		}
	})
}

func TestPassBetweenFailuresStartsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		n := 0
		s.play(func(context.Context, string) verdict {
			if n++; n%3 == 1 {
				return pass
			}
			return fail
		})
		p := probedPool(t, nil, health(nil), "a")
		s.Apply([]*Pool{p})
		time.Sleep(10 * time.Minute)
		equal(t, s.changed(), "unknown healthy probe_passed")
	})
}

func TestBackendRisesAfterPassesInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.always(fail)
		p := probedPool(t, nil, health(nil), "a")
		s.Apply([]*Pool{p})
		time.Sleep(time.Minute)
		s.probed("a")
		s.changed()

		s.always(pass)
		for s.probed("a") == 0 {
			time.Sleep(100 * time.Millisecond)
		}
		if p.Backends()[0].Healthy() {
			t.Error("healthy after one pass")
		}
		time.Sleep(1200 * time.Millisecond)
		if n := s.probed("a"); n != 1 || !p.Backends()[0].Healthy() {
			t.Errorf("%d probes more, healthy %v", n, p.Backends()[0].Healthy())
		}
		equal(t, s.changed(), "unhealthy healthy probe_passed")
	})
}

func TestFailureBetweenPassesKeepsBackendDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.always(fail)
		s.Apply([]*Pool{probedPool(t, nil, health(nil), "a")})
		time.Sleep(time.Minute)
		n := 0
		s.play(func(context.Context, string) verdict {
			if n++; n%2 == 1 {
				return pass
			}
			return fail
		})
		time.Sleep(10 * time.Minute)
		equal(t, s.changed(), "unknown unhealthy probe_connect")
	})
}

func TestShortIntervalIsNotStretchedByDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.always(fail)
		s.Apply([]*Pool{probedPool(t, nil, health(func(h *HealthSpec) {
			h.Interval, h.Fall = 100*time.Millisecond, 1000
		}), "a")})
		time.Sleep(10 * time.Second)
		if _, longest := s.gaps("a"); longest > 120*time.Millisecond {
			t.Errorf("gaps up to %v", longest)
		}
	})
}

func TestProbeEndsAtItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.play(func(ctx context.Context, _ string) verdict {
			<-ctx.Done()
			return verdict{ProbeTimeout, ctx.Err().Error()}
		})
		s.Apply([]*Pool{probedPool(t, nil, health(nil), "a")})
		time.Sleep(10 * time.Second) // 3 probes of 2 s, 2 pauses of about 1 s
		equal(t, s.changed(), "unknown unhealthy probe_timeout")
	})
}

func TestFailedAttemptBringsProbeForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		p := probedPool(t, nil, health(func(h *HealthSpec) { h.Interval = time.Hour }), "a")
		s.Apply([]*Pool{p})
		time.Sleep(time.Minute)
		s.probed("a")

		p.Release(claim(t, p), true)
		if n := s.probed("a"); n != 0 {
			t.Fatalf("%d probes after an attempt that went well", n)
		}
		s.always(fail)
		for range 5 {
			p.Release(claim(t, p), false)
		}
		if n := s.probed("a"); n != 1 {
			t.Errorf("%d probes right after failed attempts", n)
		}
		time.Sleep(2400 * time.Millisecond)
		equal(t, s.changed(), "unknown healthy probe_passed", "healthy unhealthy probe_connect")
		if n := s.probed("a"); n != 2 {
			t.Errorf("%d probes more until down", n)
		}
	})
}

// Attempts that fail while the probes pass must not turn into a storm of probes.
func TestFailedAttemptsProbeOnceASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		p := probedPool(t, nil, health(nil), "a")
		s.Apply([]*Pool{p})
		for range 6000 {
			p.Release(claim(t, p), false)
			time.Sleep(10 * time.Millisecond)
		}
		if shortest, longest := s.gaps("a"); shortest < 800*time.Millisecond || longest > 1210*time.Millisecond {
			t.Errorf("gaps %v to %v", shortest, longest)
		}
	})
}

func TestPanicInAProbeIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.play(func(context.Context, string) verdict { panic("boom") })
		p := probedPool(t, nil, health(nil), "a")
		s.Apply([]*Pool{p})
		time.Sleep(3 * time.Second)
		equal(t, s.changed(), "unknown unhealthy probe_panic")
		if st := p.Backends()[0].Status(); st.Detail != "boom" || s.panicked() != 3 {
			t.Errorf("status %+v, %d panics", st, s.panicked())
		}
		s.always(pass)
		time.Sleep(10 * time.Second)
		equal(t, s.changed(), "unhealthy healthy probe_passed")
	})
}

func TestPanicOfTheListenerEndsNoProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.onChange = func(Change) { panic("boom") }
		s.Apply([]*Pool{probedPool(t, nil, health(nil), "a")})
		time.Sleep(time.Minute)
		if n := s.probed("a"); n < 10 || s.panicked() != 1 {
			t.Errorf("%d probes, %d panics", n, s.panicked())
		}
	})
}
