package balancer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// pool returns a pool of backends a, b, c … with the given weights.
func pool(t testing.TB, limit int, weights ...int) *Pool {
	t.Helper()
	return remade(t, nil, limit, weights...)
}

func remade(t testing.TB, prev *Pool, limit int, weights ...int) *Pool {
	t.Helper()
	spec := Spec{Name: "p", MaxRequests: limit}
	for i, w := range weights {
		spec.Backends = append(spec.Backends, BackendSpec{Name: string(rune('a' + i)), Weight: w})
	}
	return build(t, spec, prev)
}

func build(t testing.TB, spec Spec, prev *Pool) *Pool {
	t.Helper()
	p, err := New(spec, prev)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func backends(n int) []BackendSpec {
	var list []BackendSpec
	for i := range n {
		list = append(list, BackendSpec{Name: fmt.Sprintf("b%d", i), Weight: 1})
	}
	return list
}

func health(change func(*HealthSpec)) *HealthSpec {
	h := &HealthSpec{Path: "/healthz", Interval: 5 * time.Second, Timeout: 2 * time.Second, Rise: 2, Fall: 3}
	if change != nil {
		change(h)
	}
	return h
}

func TestNewRefusesBadSpecs(t *testing.T) {
	for want, spec := range map[string]Spec{
		"":                      {Backends: backends(MaxBackends)},
		"1025 backends":         {Backends: backends(MaxBackends + 1)},
		"weight 0":              {Backends: []BackendSpec{{"a", 0}}},
		"weight 1001":           {Backends: []BackendSpec{{"b", 1000}, {"a", 1001}}},
		"backend 0 has no name": {Backends: []BackendSpec{{"", 1}}},
		"a is listed twice":     {Backends: []BackendSpec{{"a", 1}, {"a", 2}}},
		"max requests -1":       {MaxRequests: -1},
		"interval 9ms":          {Health: health(func(h *HealthSpec) { h.Interval = 9 * time.Millisecond })},
		"timeout 0s":            {Health: health(func(h *HealthSpec) { h.Timeout = 0 })},
		"rise 0":                {Health: health(func(h *HealthSpec) { h.Rise = 0 })},
		"fall 0":                {Health: health(func(h *HealthSpec) { h.Fall = 0 })},
		"statuses 99 to 200":    {Health: health(func(h *HealthSpec) { h.Expect = []StatusRange{{99, 200}} })},
		"statuses 500 to 600":   {Health: health(func(h *HealthSpec) { h.Expect = []StatusRange{{200, 299}, {500, 600}} })},
		"statuses 300 to 200":   {Health: health(func(h *HealthSpec) { h.Expect = []StatusRange{{300, 200}} })},
		"invalid method":        {Health: health(func(h *HealthSpec) { h.Method = "G T" })},
		"invalid URI":           {Health: health(func(h *HealthSpec) { h.Path = "healthz" })},
	} {
		_, err := New(spec, nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := New(Spec{Health: health(func(h *HealthSpec) { h.Interval = MinProbeInterval })}, nil); err != nil {
		t.Errorf("interval at its limit: %v", err)
	}
}

func TestNewNamesAllErrorsAtOnce(t *testing.T) {
	_, err := New(Spec{Name: "p", MaxRequests: -1, Backends: []BackendSpec{{"a", 0}, {"b", -1}}}, nil)
	for _, want := range []string{"pool p:", "max requests", "backend a:", "backend b:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
}

func TestReloadTakesOverStateByName(t *testing.T) {
	old := build(t, Spec{Name: "p", Backends: []BackendSpec{{"a", 1}, {"b", 1}}}, nil)
	mark(old.Backends()[1], Unhealthy)
	i, err := old.Claim(nil)
	if err != nil || i != 0 {
		t.Fatal(i, err)
	}

	// b, c, a: another order, another weight, a newcomer.
	p := build(t, Spec{Name: "p", Backends: []BackendSpec{{"b", 3}, {"c", 1}, {"a", 2}}}, old)
	b, c, a := p.Backends()[0], p.Backends()[1], p.Backends()[2]
	if a != old.Backends()[0] || b != old.Backends()[1] {
		t.Fatal("backends that stay are not taken over")
	}
	if b.Healthy() || a.InFlight() != 1 || c.Status() != (Status{}) || c.Pool() != "p" {
		t.Error("state of the backends was not kept")
	}
	if p.Weight(0) != 3 || p.Weight(2) != 2 || old.Weight(1) != 1 {
		t.Error("weights are not the pools' own")
	}
	old.Release(i, true)
	if a.InFlight() != 0 {
		t.Error("a claim of the former pool was not released")
	}
}

func TestChangeOfHealthReachesEveryPoolOfABackend(t *testing.T) {
	old := pool(t, 0, 1, 1)
	now := remade(t, old, 0, 1, 1, 1)
	mark(now.Backends()[0], Unhealthy)
	for _, p := range []*Pool{old, now} {
		for range 6 {
			if i := claim(t, p); i == 0 {
				t.Error("an unhealthy backend was claimed")
			}
		}
	}
	mark(now.Backends()[0], Healthy)
	if got := claims(t, old, 4); !slices.Contains(got, 0) {
		t.Error("a healthy backend is not claimed again")
	}
}

// The schedule a reload made while a backend was down must not outlive its recovery.
func TestBackendThatWasDownAtTheReloadGetsItsTurnsBack(t *testing.T) {
	p := pool(t, 0, 1, 1)
	mark(p.Backends()[0], Unhealthy)
	p = remade(t, p, 0, 1, 1)
	if got := claims(t, p, 2); !slices.Equal(got, []int{1, 1}) {
		t.Errorf("claims %v while down", got)
	}
	mark(p.Backends()[0], Healthy)
	if got := count(claims(t, p, 10), 2); !slices.Equal(got, []int{5, 5}) {
		t.Errorf("shares %v after recovery", got)
	}
}

func TestReloadContinuesTheCycle(t *testing.T) {
	p := pool(t, 0, 5, 1, 1)
	got := claims(t, p, 3)
	p = remade(t, p, 0, 5, 1, 1)
	got = append(got, claims(t, p, 4)...)
	if want := []int{0, 0, 1, 0, 2, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("claims %v, want %v", got, want)
	}
}

func TestNewLeavesPreviousPoolAlone(t *testing.T) {
	p := pool(t, 0, 1, 1)
	claims(t, p, 1)
	if _, err := New(Spec{Name: "p", Backends: []BackendSpec{{"a", 0}}}, p); err == nil {
		t.Fatal("no error")
	}
	remade(t, p, 1, 9, 9, 9)
	if got := claims(t, p, 3); !slices.Equal(got, []int{1, 0, 1}) {
		t.Errorf("claims %v", got)
	}
}

func TestReleaseWithoutClaimPanics(t *testing.T) {
	p := pool(t, 0, 1)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	p.Release(0, true)
}

func TestEmptyPoolHasNoBackend(t *testing.T) {
	p := pool(t, 0)
	if _, err := p.Claim(nil); !errors.Is(err, ErrNoBackend) {
		t.Errorf("error %v", err)
	}
}

// mark changes the health of a backend as a probe would.
func mark(b *Backend, h Health) { b.setHealth(h, ProbeStatus, "", time.Time{}) }
