package balancer

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func letters(turns []uint16) string {
	b := make([]byte, len(turns))
	for i, t := range turns {
		b[i] = 'a' + byte(t)
	}
	return string(b)
}

// order returns the cycle of members a, b, c … with the given weights.
func order(weights ...int) []uint16 {
	who := make([]uint16, len(weights))
	for i := range who {
		who[i] = uint16(i)
	}
	return smooth(who, cycle(slices.Clone(weights)))
}

func TestScheduleIsSmooth(t *testing.T) {
	for _, c := range []struct {
		weights []int
		want    string
	}{
		{nil, ""},
		{[]int{7}, "a"},
		{[]int{5, 1, 1}, "aabacaa"},
		{[]int{1, 1, 1}, "abc"},
		{[]int{3, 1}, "aaba"},
		{[]int{2, 4, 6}, "cbacbc"},
		{[]int{1000, 500}, "aba"},
	} {
		got := order(c.weights...)
		if letters(got) != c.want {
			t.Errorf("%v: %q, want %q", c.weights, letters(got), c.want)
		}
	}
}

// A turn comes neither much too early nor much too late: after k turns nobody
// had a whole turn more than his share of k, nor two less.
func TestScheduleSpreadsTurnsEvenly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		weights := make([]int, 1+r.IntN(8))
		total := 0
		for i := range weights {
			weights[i] = 1 + r.IntN(50)
			total += weights[i]
		}
		had := make([]int, len(weights))
		for k, who := range order(weights...) {
			had[who]++
			for i, w := range weights {
				excess := float64(had[i]) - float64((k+1)*w)/float64(total)
				if excess >= 1 || excess <= -2 {
					t.Fatalf("%v: after %d turns %d is %.2f turns off its share", weights, k+1, i, excess)
				}
			}
		}
	}
}

func TestScheduleGivesExactShares(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		weights := make([]int, 1+r.IntN(8))
		total := 0
		for i := range weights {
			weights[i] = 1 + r.IntN(MaxWeight)
			total += weights[i]
		}
		had := make([]int, len(weights))
		turns := order(weights...)
		for _, who := range turns {
			had[who]++
		}
		for i, w := range weights {
			if had[i]*total != w*len(turns) {
				t.Fatalf("%v: %d has %d of %d turns", weights, i, had[i], len(turns))
			}
		}
	}
}

// One turn past maxTurns a cycle is approximated, with every member in it.
func TestScheduleOfLargeCoprimeWeightsIsBounded(t *testing.T) {
	weights := []int{1}
	for len(weights) < 9 {
		weights = append(weights, 999)
	}
	weights[8] = maxTurns - 1 - 7*999 // total is maxTurns
	if n := len(order(weights...)); n != maxTurns {
		t.Errorf("%v: %d turns, want %d", weights, n, maxTurns)
	}
	weights[8]++ // total is one more, and a prime factor apart from all weights
	turns := order(weights...)
	if n := len(turns); n < maxTurns || n > maxTurns+len(weights) {
		t.Errorf("%v: %d turns, want about %d", weights, n, maxTurns)
	}
	had := make([]int, len(weights))
	for _, who := range turns {
		had[who]++
	}
	for i, w := range weights {
		if d := had[i] - w; d < -2 || d > 2 {
			t.Errorf("%v: %d has %d turns, weight %d", weights, i, had[i], w)
		}
	}
}

func TestScheduleOfManyUnevenWeightsIsBounded(t *testing.T) {
	weights := make([]int, MaxBackends)
	for i := range weights {
		weights[i] = MaxWeight - i%2
	}
	weights[0] = 1
	turns := order(weights...)
	if n := len(turns); n < maxTurns || n > maxTurns+MaxBackends {
		t.Errorf("%d turns", n)
	}
	if !slices.Contains(turns, 0) {
		t.Error("the lightest member has no turn")
	}
}

func BenchmarkScheduleWorst(b *testing.B) {
	weights := make([]int, MaxBackends)
	for i := range weights {
		weights[i] = MaxWeight - i%2
	}
	for b.Loop() {
		order(weights...)
	}
}
