package balancer

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

func claim(t testing.TB, p *Pool, tried ...int) int {
	t.Helper()
	i, err := p.Claim(tried)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// claims claims n times, releasing at once, and returns what was claimed.
func claims(t testing.TB, p *Pool, n int, tried ...int) []int {
	t.Helper()
	var got []int
	for range n {
		i := claim(t, p, tried...)
		p.Release(i, true)
		got = append(got, i)
	}
	return got
}

func count(got []int, n int) []int {
	counts := make([]int, n)
	for _, i := range got {
		counts[i]++
	}
	return counts
}

func TestClaimFollowsTheSchedule(t *testing.T) {
	got := claims(t, pool(t, 0, 5, 1, 1), 14)
	if want := []int{0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("claims %v, want %v", got, want)
	}
}

func TestClaimSkipsUnhealthy(t *testing.T) {
	p := pool(t, 0, 3, 2, 1)
	mark(p.Backends()[0], Unhealthy)
	if got := count(claims(t, p, 300), 3); !slices.Equal(got, []int{0, 200, 100}) {
		t.Errorf("shares %v", got)
	}
	mark(p.Backends()[0], Healthy)
	if got := count(claims(t, p, 600), 3); !slices.Equal(got, []int{300, 200, 100}) {
		t.Errorf("shares after recovery %v", got)
	}
}

func TestClaimSkipsDraining(t *testing.T) {
	p := pool(t, 0, 1, 1)
	b := p.Backends()[1]
	b.SetDraining(true)
	if got := count(claims(t, p, 10), 2); !slices.Equal(got, []int{10, 0}) || !b.Draining() || !b.Healthy() {
		t.Errorf("shares %v", got)
	}
	mark(p.Backends()[0], Unhealthy)
	if _, err := p.Claim(nil); !errors.Is(err, ErrNoBackend) {
		t.Errorf("error %v with the only healthy backend draining", err)
	}
	b.SetDraining(false)
	if got := claims(t, p, 2); !slices.Equal(got, []int{1, 1}) {
		t.Errorf("claims %v", got)
	}
}

func TestClaimSkipsTriedAndSharesTheirTurns(t *testing.T) {
	p := pool(t, 0, 3, 2, 1)
	if got := count(claims(t, p, 3000, 0), 3); got[0] != 0 || got[1] != 2000 || got[2] != 1000 {
		t.Errorf("shares %v", got)
	}
	if _, err := p.Claim([]int{2, 0, 1}); !errors.Is(err, ErrNoBackend) {
		t.Errorf("error %v with all tried", err)
	}
}

// After a failed attempt on one of three, its retries must not all fall to the
// same neighbour.
func TestClaimSpreadsRetries(t *testing.T) {
	p := pool(t, 0, 1, 1, 1)
	got := make([]int, 3)
	for range 300 {
		i := claim(t, p)
		p.Release(i, i != 0)
		if i == 0 {
			i = claim(t, p, 0)
			p.Release(i, true)
		}
		got[i]++
	}
	if got[0] != 0 || got[1] != 150 || got[2] != 150 {
		t.Errorf("shares %v", got)
	}
}

func TestClaimHoldsToMaxRequests(t *testing.T) {
	p := pool(t, 2, 1, 1)
	got := []int{claim(t, p), claim(t, p), claim(t, p), claim(t, p)}
	if c := count(got, 2); !slices.Equal(c, []int{2, 2}) {
		t.Errorf("in flight %v", c)
	}
	if _, err := p.Claim(nil); !errors.Is(err, ErrSaturated) {
		t.Errorf("error %v one past the limit", err)
	}
	if _, err := p.Claim([]int{0}); !errors.Is(err, ErrSaturated) {
		t.Errorf("error %v one past the limit, with a retry", err)
	}
	mark(p.Backends()[0], Unhealthy)
	if _, err := p.Claim(nil); !errors.Is(err, ErrSaturated) {
		t.Errorf("error %v, the rest being unhealthy", err)
	}
	p.Release(1, true)
	if i := claim(t, p); i != 1 {
		t.Errorf("claimed %d", i)
	}
}

// A heavy backend that is full must not hide a light one behind its many turns.
func TestClaimFindsTheLastFreeBackend(t *testing.T) {
	p := pool(t, 1, 1000, 1, 1000)
	for range 3 {
		claim(t, p)
	}
	if _, err := p.Claim(nil); !errors.Is(err, ErrSaturated) {
		t.Fatalf("error %v", err)
	}
	p.Release(1, true)
	if i := claim(t, p); i != 1 {
		t.Errorf("claimed %d", i)
	}
}

func TestClaimFailsAtOnceWithNoneHealthy(t *testing.T) {
	p := pool(t, 0, 1, 1)
	for _, b := range p.Backends() {
		mark(b, Unhealthy)
	}
	for _, tried := range [][]int{nil, {0}, {0, 1}} {
		if _, err := p.Claim(tried); !errors.Is(err, ErrNoneHealthy) {
			t.Errorf("error %v", err)
		}
	}
	mark(p.Backends()[1], Healthy)
	if i := claim(t, p); i != 1 {
		t.Errorf("claimed %d", i)
	}
}

func TestConcurrentClaims(t *testing.T) {
	const workers, each, limit = 8, 3000, 3
	p := pool(t, limit, 2, 1, 1)
	var running [3]atomic.Int64
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for h := Unhealthy; ; h = Unhealthy + Healthy - h {
			select {
			case <-stop:
				mark(p.Backends()[2], Healthy)
				return
			default:
				mark(p.Backends()[2], h)
			}
		}
	})
	var claimers sync.WaitGroup
	for range workers {
		claimers.Go(func() {
			for range each {
				i, err := p.Claim(nil)
				if err != nil {
					if !errors.Is(err, ErrSaturated) {
						t.Error(err)
					}
					continue
				}
				if n := running[i].Add(1); n > limit {
					t.Errorf("%d in flight on %d", n, i)
				}
				running[i].Add(-1)
				p.Release(i, true)
			}
		})
	}
	claimers.Wait()
	close(stop)
	wg.Wait()
	for _, b := range p.Backends() {
		if n := b.InFlight(); n != 0 {
			t.Errorf("%s: %d in flight at the end", b.Name(), n)
		}
	}
	if got := count(claims(t, p, 400), 3); !slices.Equal(got, []int{200, 100, 100}) {
		t.Errorf("shares %v at the end", got)
	}
}

