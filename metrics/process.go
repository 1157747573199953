package metrics

import (
	"sync/atomic"
	"time"
)

// process counts what belongs to no route, pool or listener.
type process struct {
	panics       counter
	logDropped   counter
	reloads      [2]counter // failed, succeeded
	inForce      atomic.Pointer[configInForce]
	configBroken atomic.Bool // the last reload failed
}

// configInForce says which configuration is in force.
type configInForce struct {
	hash  string
	since time.Time
}

// Panicked counts a panic that was recovered.
func (r *Registry) Panicked() { r.process.panics.inc(0) }

// AccessLogDropped counts n lines of the access log that nobody will read.
func (r *Registry) AccessLogDropped(n uint64) { r.process.logDropped.add(0, n) }

// Reloaded counts a configuration that took effect at now, the first one of a
// process included; hash identifies its text.
func (r *Registry) Reloaded(hash string, now time.Time) {
	r.process.reloads[1].inc(0)
	r.process.configBroken.Store(false)
	r.process.inForce.Store(&configInForce{hash: label(hash), since: now})
}

// ReloadFailed counts a configuration that was refused.
func (r *Registry) ReloadFailed() {
	r.process.reloads[0].inc(0)
	r.process.configBroken.Store(true)
}
