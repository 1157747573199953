package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestZipfFollowsTheLaw(t *testing.T) {
	const n, objects = 400_000, 1000
	for _, exponent := range []float64{0.7, 1.1} {
		z, r, seen := newZipf(objects, exponent), rand.New(rand.NewPCG(1, 2)), make([]float64, objects)
		for range n {
			seen[z.rank(r)]++
		}
		for _, rank := range []int{1, 9, 49} {
			got, want := seen[0]/seen[rank], math.Pow(float64(rank+1), exponent)
			if got < want*0.85 || got > want*1.15 {
				t.Errorf("exponent %v: the first is asked for %.2f times as often as number %d, want %.2f", exponent, got, rank+1, want)
			}
		}
	}
}

func TestTracesAreTheSameForTheSameSeed(t *testing.T) {
	for _, tr := range traces {
		one := tr.requests(rand.New(rand.NewPCG(1, 1)), 5000, 300)
		two := tr.requests(rand.New(rand.NewPCG(1, 1)), 5000, 300)
		if len(one) != 5000 || !slices.Equal(one, two) {
			t.Errorf("%s: %d requests, the same again: %v", tr.name, len(one), slices.Equal(one, two))
		}
	}
}

func TestScanAsksForAThirdOnce(t *testing.T) {
	const n = 200_000
	seen := map[object]int{}
	for _, o := range scanTrace(rand.New(rand.NewPCG(1, 1)), n, 100) {
		if o >= strangers {
			seen[o]++
		}
	}
	if got := float64(len(seen)) / n; math.Abs(got-1.0/3) > 0.01 {
		t.Errorf("a share of %.3f is for strangers, want a third", got)
	}
	for o, times := range seen {
		if times > 1 {
			t.Fatalf("stranger %d was asked for %d times", o, times)
		}
	}
}

func TestShiftAndDriftBringNewObjects(t *testing.T) {
	const n, objects = 70_000, 1000
	for name, requests := range map[string]func(*rand.Rand, int, int) []object{"shift": shiftTrace, "drift": driftTrace} {
		list := requests(rand.New(rand.NewPCG(1, 1)), n, objects)
		old := 0
		for _, o := range list[n-n/10:] {
			if o < objects {
				old++
			}
		}
		if old > n/10/5 {
			t.Errorf("%s: %d of the last %d requests are for objects of the start", name, old, n/10)
		}
	}
}

func TestSizes(t *testing.T) {
	var list []int
	for o := range object(20_000) {
		if n := o.size(); n != o.size() || n < minSize || n > maxSize {
			t.Fatalf("object %d has %d bytes", o, n)
		}
		list = append(list, o.size())
	}
	slices.Sort(list)
	if median := list[len(list)/2]; median < medianSize*9/10 || median > medianSize*11/10 {
		t.Errorf("median %d, want about %d", median, medianSize)
	}
}

func TestSelectTraces(t *testing.T) {
	if list, err := selectTraces("all"); err != nil || len(list) != len(traces) {
		t.Errorf("all: %d, %v", len(list), err)
	}
	if list, err := selectTraces("scan,zipf-0.9"); err != nil || len(list) != 2 || list[0].name != "zipf-0.9" {
		t.Errorf("two: %v, %v, want the two in the table's order", list, err)
	}
	if _, err := selectTraces("zipf-9"); err == nil {
		t.Error("unknown name: want an error")
	}
}
