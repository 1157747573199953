package metrics

import (
	"strconv"
	"sync/atomic"
)

const (
	minStatus = 100
	maxStatus = 599
	pageSize  = 100
	pages     = (maxStatus - minStatus + 1) / pageSize
)

// statuses is a set of counters by status code. Its zero value is empty and
// ready for use. Counters appear with the first response that has their status;
// from then on counting neither locks nor allocates.
type statuses struct {
	classes [pages]atomic.Pointer[page]
	strange atomic.Pointer[counter] // outside minStatus to maxStatus
}

// A page holds the counters of one class of status codes, such as all 4xx.
type page [pageSize]atomic.Pointer[counter]

// inc counts one response.
func (s *statuses) inc(stripe uint32, status int) { s.counter(status).inc(stripe) }

func (s *statuses) counter(status int) *counter {
	if status < minStatus || status > maxStatus {
		return obtain(&s.strange)
	}
	i := status - minStatus
	return obtain(&obtain(&s.classes[i/pageSize])[i%pageSize])
}

// obtain returns what p points to, which it makes first if need be. Of several
// goroutines that make it at once one wins and all get the winner's.
func obtain[T any](p *atomic.Pointer[T]) *T {
	if v := p.Load(); v != nil {
		return v
	}
	v := new(T)
	if p.CompareAndSwap(nil, v) {
		return v
	}
	return p.Load()
}

// each calls f for every status counted so far, in ascending order and with
// "other" last.
func (s *statuses) each(f func(status string, n uint64)) {
	for class := range s.classes {
		p := s.classes[class].Load()
		if p == nil {
			continue
		}
		for i := range p {
			if c := p[i].Load(); c != nil {
				f(strconv.Itoa(minStatus+class*pageSize+i), c.sum())
			}
		}
	}
	if c := s.strange.Load(); c != nil {
		f(other, c.sum())
	}
}

// class returns how many responses had a status of class 1 to 5.
func (s *statuses) class(n int) uint64 {
	p := s.classes[n-1].Load()
	if p == nil {
		return 0
	}
	var sum uint64
	for i := range p {
		if c := p[i].Load(); c != nil {
			sum += c.sum()
		}
	}
	return sum
}
