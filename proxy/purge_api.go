package proxy

import (
	"errors"
	"net/url"
	"strings"

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

// Zones returns the state of all zones, in the order of the configuration.
func (s *Snapshot) Zones() []ZoneState {
	var out []ZoneState
	for i := range s.zones {
		out = append(out, ZoneState{Name: s.zones[i].spec.Name, Figures: s.zones[i].gauges()})
	}
	return out
}

// The longest things a purge may name.
const (
	maxPurgeURL  = 8 << 10
	maxPurgeName = 256
)

// check returns the kind of the purge.
func (r *PurgeRequest) check() (kind string, err error) {
	named := 0
	for _, k := range []struct {
		given bool
		kind  string
	}{
		{r.URL != "", PurgeURL}, {r.Tag != "", PurgeTag}, {r.Group != "" || r.Origin != "", PurgeGroup},
		{r.Prefix != "", PurgeBan}, {r.Pattern != "", PurgeBan}, {r.All, PurgeAll},
	} {
		if k.given {
			kind = k.kind
			named++
		}
	}
	switch {
	case named == 0 && r.Host != "":
		return PurgeBan, r.checkSize() // everything of a host
	case named == 0:
		return "", ErrPurgeNothing
	case named > 1:
		return "", ErrPurgeAmbiguous
	case r.Host != "" && kind != PurgeBan:
		return "", ErrPurgeAmbiguous
	case kind == PurgeGroup && r.Group == "":
		return "", ErrPurgeNothing
	case kind == PurgeGroup && !isOrigin(r.Origin):
		return "", ErrPurgeOrigin
	case kind == PurgeTag && !isTag(r.Tag), kind == PurgeBan && r.Pattern == "" && r.Prefix[0] != '/':
		return "", ErrPurgeSyntax
	}
	return kind, r.checkSize()
}

func (r *PurgeRequest) checkSize() error {
	if len(r.URL) > maxPurgeURL || len(r.Prefix) > maxPurgeURL || len(r.Pattern) > maxPurgeURL ||
		len(r.Tag) > maxPurgeName || len(r.Group) > maxPurgeName || len(r.Origin) > maxPurgeName || len(r.Host) > maxPurgeName {
		return ErrPurgeSize
	}
	return nil
}

// isOrigin tells whether s is a scheme and an authority (RFC 6454, section 6.2).
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil &&
		len(s) == len(u.Scheme)+len("://")+len(u.Host)
}

// isTag tells whether a response could name s: it has no control in it, and no
// space at its ends.
func isTag(s string) bool {
	return s == strings.TrimSpace(s) && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}
