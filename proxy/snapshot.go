package proxy

import (
	"log/slog"
	"net/netip"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/upstream"
)

// Deps are what a data plane is built with besides its configuration. They are
// the same for all snapshots of a process, but for Access and Log.
type Deps struct {
	Metrics *metrics.Registry
	Log     *slog.Logger
	Access  *AccessWriter // nil: no access log
}

// A Snapshot is a configuration ready to serve requests. It never changes; what
// does change (connections, health, counters) hangs off it and is shared with
// the snapshots before and after.
type Snapshot struct {
	deps    Deps
	router  *router
	routes  []*route
	pools   []*pool
	trusted []netip.Prefix
	unnamed *metrics.Route // requests that no route takes

	zones     []zoneInUse
	lastID    uint64         // of a cached route, ever
	purgeFrom []netip.Prefix // whose PURGE is obeyed; none: it is a method like others
}

// A zoneInUse is a zone of the cache, as the configuration wants it.
type zoneInUse struct {
	*cache.Zone
	spec    cache.ZoneSpec
	metrics *metrics.Zone
}

// Build makes a snapshot of cfg that takes over from prev, which may be nil,
// whatever both name. It starts nothing, opens no socket and changes nothing in
// use, so that a snapshot may be thrown away. Its error is config.Problems:
// everything that is wrong, in the order of the file.
func Build(cfg *config.Config, prev *Snapshot, deps Deps) (*Snapshot, error) {
	s := &Snapshot{deps: deps, trusted: cfg.TrustedProxies, unnamed: deps.Metrics.Route("-"), purgeFrom: cfg.Cache.PurgeFrom}
	s.buildZones(cfg, prev)
	if prev != nil {
		s.lastID = prev.lastID
	}
	var problems config.Problems
	for i := range cfg.Pools {
		spec := &cfg.Pools[i]
		p, bad := buildPool(cfg, spec, prev.pool(spec.Name), deps.Metrics)
		if bad != nil {
			problems = append(problems, bad...)
			continue
		}
		s.pools = append(s.pools, p)
	}
	for i := range cfg.Routes {
		rt, err := s.buildRoute(&cfg.Routes[i], prev)
		if err != nil {
			problems = append(problems, cfg.Problem(err.Error(), "routes", i))
			continue
		}
		s.routes = append(s.routes, rt)
	}
	if len(problems) > 0 {
		return nil, problems.Sorted()
	}
	s.router = newRouter(s.routes)
	return s, nil
}

// pool finds a pool by name; s may be nil.
func (s *Snapshot) pool(name string) *pool {
	if s == nil {
		return nil
	}
	for _, p := range s.pools {
		if p.spec.Name == name {
			return p
		}
	}
	return nil
}

func (s *Snapshot) buildRoute(spec *config.Route, prev *Snapshot) (*route, error) {
	m, err := newMatch(&spec.Match)
	if err != nil {
		return nil, err
	}
	rt := &route{
		name: spec.Name, spec: spec, match: m,
		metrics:    s.deps.Metrics.Route(spec.Name),
		respond:    spec.Respond,
		allowOdd:   oddities(spec.AllowInPath),
		upgrades:   spec.Upgrade,
		rewrite:    newRewrite(&spec.Rewrite, m.pattern),
		requestOps: newFieldOps(&spec.RequestFields, m.pattern), responseOps: newFieldOps(&spec.ResponseFields, m.pattern),
		forwarded: spec.Forwarded,
	}
	switch {
	case spec.Redirect != nil:
		rt.redirect = newRedirect(spec.Redirect, m.pattern)
	case spec.RedirectHTTPS:
		rt.redirect = redirectHTTPS()
	case spec.Pool != "":
		// A pool that is not there has been reported already.
		if rt.pool = s.pool(spec.Pool); rt.pool != nil {
			rt.timeouts = rt.pool.timeouts
			rt.tunnelIdle = rt.pool.spec.TunnelIdle
		}
		overrideTimeouts(&rt.timeouts, spec)
		if spec.Cache != nil && rt.pool != nil {
			rt.cache = s.newRouteCache(spec, rt.pool.spec, prev)
			rt.cache.policy.Own = rt.requestOps.personal()
		}
	}
	return rt, nil
}

func overrideTimeouts(t *upstream.Timeouts, spec *config.Route) {
	if spec.FirstByte != nil {
		t.FirstByte = *spec.FirstByte
	}
	if spec.BetweenBytes != nil {
		t.BetweenBytes = *spec.BetweenBytes
	}
}

func oddities(a config.AllowInPath) (out message.PathOddity) {
	for bit, allowed := range map[message.PathOddity]bool{
		message.EncodedSlash: a.EncodedSlash, message.EncodedBackslash: a.EncodedBackslash,
		message.EncodedNUL: a.EncodedNUL, message.AboveRoot: a.AboveRoot,
	} {
		if allowed {
			out |= bit
		}
	}
	return out
}
