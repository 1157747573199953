package proxy

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirproxy/weir/balancer"
	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/upstream"
	"golang.org/x/time/rate"
)

// A Proxy serves requests by the snapshot in force. It is what an edge.Server
// hands requests to.
type Proxy struct {
	current atomic.Pointer[Snapshot]
	prober  *balancer.Prober
	jobs    jobs
	errors  *rate.Limiter // of lines about failed requests in the application log

	mu sync.Mutex // held while a snapshot takes the place of another
}

// New returns a proxy without a snapshot: it answers 503 until Install.
func New() *Proxy {
	p := &Proxy{errors: rate.NewLimiter(10, 50)}
	p.prober = balancer.NewProber(p.healthChanged, p.recovered)
	return p
}

// Snapshot returns the snapshot in force, nil before the first Install.
func (p *Proxy) Snapshot() *Snapshot { return p.current.Load() }

// Install puts s in force for every request that begins after it, starts the
// probes of what is new, and retires what s does not name any more: its probes
// end before Install returns, its idle connections are closed, its requests in
// flight go on.
func (p *Proxy) Install(s *Snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.openZones()
	old := p.current.Swap(s)
	s.deps.Metrics.Retain(s.handles())
	for _, pl := range s.pools {
		pl.watch()
	}
	p.prober.Apply(s.balancers())
	old.retire(s)
}

// Drain tells the proxy that weir is about to stop: what is fetched for the cache
// alone is given up, so that nobody waits for it.
func (p *Proxy) Drain() { p.jobs.draining.Store(true) }

// Abandon tells what is fetched for nobody but the cache to end: it does within
// about a second. It may be called by any goroutine, more than once; Close follows.
func (p *Proxy) Abandon() { p.jobs.abandon() }

// Close ends all probes and what is fetched for nobody but the cache, waits for
// them, and closes idle connections to backends.
func (p *Proxy) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.prober.Close()
	p.jobs.close()
	p.current.Load().retire(nil)
}

// retire closes the transports that next has not taken over. Both may be nil.
func (s *Snapshot) retire(next *Snapshot) {
	if s == nil {
		return
	}
	kept := make(map[*upstream.Transport]bool)
	if next != nil {
		for _, p := range next.pools {
			for i := range p.backends {
				kept[p.backends[i].transport] = true
			}
		}
	}
	for _, p := range s.pools {
		for i := range p.backends {
			if t := p.backends[i].transport; !kept[t] {
				t.Close()
			}
		}
	}
	for i := range s.zones {
		if z := &s.zones[i]; next.zone(z.spec.Name) != z.Zone {
			z.Close()
		}
	}
}

// openZones makes the zones what the configuration wants them to be.
func (s *Snapshot) openZones() {
	s.deps.Metrics.CacheWords(cache.Statuses(), cache.Details())
	for i := range s.zones {
		z := &s.zones[i]
		if err := z.Open(); err != nil {
			s.deps.Log.Error("zone stays closed", "zone", z.spec.Name, "error", err)
		}
		z.Resize(z.spec)
		z.metrics.Watch(z.gauges)
	}
}

func (z *zoneInUse) gauges() metrics.ZoneGauges {
	st := z.Stats()
	return metrics.ZoneGauges{
		Bytes: st.Bytes, Capacity: st.Capacity, Pending: st.Pending, Detached: st.Detached,
		Entries: st.Entries, Fills: st.Fills,
		Stored: st.Stored, Evicted: st.Evicted, Rejected: st.Rejected, Dropped: st.Dropped, TooLarge: st.TooLarge,
	}
}

func (s *Snapshot) balancers() []*balancer.Pool {
	var out []*balancer.Pool
	for _, p := range s.pools {
		out = append(out, p.balance)
	}
	return out
}

// handles lists what the snapshot counts with.
func (s *Snapshot) handles() metrics.Keep {
	k := metrics.Keep{Routes: []*metrics.Route{s.unnamed}}
	for _, rt := range s.routes {
		k.Routes = append(k.Routes, rt.metrics)
	}
	for _, p := range s.pools {
		k.Pools = append(k.Pools, p.metrics)
		for i := range p.backends {
			k.Backends = append(k.Backends, p.backends[i].metrics)
		}
	}
	for i := range s.zones {
		k.Zones = append(k.Zones, s.zones[i].metrics)
	}
	return k
}

// healthChanged is told of every change of a backend's health.
func (p *Proxy) healthChanged(c balancer.Change) {
	s := p.current.Load()
	pl := s.pool(c.Pool)
	if pl == nil {
		return
	}
	i := slices.IndexFunc(pl.spec.Backends, func(b config.Backend) bool { return b.Address == c.Backend })
	if i < 0 {
		return
	}
	pl.backends[i].metrics.HealthChanged(c.To != balancer.Unhealthy)
	level := slog.LevelInfo
	switch {
	case c.To == balancer.Unhealthy:
		level = slog.LevelWarn
	case c.From == balancer.Unknown:
		level = slog.LevelDebug // nothing has changed for anybody
	}
	s.deps.Log.Log(context.Background(), level, "backend health changed",
		"pool", c.Pool, "backend", c.Backend, "from", c.From.String(), "to", c.To.String(),
		"reason", c.Reason.String(), "detail", c.Detail, "at", c.At.Format(time.RFC3339Nano))
}

// A BackendState is how one backend of a pool is doing, for operators.
type BackendState struct {
	Pool, Backend string
	Status        balancer.Status
	Draining      bool
	InFlight      int64
}

// Backends returns the state of all backends, in the order of the configuration.
func (s *Snapshot) Backends() []BackendState {
	var out []BackendState
	for _, p := range s.pools {
		for _, b := range p.balance.Backends() {
			out = append(out, BackendState{
				Pool: p.spec.Name, Backend: b.Name(), Status: b.Status(),
				Draining: b.Draining(), InFlight: b.InFlight(),
			})
		}
	}
	return out
}
