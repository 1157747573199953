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
			path := fmt.Sprintf("routes[%d]", i)
			routeCacheWarnings(r, path, warn)
			cacheNameWarnings(c, r, path+".cache", warn)
			cachedFieldWarnings(r, path+".headers", warn)
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
	for _, c := range r.RequestFields.changes(path + ".headers.request") {
		for _, own := range []string{"{client_ip}", "{request_id}"} {
			if c.op != opRemove && strings.Contains(c.value, own) {
				warn(c.path, "%s differs from client to client, and the route is cached: unless the response varies by the field, every client gets what the backend made of the first one's", own)
			}
		}
	}
}

// cacheNameWarnings looks at the names of fields in a route's cache.
func cacheNameWarnings(c *Config, r *Route, path string, warn func(path, format string, args ...any)) {
	for i, name := range r.Cache.Targeted {
		if !strings.HasSuffix(strings.ToLower(name), "-control") {
			warn(fmt.Sprintf("%s.targeted_headers[%d]", path, i), "is an unusual name for directives to caches: by convention it ends in -Cache-Control (RFC 9213)")
		}
	}
	for i, name := range r.Cache.Key.Headers {
		at := fmt.Sprintf("%s.key.headers[%d]", path, i)
		switch {
		case r.RequestFields.replaces(name):
			warn(at, "the route itself sets or removes the field: what clients say in it never gets to a backend, and tells only entries apart")
		case strings.HasPrefix(dashed(name), "x-forwarded-") && len(c.TrustedProxies) == 0:
			warn(at, "weir takes the field from trusted_proxies only, and there are none: what clients say in it never gets to a backend, and tells only entries apart")
		}
	}
}
