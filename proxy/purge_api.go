package proxy

import (
	"errors"

	"github.com/weirproxy/weir/metrics"
)

// A PurgeRequest says what zones are to forget. Exactly one of URL, Tag, Group
// with Origin, Prefix, Pattern and All is given.
type PurgeRequest struct {
	Zone string // empty: all zones

	URL    string // absolute, without fragment: all variants, on every route that caches under it
	Tag    string // as responses name it in Surrogate-Key, Cache-Tag or Cache-Groups
	Group  string // a cache group of Origin (RFC 9875)
	Origin string // "https://host" or "https://host:port"

	Prefix  string // of path and query
	Pattern string // of path and query; * stands for any run of characters
	Host    string // narrows Prefix or Pattern; "*.example.com": every name below it; empty: any

	All  bool
	Hard bool // forget at once; else mark stale: serve within grace, and validate
}

// A PurgeResult says what was purged.
type PurgeResult struct {
	Zones []string // names, in the order of the configuration
	Kind  string   // PurgeURL, …
}

// The kinds of a purge: a ban is one by prefix or pattern.
const (
	PurgeURL   = "url"
	PurgeTag   = "tag"
	PurgeGroup = "group"
	PurgeBan   = "ban"
	PurgeAll   = "all"
)

// Why a purge is refused. Errors wrap one of these; the caller is at fault.
var (
	ErrPurgeZone      = errors.New("unknown zone")
	ErrPurgeNothing   = errors.New("nothing to purge is named")
	ErrPurgeAmbiguous = errors.New("several things to purge are named at once")
	ErrPurgeURL       = errors.New("not an absolute http or https URL")
	ErrPurgeOrigin    = errors.New("not an origin: scheme and host, nothing else")
	ErrPurgeSize      = errors.New("too long")
	ErrPurgeSyntax    = errors.New("not a host, prefix, pattern or tag")
)

// A ZoneState is how one zone of the cache is doing, for operators.
type ZoneState struct {
	Name    string
	Figures metrics.ZoneGauges
}

// Purge makes zones of the configuration in force forget what r names.
func (p *Proxy) Purge(r PurgeRequest) (PurgeResult, error) { return PurgeResult{}, ErrPurgeZone }

// Zones returns the state of all zones, in the order of the configuration.
func (s *Snapshot) Zones() []ZoneState { return nil }
