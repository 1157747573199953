package proxy

import (
	"time"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/config"
)

// A routeCache is a config.RouteCache made ready.
type routeCache struct {
	zone    *cache.Zone
	policy  cache.Policy
	key     cache.KeySpec
	urlOnly bool     // the URL alone decides on the key
	unkeyed [][]byte // fields of clients that must not choose an answer others get

	collapse       bool
	wait           time.Duration // for another request's fill
	uncacheableFor time.Duration
	showKey        bool
}

func newRouteCache(route string, spec *config.RouteCache, zone *cache.Zone) *routeCache {
	rc := &routeCache{
		zone: zone,
		policy: cache.Policy{
			Targeted:  spec.Targeted,
			Heuristic: spec.Heuristic, HeuristicMax: spec.HeuristicMax,
			StaleWhileRevalidate: spec.StaleWhileRevalidate, StaleIfError: spec.StaleIfError,
			StoreSetCookie: spec.StoreSetCookie, IgnoreClient: !spec.ClientRevalidation,
		},
		key: cache.KeySpec{
			Route: route, Sort: spec.Key.SortQuery, Allow: spec.Key.AllowQuery, Ignore: spec.Key.IgnoreQuery,
			Fields: spec.Key.Headers, Cookies: spec.Key.Cookies, Device: spec.Key.Device,
		},
		collapse: spec.Collapse, wait: spec.CollapseWait,
		uncacheableFor: spec.UncacheableFor, showKey: spec.ShowKey,
	}
	for _, n := range spec.Negative {
		rc.policy.Negative = append(rc.policy.Negative, cache.Negative(n))
	}
	rc.urlOnly = rc.key.URLOnly()
	rc.unkeyed = rc.key.Unkeyed()
	return rc
}

// buildZones takes over the zones that prev has and makes those it does not.
func (s *Snapshot) buildZones(cfg *config.Config, prev *Snapshot) {
	for i := range cfg.Cache.Zones {
		z := &cfg.Cache.Zones[i]
		spec := cache.ZoneSpec{Name: z.Name, Memory: z.Memory, MaxObject: z.MaxObject}
		zone := prev.zone(z.Name)
		if zone == nil {
			zone = cache.NewZone(spec)
		}
		s.zones = append(s.zones, zoneInUse{zone, spec, s.deps.Metrics.Zone(z.Name)})
	}
}

// zone finds a zone by name; s may be nil.
func (s *Snapshot) zone(name string) *cache.Zone {
	if s == nil {
		return nil
	}
	for i := range s.zones {
		if s.zones[i].spec.Name == name {
			return s.zones[i].Zone
		}
	}
	return nil
}
