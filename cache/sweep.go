package cache

import (
	"sync"
	"sync/atomic"
)

// A sweeper runs the work that goes through the whole index, one at a time, on its
// goroutine, which lives as long as there is some. Nobody waits for it but Close.
type sweeper struct {
	mu     sync.Mutex // guards the following fields
	due    [jobs]func(stop *atomic.Bool)
	active bool
	done   sync.WaitGroup

	stop atomic.Bool // closed
}

// The jobs. Of several of a kind that wait only the last is done.
const (
	jobSweep = iota
	jobFit
	jobSqueeze
	jobs
)

// start has work done soon.
func (s *sweeper) start(job int, work func(stop *atomic.Bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop.Load() {
		return
	}
	s.due[job] = work
	if !s.active {
		s.active = true
		s.done.Go(s.loop)
	}
}

func (s *sweeper) loop() {
	for work := s.take(); work != nil; work = s.take() {
		work(&s.stop)
	}
}

// take returns what is to be done next, nil when the loop is over.
func (s *sweeper) take() func(stop *atomic.Bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, work := range s.due {
		if work != nil {
			s.due[i] = nil
			return work
		}
	}
	s.active = false
	return nil
}

// close has the goroutine end early, and waits for it.
func (s *sweeper) close() {
	s.mu.Lock()
	s.stop.Store(true)
	clear(s.due[:])
	s.mu.Unlock()
	s.done.Wait()
}

func (l *purgeLog) open()  { l.sweeper.stop.Store(false) }
func (l *purgeLog) close() { l.sweeper.close() }

// sweep holds every entry against the log, which forgets what it held then, unless
// it is stopped.
func (z *Zone) sweep(stop *atomic.Bool) {
	at := z.log.beginSweep()
	for i := range z.shards {
		if stop.Load() {
			return
		}
		z.sweepShard(&z.shards[i], at)
	}
	z.log.forget()
}

func (z *Zone) sweepShard(sh *shard, now int64) {
	sh.each(func(s *slot) {
		b := s.bundle.Load()
		if b == nil {
			return
		}
		gone := false
		for _, e := range b.entries {
			gone = z.held(b.key, e) == hardPurged || gone
		}
		if gone {
			z.swapLocked(s, b, b.without(isGone))
			sh.cache.offerLocked(s, now)
		}
	})
}

func isGone(e *Entry) bool { return e.stored.purged.Load() == hardPurged }
