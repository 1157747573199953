package balancer

import (
	"cmp"
	"slices"
)

// maxTurns bounds the length of a schedule. A cycle that would be longer, by
// large weights without a common divisor, is approximated: no share is off by
// more than 1/maxTurns of all requests or by what makes it at least one turn.
const maxTurns = 8192

// A schedule is the order in which the members that can be claimed take turns.
// It does not change after it was made.
type schedule struct {
	epoch uint64   // of which it is
	turns []uint16 // indexes of members; empty when none can be claimed
}

// newSchedule spreads the turns of each member evenly over the cycle.
func newSchedule(epoch uint64, members []*Backend, weights []int) *schedule {
	s := &schedule{epoch: epoch}
	var who []uint16
	var shares []int
	for i, b := range members {
		if b.out.Load() == 0 {
			who = append(who, uint16(i))
			shares = append(shares, weights[i])
		}
	}
	s.turns = smooth(who, cycle(shares))
	return s
}

// cycle returns how many turns each member has in one cycle, given its weight.
// It may modify and return weights.
func cycle(weights []int) []int {
	divisor, total := 0, 0
	for _, w := range weights {
		divisor = gcd(divisor, w)
		total += w
	}
	switch {
	case total == 0:
		return nil
	case total/divisor <= maxTurns:
		for i := range weights {
			weights[i] /= divisor
		}
		return weights
	default:
		return apportion(weights, total)
	}
}

// apportion gives out maxTurns turns in proportion to weights by largest
// remainder; who would have none gets one on top.
func apportion(weights []int, total int) []int {
	type rest struct{ member, remainder int }
	turns := make([]int, len(weights))
	rests := make([]rest, len(weights))
	left := maxTurns
	for i, w := range weights {
		turns[i] = w * maxTurns / total
		rests[i] = rest{i, w * maxTurns % total}
		left -= turns[i]
	}
	slices.SortStableFunc(rests, func(a, b rest) int { return cmp.Compare(b.remainder, a.remainder) })
	for _, r := range rests[:left] {
		turns[r.member]++
	}
	for i := range turns {
		turns[i] = max(turns[i], 1)
	}
	return turns
}

// smooth returns one cycle in which who[i] has turns[i] turns, by smooth
// weighted round robin: each turn everybody earns as many points as he has
// turns, and who then has the most takes the turn and pays what all have earned
// together. Of equals the first takes it.
func smooth(who []uint16, turns []int) []uint16 {
	total := 0
	for _, n := range turns {
		total += n
	}
	order := make([]uint16, 0, total)
	points := make([]int, len(turns))
	for range total {
		best := 0
		for i, n := range turns {
			points[i] += n
			if points[i] > points[best] {
				best = i
			}
		}
		points[best] -= total
		order = append(order, who[best])
	}
	return order
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
