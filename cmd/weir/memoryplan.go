package main

import (
	"io/fs"
	"math"

	"github.com/weirproxy/weir/config"
)

const (
	// controlGroupShare is the part of the control group's memory that the Go
	// runtime may fill, in percent. The rest is for socket buffers, page cache and
	// what the collector needs to keep up.
	controlGroupShare = 90

	// memoryBase is what the process may have besides the zones of its cache, and
	// memoryStep the steps in which it may have more where it needs more.
	memoryBase = 128 << 20
	memoryStep = 64 << 20
)

// What may decide about the memory limit, as the log has it.
const (
	fromEnvironment   = "GOMEMLIMIT"
	fromConfiguration = "cache.memory_limit"
	fromControlGroup  = "control group"
	fromZones         = "zones of the cache"
	fromNothing       = "" // Go's default: none
)

// A memoryPlan is what the soft limit of the process's memory follows from.
type memoryPlan struct {
	environment bool  // the operator has told the runtime
	configured  int64 // 0: not
	group       int64 // the control group's limit; math.MaxInt64: none, or it does not matter
	zones       int64 // that the zones in use may need as configured; 0: none
	wanted      int64 // of that, what they may store
	memory      int64 // what they may store as granted
}

// planMemory reads the control group below the file system root, unless the
// environment's GOMEMLIMIT or the configuration have decided.
func planMemory(root fs.FS, environment string, cfg *config.Config) memoryPlan {
	p := memoryPlan{environment: environment != "", configured: cfg.Cache.MemoryLimit, group: math.MaxInt64}
	p.memory, p.zones = measure(cfg, cfg.Cache.Zones)
	p.wanted = p.memory
	if !p.environment && p.configured == 0 {
		p.group = controlGroupLimit(root)
	}
	return p
}

// measure is what those of zones that cfg's routes use may store, and need for it.
func measure(cfg *config.Config, zones []config.Zone) (memory, needs int64) {
	for i := range zones {
		if z := &zones[i]; usesZone(cfg, z.Name) {
			memory += z.Memory
			needs += zoneNeeds(z)
		}
	}
	return memory, needs
}

// share is the part of the control group's limit that the process keeps to.
func (p *memoryPlan) share() int64 {
	if p.group == math.MaxInt64 {
		return p.group
	}
	return p.group / 100 * controlGroupShare
}

// zoneNeeds is a zone's memory and a fifth: it may exceed its budget by a
// sixteenth for moments, and what arrives or is still being sent may be an eighth
// more, or two of the largest objects where these are larger.
func zoneNeeds(z *config.Zone) int64 {
	return z.Memory + z.Memory/5 + max(0, 2*z.MaxObject-z.Memory/8)
}

func usesZone(cfg *config.Config, name string) bool {
	for i := range cfg.Routes {
		if c := cfg.Routes[i].Cache; c != nil && c.Zone == name {
			return true
		}
	}
	return false
}

// limit is the soft limit in bytes and what it comes from, while others bytes
// are in use for other things than the cache. Where zones alone set the limit it
// gives way to these, at half as much again: a collector that is short of memory
// takes up half of the processor. 0 bytes: the runtime's own reading of the
// environment stands.
func (p *memoryPlan) limit(others int64) (bytes int64, from string) {
	byZones := int64(math.MaxInt64)
	if p.zones > 0 {
		byZones = p.zones + max(memoryBase, roundUp(others+others/2, memoryStep))
	}
	switch {
	case p.environment:
		return 0, fromEnvironment
	case p.configured > 0:
		return p.configured, fromConfiguration
	case p.share() < byZones:
		return p.share(), fromControlGroup
	case p.zones > 0:
		return byZones, fromZones
	default:
		return math.MaxInt64, fromNothing
	}
}

func roundUp(n, step int64) int64 { return (n + step - 1) / step * step }
