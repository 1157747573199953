package proxy

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/message"
)

// jobs are the goroutines that work for no client in particular: pumps and
// refreshes. It stands in for the client of what they do (message.Client), and is
// gone when the proxy closes.
type jobs struct {
	draining  atomic.Bool // nothing is begun or gone on with for the cache alone
	closing   atomic.Bool
	refreshes atomic.Int64
	orphans   atomic.Int64

	mu      sync.Mutex // guards the adding to running, which may not overlap the waiting
	running sync.WaitGroup
}

// maxRefreshes is how many refreshes run at once. There is one for a key at most;
// what is beyond the limit is refreshed on a later request.
const maxRefreshes = 256

// run runs f on a goroutine of its own, and reports whether it does: not when the
// proxy closes.
func (j *jobs) run(f func()) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closing.Load() {
		return false
	}
	j.running.Go(f)
	return true
}

// close ends the jobs and waits for them: they look after their client about once
// a second.
func (j *jobs) close() {
	j.mu.Lock()
	j.closing.Store(true)
	j.mu.Unlock()
	j.running.Wait()
}

// abandon tells the jobs to end.
func (j *jobs) abandon() { j.closing.Store(true) }

// Gone tells whether nobody wants the answer any more (message.Client).
func (j *jobs) Gone() bool { return j.closing.Load() }

// StopBody has nothing to stop: there is no body (message.Client).
func (j *jobs) StopBody() {}

// Takeover fails: there is no connection (message.Client).
func (j *jobs) Takeover() (message.Stream, error) { return nil, errors.New("no connection") }

// maxOrphans is how many fetches at a time go on for the cache alone, after
// everybody who waited for them has left.
const maxOrphans = 64

// A leader stands in for the client of a fetch that others may wait for too
// (message.Client). It is gone when all of them are, unless the fetch may go on
// for the cache. It is for one goroutine.
type leader struct {
	jobs   *jobs
	client message.Client // whose request it was; nil: it has been seen to already
	fill   *cache.Fill
	orphan bool
}

// Gone tells whether nobody wants the answer any more (message.Client).
func (l *leader) Gone() bool {
	if l.jobs.Gone() {
		return true
	}
	if !l.fill.Unread() || l.client != nil && !l.client.Gone() {
		return false
	}
	if l.jobs.draining.Load() {
		return true
	}
	if l.orphan {
		return false
	}
	if l.jobs.orphans.Add(1) > maxOrphans {
		l.jobs.orphans.Add(-1)
		return true
	}
	l.orphan = true
	return false
}

// StopBody has nothing to stop: there is no body (message.Client).
func (l *leader) StopBody() {}

// Takeover fails: there is no connection (message.Client).
func (l *leader) Takeover() (message.Stream, error) { return l.jobs.Takeover() }

// done ends the fetch. l may be nil.
func (l *leader) done() {
	if l != nil && l.orphan {
		l.jobs.orphans.Add(-1)
		l.orphan = false
	}
}
