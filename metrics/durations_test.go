package metrics

import (
	"testing"
	"time"
)

func observed(ds ...time.Duration) Durations {
	var h histogram
	for i, d := range ds {
		h.observe(uint32(i), d)
	}
	return h.durations()
}

func TestBucketsIncludeTheirBound(t *testing.T) {
	for i, bound := range bounds {
		if bucketOf(bound) != i || bucketOf(bound+1) != i+1 || i > 0 && bounds[i-1] >= bound {
			t.Errorf("bound %v", bound)
		}
	}
	if bucketOf(0) != 0 {
		t.Error("zero")
	}
}

func TestQuantile(t *testing.T) {
	ms := time.Millisecond
	var hundred []time.Duration
	for range 99 {
		hundred = append(hundred, 7*ms)
	}
	hundred = append(hundred, 2*time.Minute)
	for _, c := range []struct {
		name string
		d    Durations
		q    float64
		want time.Duration
	}{
		{"nothing", Durations{}, 0.5, 0},
		{"one, interpolated in 5 to 10 ms", observed(7 * ms), 0.5, 7500 * time.Microsecond},
		{"one, lowest", observed(7 * ms), 0, 5 * ms},
		{"one, highest", observed(7 * ms), 1, 10 * ms},
		{"out of range", observed(7 * ms), 9, 10 * ms},
		{"below range", observed(7 * ms), -1, 5 * ms},
		{"99 of 100", observed(hundred...), 0.99, 10 * ms},
		{"above all bounds", observed(hundred...), 0.999, time.Minute},
		{"two buckets", observed(2*ms, 2*ms, 30*ms, 30*ms), 0.75, 37500 * time.Microsecond},
	} {
		if got := c.d.Quantile(c.q); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestDurationsOfAnInterval(t *testing.T) {
	var h histogram
	h.observe(0, time.Second)
	before := h.durations()
	h.observe(1, 7*time.Millisecond)
	h.observe(2, 3*time.Second)
	now := h.durations()
	d := now.Since(before)
	if d.Count() != 2 || d.Sum() != 3007*time.Millisecond || now.Count() != 3 {
		t.Errorf("%d durations of %v", d.Count(), d.Sum())
	}
	if d := before.Since(now); d != (Durations{}) {
		t.Errorf("backwards: %+v", d)
	}
	if d.Plus(before) != now {
		t.Error("the sum of the parts is not the whole")
	}
}
