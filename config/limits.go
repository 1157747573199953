package config

import "time"

// Limits on what a file may hold. None is configurable: a file beyond them is a
// mistake or an attack, and is refused with the limit's value.
const (
	maxFileBytes     = 1 << 20  // of the configuration file
	maxSecretBytes   = 64 << 10 // of a file named by ${file:...}
	maxExpandedBytes = 4 << 20  // that ${...} inserts, in all
	maxTextBytes     = 64 << 10 // of one scalar after expansion
	maxProblems      = 1000

	maxListeners      = 64
	maxTrustedProxies = 1000
	maxPools          = 1000
	maxBackends       = 1000 // per pool
	maxStatusRanges   = 32
	maxRoutes         = 10_000

	maxHosts      = 100 // per route
	maxMethods    = 20
	maxConditions = 20  // on fields, and as many on query parameters
	maxFieldOps   = 100 // per list
	maxUpgrades   = 8

	maxPatternNames = 8

	maxZones         = 64
	maxPurgeFrom     = 1000
	maxTargeted      = 10
	maxNegative      = 32
	maxKeyParameters = 100 // per list
	maxKeyFields     = 20  // request fields, and as many cookies

	maxNameBytes       = 64
	maxMadeNameBytes   = 100
	maxFilePathBytes   = 4096
	maxUnixPathBytes   = 107 // sun_path holds 108 with its NUL
	maxHostBytes       = 253
	maxLabelBytes      = 63
	maxPathBytes       = 1024
	maxRegexpBytes     = 1024
	maxFieldNameBytes  = 128
	maxFieldValueBytes = 8 << 10
	maxLocationBytes   = 2048
	maxBodyText        = 64 << 10 // of a fixed response

	minTimeout = time.Millisecond
	maxTimeout = 24 * time.Hour
	maxTunnel  = 7 * 24 * time.Hour

	maxCollapseWait = 5 * time.Minute
	minLifetime     = time.Second
	maxLifetime     = 365 * 24 * time.Hour

	minZoneMemory  = 1 << 20
	maxZoneMemory  = 1 << 40
	minMaxObject   = 1 << 10
	maxObjectShare = 8 // a zone holds at least so many of its largest objects
	minMemoryLimit = 64 << 20
	maxMemoryLimit = 1 << 44
)
