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
	exact    map[string][]*route
	wildcard map[string][]*route // by what follows the asterisk, such as ".example.com"
	any      []*route
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
	t := tier{exact: make(map[string][]*route), wildcard: make(map[string][]*route)}
	for _, rt := range routes {
		for _, h := range rt.spec.Match.Hosts {
			if suffix, wild := strings.CutPrefix(h, "*"); wild {
				t.wildcard[suffix] = append(t.wildcard[suffix], rt)
			} else {
				t.exact[h] = append(t.exact[h], rt)
			}
		}
		if len(rt.spec.Match.Hosts) == 0 {
			t.any = append(t.any, rt)
		}
	}
	return t
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
		if len(t.exact) > 0 {
			if f.among(t.exact[string(req.Hostname)], req) {
				return
			}
		}
		if len(t.wildcard) > 0 {
			for rest := req.Hostname; ; {
				dot := bytes.IndexByte(rest, '.')
				if dot < 0 {
					break
				}
				// The wildcard stands for one label or more, never for none.
				if dot > 0 && f.among(t.wildcard[string(rest[dot:])], req) {
					return
				}
				rest = rest[dot+1:]
			}
		}
		if f.among(t.any, req) {
			return
		}
	}
}

// among looks through routes in order.
func (f *finding) among(routes []*route, req *message.Request) bool {
	for _, rt := range routes {
		if !rt.match.takesPath(req.Path, &f.captures) || !rt.match.takesValues(req) {
			continue
		}
		if !rt.match.takesMethod(req.Method) {
			f.allow = append(f.allow, rt.match.allow)
			continue
		}
		f.route = rt
		return true
	}
	return false
}
