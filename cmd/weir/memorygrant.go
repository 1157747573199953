package main

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sort"

	"github.com/weirproxy/weir/config"
)

const (
	// minGrant is the least that a zone is given, however small the control group.
	minGrant = 1 << 20

	// maxObjectShare is how many of its largest objects a zone has to hold.
	maxObjectShare = 8

	// wholeZone is how many parts a zone is cut in: those of the largest are 1 KiB.
	wholeZone = 1 << 30
)

// grant returns cfg with the zones in use cut, all by the same proportion, to what
// the control group leaves for them; cfg itself, which is not modified, when they
// fit. The plan's limit stays the one for what was asked for.
func (p *memoryPlan) grant(cfg *config.Config) *config.Config {
	room := p.room()
	if p.zones == 0 || p.zones <= room {
		return cfg
	}
	parts := sort.Search(wholeZone, func(n int) bool {
		_, needs := measure(cfg, cutZones(cfg, n+1))
		return needs > room
	})
	granted := *cfg
	granted.Cache.Zones = cutZones(cfg, parts)
	p.memory, _ = measure(cfg, granted.Cache.Zones)
	return &granted
}

// room is what the zones in use may need. It is negative where the process alone
// has too little.
func (p *memoryPlan) room() int64 {
	if p.group == math.MaxInt64 {
		return p.group
	}
	return p.share() - memoryBase
}

// cutZones returns cfg's zones, of those in use so many parts of each.
func cutZones(cfg *config.Config, parts int) []config.Zone {
	zones := slices.Clone(cfg.Cache.Zones)
	for i := range zones {
		if usesZone(cfg, zones[i].Name) {
			zones[i] = cutZone(zones[i], parts)
		}
	}
	return zones
}

// cutZone keeps the size of objects that the operator has chosen as long as the
// zone may have them; the one that weir chooses follows the zone's.
func cutZone(z config.Zone, parts int) config.Zone {
	memory := int64(float64(z.Memory) * float64(parts) / wholeZone)
	z.Memory = min(z.Memory, max(memory, minGrant))
	z.MaxObject = min(z.MaxObject, z.Memory/maxObjectShare)
	return z
}

// warnOfGrant logs that zones are smaller than configured, if they are.
func (p *memoryPlan) warnOfGrant(log *slog.Logger) {
	if p.memory == p.wanted {
		return
	}
	log.Warn("the zones of the cache are smaller than configured, to fit into the control group",
		"configured", p.wanted, "granted", p.memory, "limit", p.group,
		"set", fmt.Sprintf("a limit of at least %dMiB for the control group, or smaller zones", p.groupFor()>>20))
}

// groupFor is the limit of a control group, in whole MiB, that has room for the
// zones as configured.
func (p *memoryPlan) groupFor() int64 {
	return roundUp(((p.zones+memoryBase)/controlGroupShare+1)*100, 1<<20)
}
