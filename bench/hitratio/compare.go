package main

import (
	"context"
	"math/rand/v2"
	"time"
)

// A score is what one cache made of the requests that count.
type score struct{ hits, bytes int64 }

func (s *score) add(hit bool, size int) {
	if hit {
		s.hits++
		s.bytes += int64(size)
	}
}

// A result is what came of one trace.
type result struct {
	trace          trace
	requests       int64 // that count
	bytes          int64
	weir, lru      score
	possible       score // of a cache without bounds
	rate           float64
	entries, taken int64 // of the zone, at the end
}

// compare runs a trace through both caches at the given rate, for the given time
// if the machine keeps up.
func compare(ctx context.Context, t trace, o options) (result, error) {
	above, err := overhead()
	if err != nil {
		return result{}, err
	}
	z, err := newZone(o.memory)
	if err != nil {
		return result{}, err
	}
	defer z.Close()
	n := int(o.duration.Seconds() * float64(o.rate))
	list := t.requests(rand.New(rand.NewPCG(o.seed, 1)), n, o.objects)
	r := result{trace: t}
	plain, seen := newLRU(o.memory, above), make(map[object]bool, o.objects)
	p := newPacer(o.rate)
	for i, ob := range list {
		now, err := p.next(ctx)
		if err != nil {
			return r, err
		}
		size := ob.size()
		hit, err := z.ask(ob, size, now)
		if err != nil {
			return r, err
		}
		old, again := plain.request(ob, size), seen[ob]
		seen[ob] = true
		if i >= n/3 {
			r.requests++
			r.bytes += int64(size)
			r.weir.add(hit, size)
			r.lru.add(old, size)
			r.possible.add(again, size)
		}
	}
	r.rate = float64(n) / time.Since(p.start).Seconds()
	s := z.Stats()
	r.entries, r.taken = s.Entries, s.Bytes
	return r, nil
}
