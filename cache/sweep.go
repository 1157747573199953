package cache

import (
	"sync"
	"sync/atomic"
)

// A sweeper runs the work that goes through the whole index, one at a time: on
// its goroutine, which lives as long as there is some, or on the caller's.
type sweeper struct {
	running sync.Mutex // held while there is work being done

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
		s.run(work)
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

// run does work now.
func (s *sweeper) run(work func(stop *atomic.Bool)) {
	s.running.Lock()
	defer s.running.Unlock()
	work(&s.stop)
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

// sweep holds every entry against the log, which forgets what it held then.
// It goes to its end even when the zone closes: a purge may wait for the room.
func (z *Zone) sweep(*atomic.Bool) {
	n, at := z.log.last()
	for i := range z.shards {
		z.sweepShard(&z.shards[i], at)
	}
	z.log.forget(n)
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