// As many claimers as places never are told that there is none: a claim that
// fails must not take a place meanwhile.
func TestConcurrentClaimsUpToTheLimitAllSucceed(t *testing.T) {
	const workers = 4
	p := pool(t, workers, 1)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range 5000 {
				i, err := p.Claim(nil)
				if err != nil {
					t.Error(err)
					return
				}
				p.Release(i, true)
			}
		})
	}
	wg.Wait()
}

func TestConcurrentSharesAreExact(t *testing.T) {
	p := pool(t, 0, 5, 2, 1)
	var got [3]atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 2000 {
				i, err := p.Claim(nil)
				if err != nil {
					t.Error(err)
					return
				}
				got[i].Add(1)
				p.Release(i, true)
			}
		})
	}
	wg.Wait()
	if got[0].Load() != 5000 || got[1].Load() != 2000 || got[2].Load() != 1000 {
		t.Errorf("shares %d %d %d", got[0].Load(), got[1].Load(), got[2].Load())
	}
}

func TestClaimDoesNotAllocate(t *testing.T) {
	p := pool(t, 2, 5, 1, 1)
	full := pool(t, 1, 1000, 1)
	claim(t, full)
	claim(t, full)
	tried := []int{0}
	if n := testing.AllocsPerRun(1000, func() {
		i, _ := p.Claim(nil)
		j, _ := p.Claim(tried)
		p.Release(i, true)
		p.Release(j, false)
		_, _ = full.Claim(nil)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkClaim(b *testing.B) {
	for _, n := range []int{1, 3, 100} {
		for _, limit := range []int{0, 512} {
			b.Run(fmt.Sprintf("backends=%d,limit=%d", n, limit), func(b *testing.B) {
				spec := Spec{Name: "p", MaxRequests: limit}
				for i := range n {
					spec.Backends = append(spec.Backends, BackendSpec{fmt.Sprint(i), 1 + i*7%11})
				}
				p := build(b, spec, nil)
				b.ReportAllocs()
				for b.Loop() {
					i, _ := p.Claim(nil)
					p.Release(i, true)
				}
			})
		}
	}
}
