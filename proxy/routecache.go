package proxy

import (
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/config"
)

// A routeCache is a config.RouteCache made ready.
type routeCache struct {
	identity routeIdentity
	id       uint64 // part of every key

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

// A routeIdentity is all of a route that has a say in which response is stored
// for a request. Routes of two configurations that differ in it never see what
// the other has stored: not even when the first comes back, for in between
// nobody could purge it.
type routeIdentity struct {
	match     config.Match
	pool      string
	host      string // of the pool
	rewrite   config.Rewrite
	fields    config.FieldOps
	forwarded bool
	zone      string
	key       config.CacheKey
	setCookie bool
	targeted  []string
}

func identityOf(route *config.Route, pool *config.Pool) routeIdentity {
	return routeIdentity{
		match: route.Match, pool: route.Pool, host: pool.Host, rewrite: route.Rewrite, fields: route.RequestFields,
		forwarded: route.Forwarded, zone: route.Cache.Zone, key: route.Cache.Key,
		setCookie: route.Cache.StoreSetCookie, targeted: route.Cache.Targeted,
	}
}

// cacheID returns the id of a cached route: the one it has in prev, or one that no
// route had before. Of several routes that are the same, each has its own.
func (s *Snapshot) cacheID(identity *routeIdentity, prev *Snapshot) uint64 {
	if prev != nil {
		for _, rt := range prev.routes {
			if rt.cache != nil && !s.usesID(rt.cache.id) && reflect.DeepEqual(&rt.cache.identity, identity) {
				return rt.cache.id
			}
		}
	}
	s.lastID++
	return s.lastID
}

func (s *Snapshot) usesID(id uint64) bool {
	return slices.ContainsFunc(s.routes, func(rt *route) bool { return rt.cache != nil && rt.cache.id == id })
}

func (s *Snapshot) newRouteCache(route *config.Route, pool *config.Pool, prev *Snapshot) *routeCache {
	spec, identity := route.Cache, identityOf(route, pool)
	id := s.cacheID(&identity, prev)
	rc := &routeCache{
		identity: identity, id: id,
		zone: s.zone(spec.Zone),
		policy: cache.Policy{
			Targeted:  spec.Targeted,
			Heuristic: spec.Heuristic, HeuristicMax: spec.HeuristicMax,
			StaleWhileRevalidate: spec.StaleWhileRevalidate, StaleIfError: spec.StaleIfError,
			StoreSetCookie: spec.StoreSetCookie, IgnoreClient: !spec.ClientRevalidation,
		},
		key: cache.KeySpec{
			Route: strconv.FormatUint(id, 36), Sort: spec.Key.SortQuery, Allow: spec.Key.AllowQuery, Ignore: spec.Key.IgnoreQuery,
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
