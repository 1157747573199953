package config

import (
	"fmt"
	"slices"
	"strings"
)

// finishCache adds the default zone where a route needs it and checks the zones
// against each other and the routes against them.
func (d *decoder) finishCache(c *Config) {
	caches := func(r Route) bool { return r.Cache != nil }
	if !d.has("cache") && slices.ContainsFunc(c.Routes, caches) {
		c.Cache.Zones = []Zone{defaultZone(defaultZoneName)}
	}
	for i := range c.Cache.Zones {
		d.checkZone(&c.Cache.Zones[i])
	}
	for i := range c.Routes {
		if caches(c.Routes[i]) {
			path := fmt.Sprintf("routes[%d]", i)
			d.checkRouteCache(c, c.Routes[i].Cache, path+".cache")
			d.checkCachedRoute(&c.Routes[i], path)
		}
	}
	d.checkMemoryLimit(c)
}

// zonePath is where the file describes a zone.
func zonePath(name string) string {
	if name == defaultZoneName {
		return "cache"
	}
	return join("cache.zones", name)
}

func (d *decoder) checkZone(z *Zone) {
	if z.MaxObject > z.Memory/maxObjectShare {
		d.failAt(zonePath(z.Name)+".max_object", "is more than an eighth of the zone's memory, %s", showSize(z.Memory))
	}
}

func (d *decoder) checkRouteCache(c *Config, r *RouteCache, path string) {
	zones := make([]string, len(c.Cache.Zones))
	for i, z := range c.Cache.Zones {
		zones[i] = z.Name
	}
	read := len(c.Cache.Zones) > 1 || !d.has("cache.zones")
	if c.Cache.Zones != nil && read && !slices.Contains(zones, r.Zone) {
		d.failAt(path+".zone", "unknown zone %q%s", r.Zone, didYouMean(r.Zone, zones))
	}
	if r.Heuristic == 0 && d.has(path+".heuristic_max") {
		d.failAt(path+".heuristic_max", "has no effect while heuristic is off")
	}
	for _, name := range []string{"collapse_wait", "uncacheable_for"} {
		if !r.Collapse && d.has(path+"."+name) {
			d.failAt(path+"."+name, "has no effect with collapse: false, where no request waits for another")
		}
	}
	d.checkTwice(lowered(r.Targeted), path+".targeted_headers")
	d.checkCacheKey(&r.Key, path+".key")
}

func lowered(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strings.ToLower(name)
	}
	return out
}

func (d *decoder) checkCacheKey(k *CacheKey, path string) {
	if d.has(path+".query.allow") && d.has(path+".query.ignore") {
		d.failAt(path+".query.ignore", "has no effect beside allow, which leaves out every parameter it does not name")
	}
	d.checkTwice(k.AllowQuery, path+".query.allow")
	d.checkTwice(k.IgnoreQuery, path+".query.ignore")
	d.checkTwice(k.Headers, path+".headers")
	d.checkTwice(k.Cookies, path+".cookies")
}

// checkMemoryLimit compares the limit with the zones in use: below them the
// process would do little but collect garbage.
func (d *decoder) checkMemoryLimit(c *Config) {
	used := int64(0)
	for _, z := range c.Cache.Zones {
		if usesZone(c.Routes, z.Name) {
			used += z.Memory
		}
	}
	if limit := c.Cache.MemoryLimit; limit > 0 && limit < used {
		d.failAt("cache.memory_limit", "is less than the %s that the zones in use may hold", showSize(used))
	}
}

func usesZone(routes []Route, name string) bool {
	return slices.ContainsFunc(routes, func(r Route) bool { return r.Cache != nil && r.Cache.Zone == name })
}
