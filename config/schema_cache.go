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
