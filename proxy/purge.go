package proxy

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/upstream"
)

// Purge makes zones forget what r names, or mark it stale. It returns at once:
// what is meant by it is found out as it is met. Its errors wrap one of the
// ErrPurge… values.
func (p *Proxy) Purge(r PurgeRequest) (PurgeResult, error) {
	s := p.current.Load()
	if s == nil {
		return PurgeResult{}, ErrPurgeZone
	}
	kind, err := r.check()
	if err != nil {
		return PurgeResult{}, err
	}
	out := PurgeResult{Kind: kind}
	now := upstream.Now()
	for i := range s.zones {
		z := &s.zones[i]
		if r.Zone != "" && r.Zone != z.spec.Name {
			continue
		}
		if err := s.purgeZone(z, &r, kind, now); err != nil {
			return PurgeResult{}, err
		}
		z.metrics.Purged(kind)
		out.Zones = append(out.Zones, z.spec.Name)
	}
	if len(out.Zones) == 0 {
		return PurgeResult{}, ErrPurgeZone
	}
	return out, nil
}

func (s *Snapshot) purgeZone(z *zoneInUse, r *PurgeRequest, kind string, now int64) error {
	switch kind {
	case PurgeURL:
		scheme, authority, target, err := splitURL(r.URL)
		if err != nil {
			return err
		}
		s.purgeURL(z.Zone, scheme, authority, target, nil, r.Hard, now)
		return nil
	case PurgeGroup:
		scheme, authority, _ := strings.Cut(strings.ToLower(r.Origin), "://")
		for _, a := range spellings(scheme, []byte(authority)) {
			if err := purgeBy(z, cache.Purge{Group: r.Group, Origin: scheme + "://" + string(a), Hard: r.Hard}, now); err != nil {
				return err
			}
		}
		return nil
	case PurgeTag:
		return purgeBy(z, cache.Purge{Tag: r.Tag, Hard: r.Hard}, now)
	case PurgeBan:
		return purgeBy(z, cache.Purge{Ban: &cache.Ban{Authority: strings.ToLower(r.Host), Prefix: r.Prefix, Pattern: r.Pattern}, Hard: r.Hard}, now)
	}
	return purgeBy(z, cache.Purge{All: true, Hard: r.Hard}, now)
}

// purgeBy purges a zone by what somebody has named, which may be more than it takes.
func purgeBy(z *zoneInUse, p cache.Purge, now int64) error {
	if err := z.Purge(p, now); err != nil {
		return fmt.Errorf("%w: %w", ErrPurgeSyntax, err)
	}
	return nil
}

// purgeURL purges what any route has stored for a URL in a zone. path is the path
// in it that routes match; nil: not known.
func (s *Snapshot) purgeURL(z *cache.Zone, scheme string, authority, target, path []byte, hard bool, now int64) {
	var key []byte
	var took captures
	names := spellings(scheme, authority)
	for _, rt := range s.routes {
		rc := rt.cache
		if rc == nil || rc.zone != z || !takesHost(rt.spec.Match.Hosts, authority) || path != nil && !rt.match.takesPath(path, &took) {
			continue
		}
		for _, authority := range names {
			key = rc.key.Append(key[:0], &cache.KeyInput{Scheme: scheme, Authority: authority, Target: target})
			p := cache.Purge{Key: key, Hard: hard}
			if !rc.urlOnly {
				p = cache.Purge{Tag: urlTag(key), Hard: hard}
			}
			_ = z.Purge(p, now)
		}
	}
}

// takesHost tells whether a route with these hosts may take requests for an
// authority.
func takesHost(hosts []string, authority []byte) bool {
	name := string(bytes.ToLower(authority))
	if i := strings.LastIndexByte(name, ':'); i >= 0 && !strings.HasSuffix(name, "]") {
		name = name[:i]
	}
	name = strings.TrimSuffix(name, ".")
	return len(hosts) == 0 || slices.ContainsFunc(hosts, func(host string) bool {
		under, wild := strings.CutPrefix(host, "*")
		return wild && strings.HasSuffix(name, under) || host == name
	})
}

