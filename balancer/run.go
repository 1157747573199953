package balancer

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// doubtInterval is the time between probes while the last ones contradict the
// backend's health, if the interval is not shorter anyway.
const doubtInterval = time.Second

// A run is the probing of one backend, by one goroutine, for as long as its
// spec stays the same.
type run struct {
	prober  *Prober
	backend *Backend
	spec    *HealthSpec
	cancel  context.CancelFunc
	done    chan struct{} // closed when the goroutine has ended

	// The following belong to the goroutine.
	check  check
	passes int // in a row
	fails  int // in a row
}

// loop probes at once and then again and again, until ctx is done.
func (r *run) loop(ctx context.Context) {
	defer close(r.done)
	for ctx.Err() == nil {
		r.round(ctx)
		r.wait(ctx)
	}
}

// round probes once and draws the consequences. It survives a panic in either.
func (r *run) round(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			r.prober.onPanic(p, debug.Stack())
		}
	}()
	v := r.probe(ctx)
	if ctx.Err() == nil { // else the failure is our own doing
		r.record(v, time.Now())
	}
}

// probe runs one check within its timeout. A panic is a failure, because
// nothing is known of a backend that cannot be probed.
func (r *run) probe(ctx context.Context) (v verdict) {
	defer func() {
		if p := recover(); p != nil {
			r.prober.onPanic(p, debug.Stack())
			v = verdict{ProbePanic, detail(fmt.Sprint(p))}
		}
	}()
	if r.check == nil {
		c, err := r.prober.newCheck(r.backend.name, r.spec)
		if err != nil {
			return verdict{ProbeConnect, detail(err.Error())}
		}
		r.check = c
	}
	ctx, cancel := context.WithTimeout(ctx, r.spec.Timeout)
	defer cancel()
	return r.check(ctx)
}

// record counts a verdict and changes the backend's health when it is due.
func (r *run) record(v verdict, now time.Time) {
	if v.why == ProbePassed {
		r.passes, r.fails = r.passes+1, 0
	} else {
		r.passes, r.fails = 0, r.fails+1
	}
	health := r.backend.Status().Health
	next := health
	switch {
	case health == Unknown && r.passes > 0, health == Unhealthy && r.passes >= r.spec.Rise:
		next = Healthy
	case health != Unhealthy && r.fails >= r.spec.Fall:
		next = Unhealthy
	}
	if next != health {
		r.prober.tell(r.backend.setHealth(next, v.why, v.detail, now))
	}
}

// suspect tells whether the last probes contradict the backend's health, which
// has to be settled soon.
func (r *run) suspect() bool {
	if r.backend.Status().Health == Unhealthy {
		return r.passes > 0
	}
	return r.fails > 0
}

// wait returns when the next probe is due or ctx is done. While the backend
// counts as healthy, a failed attempt brings the probe forward.
func (r *run) wait(ctx context.Context) {
	soon := jitter(min(r.spec.Interval, doubtInterval))
	pause := jitter(r.spec.Interval)
	if r.suspect() {
		pause = soon
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	began := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-r.backend.doubted:
			if pause > soon && r.backend.Healthy() {
				pause = soon
				timer.Reset(max(0, soon-time.Since(began)))
			}
		}
	}
}

// jitter spreads d by ± 20 %, so that probes of many backends do not fall into step.
func jitter(d time.Duration) time.Duration {
	return d*4/5 + rand.N(d*2/5+1)
}
