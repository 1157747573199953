package config

import "errors"

// cacheKind reads what describes the zone named default beside the named ones.
func cacheKind(c *Cache) kind {
	first := defaultZone(defaultZoneName)
	var others []Zone
	k := group(
		key{"memory", zoneMemory(&first), false},
		key{"max_object", zoneMaxObject(&first), false},
		key{"zones", table("a mapping from names to zones", &others, maxZones, checkZoneName, defaultZone, zoneKind), false},
		key{"memory_limit", either(size(&c.MemoryLimit, minMemoryLimit, maxMemoryLimit), "auto", &c.MemoryLimit, 0), false},
		key{"purge_from", rangesKind(&c.PurgeFrom, maxPurgeFrom), false},
	)
	read := k.mapping
	k.mapping = func(d *decoder, v value) {
		read(d, v)
		c.Zones = append([]Zone{first}, others...)
	}
	return k
}

func zoneKind(z *Zone) kind {
	memory := zoneMemory(z)
	return short(group(
		key{"memory", memory, false},
		key{"max_object", zoneMaxObject(z), false},
	), memory)
}

func zoneMemory(z *Zone) kind { return size(&z.Memory, minZoneMemory, maxZoneMemory) }

func zoneMaxObject(z *Zone) kind {
	return either(size(&z.MaxObject, minMaxObject, maxZoneMemory/maxObjectShare), "auto", &z.MaxObject, 0)
}

// checkZoneName accepts the names of zones other than the one that is always there.
func checkZoneName(name string) error {
	if name == defaultZoneName {
		return errors.New("is there anyway: cache.memory and cache.max_object describe it")
	}
	return checkName(name)
}

func routeCacheKind(c *RouteCache) kind {
	return group(
		key{"zone", text("the name of a zone", &c.Zone, checkName), false},
		key{"targeted_headers", targetedKind(&c.Targeted), false},
		key{"heuristic", either(share(&c.Heuristic), "off", &c.Heuristic, 0), false},
		key{"heuristic_max", duration(&c.HeuristicMax, minLifetime, maxLifetime), false},
		key{"stale_while_revalidate", duration(&c.StaleWhileRevalidate, 0, maxLifetime), false},
		key{"stale_if_error", duration(&c.StaleIfError, 0, maxLifetime), false},
		key{"negative", negativeKind(&c.Negative), false},
		key{"store_set_cookie", flag(&c.StoreSetCookie), false},
		key{"client_revalidation", flag(&c.ClientRevalidation), false},
		key{"collapse", flag(&c.Collapse), false},
		key{"collapse_wait", duration(&c.CollapseWait, minTimeout, maxCollapseWait), false},
		key{"uncacheable_for", duration(&c.UncacheableFor, 0, maxTimeout), false},
		key{"show_key", flag(&c.ShowKey), false},
		key{"key", cacheKeyKind(&c.Key), false},
	)
}

func cacheKeyKind(k *CacheKey) kind {
	same := func(s string) string { return s }
	parameter := func(p *string) kind { return text("the name of a parameter", p, checkKeyParameter) }
	field := func(p *string) kind { return derived("a field name", p, parseKeyField, same) }
	cookie := func(p *string) kind { return text("the name of a cookie", p, checkCookieName) }
	return group(
		key{"query", group(
			key{"sort", flag(&k.SortQuery), false},
			key{"allow", list("a list of names", &k.AllowQuery, maxKeyParameters, true, none, parameter), false},
			key{"ignore", list("a list of names", &k.IgnoreQuery, maxKeyParameters, true, none, parameter), false},
		), false},
		key{"headers", list("a list of field names", &k.Headers, maxKeyFields, true, none, field), false},
		key{"cookies", list("a list of names", &k.Cookies, maxKeyFields, true, none, cookie), false},
		key{"device", flag(&k.Device), false},
	)
}
