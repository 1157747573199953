package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// A trace is a kind of load.
type trace struct {
	name  string
	about string
	// requests makes n requests for objects of which about so many are popular.
	requests func(r *rand.Rand, n, objects int) []object
}

// traces are all there are.
var traces = []trace{
	{"zipf-0.7", "popularity by Zipf's law, exponent 0.7", zipfTrace(0.7)},
	{"zipf-0.9", "exponent 0.9", zipfTrace(0.9)},
	{"zipf-1.1", "exponent 1.1", zipfTrace(1.1)},
	{"scan", "exponent 0.9; in bursts, a third of all is for what nobody asks for again", scanTrace},
	{"shift", "exponent 0.9; six times half of the objects give way to new ones", shiftTrace},
	{"drift", "exponent 0.9; all along, new objects take the place of old ones", driftTrace},
}

func zipfTrace(exponent float64) func(*rand.Rand, int, int) []object {
	return func(r *rand.Rand, n, objects int) []object {
		z := newZipf(objects, exponent)
		list := make([]object, n)
		for i := range list {
			list[i] = object(z.rank(r))
		}
		return list
	}
}

const usual = 0.9

// strangers is a number above all objects of a trace's own.
const strangers = object(1) << 40

// scanTrace has bursts in which two of three requests are a crawler's, and calm
// between them for as long.
func scanTrace(r *rand.Rand, n, objects int) []object {
	const burst = 20_000
	list := zipfTrace(usual)(r, n, objects)
	for i := range list {
		if i/burst%2 == 1 && i%3 != 0 {
			list[i] = strangers + object(i)
		}
	}
	return list
}

// shiftTrace replaces half of the objects, popular ones and others, at each of six
// times.
func shiftTrace(r *rand.Rand, n, objects int) []object {
	const phases = 7
	list := zipfTrace(usual)(r, n, objects)
	names := make([]object, objects)
	for i := range names {
		names[i] = object(i)
	}
	phase := 0
	for i, o := range list {
		if now := i * phases / n; now != phase {
			phase = now
			rename(r, names, object(phase)*strangers)
		}
		list[i] = names[o]
	}
	return list
}

// rename gives half of the names a new one.
func rename(r *rand.Rand, names []object, first object) {
	for i := range names {
		if r.IntN(2) == 0 {
			names[i] = first + object(i)
		}
	}
}

// driftTrace lets one object, chosen with no regard to popularity, give way to a
// new one at every fourth request.
func driftTrace(r *rand.Rand, n, objects int) []object {
	list := zipfTrace(usual)(r, n, objects)
	names := make([]object, objects)
	for i := range names {
		names[i] = object(i)
	}
	for i, o := range list {
		if i%4 == 0 {
			names[r.IntN(objects)] = strangers + object(i)
		}
		list[i] = names[o]
	}
	return list
}

// A zipf draws ranks from 0, of which each is the less likely the higher it is
// (math/rand's has no exponents below 1).
type zipf struct{ cumulated []float64 }

func newZipf(n int, exponent float64) *zipf {
	z := &zipf{cumulated: make([]float64, n)}
	sum := 0.0
	for i := range z.cumulated {
		sum += math.Pow(float64(i+1), -exponent)
		z.cumulated[i] = sum
	}
	return z
}

func (z *zipf) rank(r *rand.Rand) int {
	last := len(z.cumulated) - 1
	i, _ := slices.BinarySearch(z.cumulated, r.Float64()*z.cumulated[last])
	return min(i, last)
}

// selectTraces picks by name, in the order of the table; "all" is every one.
func selectTraces(names string) ([]trace, error) {
	if names == "all" {
		return traces, nil
	}
	wanted := strings.Split(names, ",")
	var picked []trace
	for _, t := range traces {
		if i := slices.Index(wanted, t.name); i >= 0 {
			picked = append(picked, t)
			wanted = slices.Delete(wanted, i, i+1)
		}
	}
	if len(wanted) > 0 {
		return nil, fmt.Errorf("no trace is called %q", wanted[0])
	}
	return picked, nil
}
