package metrics

import (
	"sync/atomic"
	"time"
)

// bounds are the upper bounds of the buckets of every histogram; above the last
// one lies the bucket without a bound.
var bounds = [...]time.Duration{
	500 * time.Microsecond,
	1 * time.Millisecond,
	2500 * time.Microsecond,
	5 * time.Millisecond,
	10 * time.Millisecond,
	25 * time.Millisecond,
	50 * time.Millisecond,
	100 * time.Millisecond,
	250 * time.Millisecond,
	500 * time.Millisecond,
	1 * time.Second,
	2500 * time.Millisecond,
	5 * time.Second,
	10 * time.Second,
	30 * time.Second,
	60 * time.Second,
}

const buckets = len(bounds) + 1

// bucketOf returns the index of the first bucket whose bound is not below d.
func bucketOf(d time.Duration) int {
	for i := range bounds {
		if d <= bounds[i] {
			return i
		}
	}
	return len(bounds)
}

// A histogram counts durations by bucket, spread over stripes. Its zero value
// is ready for use. All methods may run concurrently.
type histogram struct {
	cells [stripes]histogramCell
}

// A histogramCell keeps the sum next to the buckets: two or three cache lines
// that only one stripe writes. The padding rounds it up to whole lines.
type histogramCell struct {
	sum    atomic.Int64 // nanoseconds
	counts [buckets]atomic.Uint64
	_      [(cacheLine - (8+8*buckets)%cacheLine) % cacheLine]byte
}

// observe counts one duration; a negative one counts as zero.
func (h *histogram) observe(stripe uint32, d time.Duration) {
	d = max(d, 0)
	c := &h.cells[stripe&stripeMask]
	c.counts[bucketOf(d)].Add(1)
	c.sum.Add(int64(d))
}

// durations adds the stripes up.
func (h *histogram) durations() Durations {
	var s Durations
	for i := range h.cells {
		c := &h.cells[i]
		for b := range c.counts {
			s.counts[b] += c.counts[b].Load()
		}
		s.sum += time.Duration(c.sum.Load())
	}
	return s
}
