package balancer

import (
	"context"
	"sync"
	"time"
)

// A Prober runs the active probes: one goroutine for each backend of a pool that
// has a HealthSpec. It is the only one that changes health. Its methods may be
// called by any goroutine.
type Prober struct {
	onChange func(Change) // nil: nobody is told
	onPanic  func(what any, stack []byte)
	newCheck func(address string, spec *HealthSpec) (check, error)

	mu     sync.Mutex // guards the following fields
	runs   map[*Backend]*run
	closed bool
}

// A check probes a backend once. It returns when ctx is done, if not before.
type check func(ctx context.Context) verdict

// A verdict is the outcome of one probe. Anything but ProbePassed is a failure.
type verdict struct {
	why    Reason
	detail string
}

// NewProber returns a prober that probes nothing yet. It calls onChange for
// every change of health, from the goroutine that found it: several calls may
// run at once, but never two for one backend. onPanic is told of every panic of a
// probe or of onChange, which goes no further. Neither may call the Prober.
func NewProber(onChange func(Change), onPanic func(what any, stack []byte)) *Prober {
	return &Prober{onChange: onChange, onPanic: onPanic, newCheck: newHTTPCheck, runs: make(map[*Backend]*run)}
}

// Apply makes the backends of pools, and no others, the ones that are probed.
// Probes that stay the same go on undisturbed. Of the others the old ones are
// stopped and waited for before the new ones start, with the health found so far.
// A backend whose pool is not probed any more becomes Unknown, which is usable.
func (p *Prober) Apply(pools []*Pool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	wanted := make(map[*Backend]*HealthSpec)
	for _, pool := range pools {
		for _, b := range pool.members {
			wanted[b] = pool.health
		}
	}
	p.stopLocked(func(b *Backend, r *run) bool {
		h := wanted[b]
		return h == nil || !h.same(r.spec)
	})
	for b, h := range wanted {
		if h == nil {
			p.forget(b)
		} else if p.runs[b] == nil {
			p.startLocked(b, h)
		}
	}
}

// Close stops all probes and waits for them. A later Apply does nothing.
func (p *Prober) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.stopLocked(func(*Backend, *run) bool { return true })
}

// stopLocked stops the runs that end is true for, all at once, and waits for them.
func (p *Prober) stopLocked(end func(*Backend, *run) bool) {
	var ending []*run
	for b, r := range p.runs {
		if end(b, r) {
			r.cancel()
			ending = append(ending, r)
			delete(p.runs, b)
		}
	}
	for _, r := range ending {
		<-r.done
	}
}

func (p *Prober) startLocked(b *Backend, h *HealthSpec) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &run{prober: p, backend: b, spec: h, cancel: cancel, done: make(chan struct{})}
	p.runs[b] = r
	go r.loop(ctx)
}

// forget drops what former probes have found out about b.
func (p *Prober) forget(b *Backend) {
	if b.Status().Health != Unknown {
		p.tell(b.setHealth(Unknown, NotProbed, "", time.Now()))
	}
}

func (p *Prober) tell(c Change) {
	if p.onChange != nil {
		p.onChange(c)
	}
}