// urlTag is the tag of entries whose key has more in it than their URL: it is made
// of that part of the key. No response can claim it: tags of responses have no
// control bytes.
func urlTag(key []byte) string {
	route, scheme, authority, target, _ := cache.KeyURL(key)
	h := sha256.New()
	for _, part := range [...][]byte{route, scheme, authority, target} {
		fmt.Fprintf(h, "%d ", len(part))
		h.Write(part)
	}
	return "\x00" + string(h.Sum(nil))
}

// splitURL takes an absolute URL apart into what a key is made of.
func splitURL(raw string) (scheme string, authority, target []byte, err error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", nil, nil, ErrPurgeURL
	}
	// The path is taken as it was written: escapes mean what they say in a key.
	rest := raw[strings.Index(raw, "://")+3:]
	at := strings.IndexAny(rest, "/?")
	if at < 0 {
		return u.Scheme, []byte(rest), []byte("/"), nil
	}
	target = []byte(rest[at:])
	if target[0] == '?' {
		target = append([]byte{'/'}, target...)
	}
	return u.Scheme, []byte(rest[:at]), target, nil
}

// methodPurge asks to purge the URL it is sent to, where that is allowed at all.
const methodPurge = "PURGE"

// purges tells whether the request is a purge.
func (x *exchange) purges() bool {
	return x.req.Method == methodPurge && len(x.snap.purgeFrom) > 0
}

// purge answers a PURGE: of every variant of its URL, soft unless the request says
// "Purge: hard".
func (x *exchange) purge() error {
	client := x.outbound.Client
	if !slices.ContainsFunc(x.snap.purgeFrom, func(p netip.Prefix) bool { return p.Contains(client) }) {
		return errMayNotPurge
	}
	hard := false
	for i := range x.req.Fields {
		f := &x.req.Fields[i]
		hard = hard || bytes.EqualFold(f.Name, namePurge) && bytes.EqualFold(f.Value, valueHard)
	}
	scheme, now := x.outbound.Scheme(x.req), x.req.Arrived
	for i := range x.snap.zones {
		z := &x.snap.zones[i]
		x.snap.purgeURL(z.Zone, scheme, x.req.Authority, x.req.Target, x.req.Path, hard, now)
		z.metrics.Purged(PurgeURL)
	}
	x.addField("Content-Type", contentJSON)
	return x.send(http.StatusOK, []byte("{\"purged\":\"url\"}\n"), false)
}

var (
	contentJSON          = []byte("application/json")
	namePurge, valueHard = []byte("Purge"), []byte("hard")
)

// invalidate takes out of use what an unsafe request that succeeded may have
// changed (RFC 9111, section 4.4; RFC 9875, section 2.2).
func (x *exchange) invalidate() {
	x.invalidateIn(x.snap)
	if now := x.proxy.current.Load(); now != x.snap {
		x.invalidateIn(now) // what was stored since the request began
	}
}

func (x *exchange) invalidateIn(s *Snapshot) {
	if len(s.zones) == 0 {
		return
	}
	scheme, now := x.outbound.Scheme(x.req), x.res.At
	targets := cache.Invalidated(scheme, x.req, &x.res)
	groups := cache.GroupInvalidations(x.res.Fields)
	for i := range s.zones {
		z := s.zones[i].Zone
		s.purgeURL(z, scheme, x.req.Authority, x.req.Target, x.req.Path, true, now)
		for _, target := range targets {
			s.purgeURL(z, scheme, x.req.Authority, target, nil, true, now)
		}
		for _, g := range groups {
			for _, authority := range spellings(scheme, x.req.Authority) {
				origin := scheme + "://" + string(bytes.ToLower(authority))
				_ = z.Purge(cache.Purge{Group: g, Origin: origin, Hard: true}, now)
			}
		}
	}
}

// spellings are the ways to write an authority: a port that is the scheme's own
// may be left out (RFC 9110, section 4.2.3). Backends are told as clients wrote it,
// so responses are stored apart, but purged together.
func spellings(scheme string, authority []byte) [][]byte {
	port := []byte(":80")
	if scheme == "https" {
		port = []byte(":443")
	}
	if short, ok := bytes.CutSuffix(authority, port); ok {
		return [][]byte{authority, short}
	}
	if _, _, err := net.SplitHostPort(string(authority)); err == nil {
		return [][]byte{authority}
	}
	return [][]byte{authority, append(bytes.Clone(authority), port...)}
}
