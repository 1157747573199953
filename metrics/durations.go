package metrics

import "time"

// Durations is a histogram of durations as it was at one moment. The zero value
// is empty.
type Durations struct {
	counts [buckets]uint64 // of each bucket alone, not cumulative
	sum    time.Duration
}

// Count returns how many durations were counted.
func (d Durations) Count() uint64 {
	var n uint64
	for _, c := range d.counts {
		n += c
	}
	return n
}

// Sum returns their sum.
func (d Durations) Sum() time.Duration { return d.sum }

// Plus returns the durations of d and e together.
func (d Durations) Plus(e Durations) Durations {
	for i := range d.counts {
		d.counts[i] += e.counts[i]
	}
	d.sum += e.sum
	return d
}

// Since returns what was counted between earlier, a former state of the same
// histogram, and d. Where earlier has more, because series were removed in
// between, nothing was counted.
func (d Durations) Since(earlier Durations) Durations {
	for i := range d.counts {
		d.counts[i] -= min(d.counts[i], earlier.counts[i])
	}
	d.sum = max(0, d.sum-earlier.sum)
	return d
}

// Quantile estimates the duration below which the share q (0 to 1) of the
// durations lies, by linear interpolation inside a bucket. It is 0 when nothing
// was counted, and the highest bound when the quantile lies above it.
func (d Durations) Quantile(q float64) time.Duration {
	total := d.Count()
	if total == 0 {
		return 0
	}
	rank := min(max(q, 0), 1) * float64(total)
	var below float64
	var lower time.Duration
	for i, bound := range bounds {
		n := float64(d.counts[i])
		if n > 0 && below+n >= rank {
			part := (rank - below) / n
			return lower + time.Duration(part*float64(bound-lower))
		}
		below += n
		lower = bound
	}
	return lower
}
