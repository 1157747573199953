package proxy

import (
	"bytes"
	"slices"
	"strings"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/message"
)

// A router finds the route of a request.
type router struct {
	tiers []tier // by priority, highest first; nearly always one
}

// A tier holds the routes of one priority by the host they ask for.
type tier struct {
	exact    map[string]*bucket
	wildcard map[string]*bucket // by what follows the asterisk, such as ".example.com"
	any      *bucket
}

// A bucket holds the routes of one host, so that a path meets few of them.
type bucket struct {
	byPath    map[string][]*route // exact paths, which win over everything else
	bySegment map[string][]*route // prefixes and patterns that begin with a literal segment, by it
	rest      []*route            // the others
}

func newRouter(routes []*route) *router {
	sorted := slices.Clone(routes)
	slices.SortStableFunc(sorted, func(a, b *route) int { return config.Compare(a.spec, b.spec) })
	r := &router{}
	for start := 0; start < len(sorted); {
		end := start + 1
		for end < len(sorted) && sorted[end].spec.Priority == sorted[start].spec.Priority {
			end++
		}
		r.tiers = append(r.tiers, newTier(sorted[start:end]))
		start = end
	}
	return r
}

// newTier spreads sorted routes over the hosts, keeping their order.
func newTier(routes []*route) tier {
	t := tier{exact: make(map[string]*bucket), wildcard: make(map[string]*bucket), any: newBucket()}
	for i, rt := range routes {
		rt.order = i
		for _, h := range rt.spec.Match.Hosts {
			if suffix, wild := strings.CutPrefix(h, "*"); wild {
				addTo(t.wildcard, suffix, rt)
			} else {
				addTo(t.exact, h, rt)
			}
		}
		if len(rt.spec.Match.Hosts) == 0 {
			t.any.add(rt)
		}
	}
	return t
}

func addTo(buckets map[string]*bucket, key string, rt *route) {
	b := buckets[key]
	if b == nil {
		b = newBucket()
		buckets[key] = b
	}
	b.add(rt)
}

func newBucket() *bucket {
	return &bucket{byPath: make(map[string][]*route), bySegment: make(map[string][]*route)}
}

func (b *bucket) add(rt *route) {
	m := &rt.match
	switch {
	case m.path != "":
		b.byPath[m.path] = append(b.byPath[m.path], rt)
	case m.prefix != "":
		s := string(firstSegment([]byte(m.prefix)))
		b.bySegment[s] = append(b.bySegment[s], rt)
	case m.pattern != nil && m.pattern.segments[0].name < 0:
		s := m.pattern.segments[0].literal
		b.bySegment[s] = append(b.bySegment[s], rt)
	default:
		b.rest = append(b.rest, rt)
	}
}

// firstSegment is what stands between the first two slashes of a path.
func firstSegment(path []byte) []byte {
	if len(path) == 0 || path[0] != '/' {
		return nil
	}
	path = path[1:]
	if i := bytes.IndexByte(path, '/'); i >= 0 {
		return path[:i]
	}
	return path
}

// A finding is what looking for a route came to.
type finding struct {
	route    *route
	captures captures
	allow    []string // methods other routes would have taken at this host and path
}

// find looks for the route of req: the highest priority first, in it the exact
// host, then the longest wildcard, then any host, and there the most specific
// route whose conditions hold.
func (r *router) find(req *message.Request, f *finding) {
	for i := range r.tiers {
		t := &r.tiers[i]
		if len(t.exact) > 0 && f.in(t.exact[string(req.Hostname)], req) {
			return
		}
		if len(t.wildcard) > 0 && f.underWildcard(t.wildcard, req) {
			return
		}
		if f.in(t.any, req) {
			return
		}
	}
}

// underWildcard looks under the wildcards that take the host. Each stands for one
// label or more, never for none.
func (f *finding) underWildcard(wildcards map[string]*bucket, req *message.Request) bool {
	for rest := req.Hostname; ; {
		dot := bytes.IndexByte(rest, '.')
		if dot < 0 {
			return false
		}
		if dot > 0 && f.in(wildcards[string(rest[dot:])], req) {
			return true
		}
		rest = rest[dot+1:]
	}
}

// in looks through a bucket, which may be nil, in the order of its routes.
func (f *finding) in(b *bucket, req *message.Request) bool {
	if b == nil {
		return false
	}
	if len(b.byPath) > 0 {
		for _, rt := range b.byPath[string(req.Path)] {
			if f.takes(rt, req) {
				return true
			}
		}
	}
	var some []*route
	if len(b.bySegment) > 0 {
		some = b.bySegment[string(firstSegment(req.Path))]
	}
	others := b.rest
	for len(some)+len(others) > 0 {
		var rt *route
		if len(others) == 0 || len(some) > 0 && some[0].order < others[0].order {
			rt, some = some[0], some[1:]
		} else {
			rt, others = others[0], others[1:]
		}
		if f.takes(rt, req) {
			return true
		}
	}
	return false
}

// takes makes rt the finding if it takes req.
func (f *finding) takes(rt *route, req *message.Request) bool {
	if !rt.match.takesPath(req.Path, &f.captures) || !rt.match.takesValues(req) {
		return false
	}
	if !rt.match.takesMethod(req.Method) {
		f.allow = append(f.allow, rt.match.allow)
		return false
	}
	f.route = rt
	return true
}
