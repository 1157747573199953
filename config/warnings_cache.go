package config

import (
	"fmt"
	"strings"
)

// cacheWarnings calls warn with what is worth a second look about the cache.
func (d *decoder) cacheWarnings(c *Config, warn func(path, format string, args ...any)) {
	for _, z := range c.Cache.Zones {
		if !usesZone(c.Routes, z.Name) && d.asksFor(z.Name) {
			warn(zonePath(z.Name), "no route uses the zone %q: a route caches by the key cache of its own", z.Name)
		}
	}
	for i, p := range c.Cache.PurgeFrom {
		if p.Bits() == 0 {
			warn(fmt.Sprintf("cache.purge_from[%d]", i), "%s lets every client purge", p)
		}
	}
	for i := range c.Routes {
		if r := &c.Routes[i]; r.Cache != nil {
			routeCacheWarnings(r, fmt.Sprintf("routes[%d]", i), warn)
		}
	}
}

// asksFor tells whether the file asks for a zone: the default one may be there
// only because other keys of the cache are.
func (d *decoder) asksFor(zone string) bool {
	if zone != defaultZoneName || d.has("cache.memory") || d.has("cache.max_object") {
		return true
	}
	return !d.has("cache.zones") && !d.has("cache.memory_limit")
}

func routeCacheWarnings(r *Route, path string, warn func(path, format string, args ...any)) {
	if r.Cache.StoreSetCookie {
		warn(path+".cache.store_set_cookie", "every client gets the cookies that were set for the first")
	}
	check := func(fields []NameValue, path string) {
		for _, n := range fields {
			for _, own := range []string{"{client_ip}", "{request_id}"} {
				if strings.Contains(n.Value, own) {
					warn(join(path, n.Name), "%s differs from client to client, and the route is cached: every client gets what the backend made of the first one's", own)
				}
			}
		}
	}
	check(r.RequestFields.Set, path+".headers.request.set")
	check(r.RequestFields.Add, path+".headers.request.add")
}
