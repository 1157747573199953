package config

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// warnings returns what Parse warns of for the given routes, which begin on line 4.
func warned(t *testing.T, routes string) string {
	t.Helper()
	c := mustParse(t, "listen: ':1'\npools: { a: { backends: 'x:1' } }\nroutes:\n"+strings.TrimPrefix(routes, "\n"))
	return Problems(c.Warnings).Error()
}

func TestHiddenRoutesAreReported(t *testing.T) {
	rows := []struct{ name, routes, want string }{
		{"the same match", `
- { match: { host: a.com, prefix: /x }, pool: a }
- { match: { host: a.com, prefix: /x/ }, pool: a }`,
			`f:5:3: routes[1]: can never match: the route on line 4 (a.com/x/*) takes all its requests`},
		{"the same but for names of the pattern", `
- { match: { pattern: "/u/{a}" }, pool: a }
- { match: { pattern: "/u/{b}" }, pool: a }`,
			`f:5:3: routes[1]: can never match: the route on line 4 (/u/{a}) takes all its requests`},
		{"methods that another lists too", `
- { match: { methods: [GET, POST] }, pool: a }
- { match: { methods: [POST] }, pool: a }
- { match: { methods: [HEAD] }, pool: a }
- { match: { methods: [HEAD, PUT] }, pool: a }`,
			`f:5:3: routes[1]: can never match: the route on line 4 (GET,POST *) takes all its requests
f:6:3: routes[2]: can never match: the route on line 4 (GET,POST *) takes all its requests`},
		{"presence follows from a value", `
- { match: { headers: { X-A: { present: true } } }, pool: a }
- { match: { headers: { x-a: b } }, pool: a }
- { match: { headers: { x-a: "" } }, pool: a }
- { match: { headers: { x-a: { matches: b } } }, pool: a }`,
			`f:5:3: routes[1]: can never match: the route on line 4 (*) takes all its requests`},
		{"a higher priority", `
- { name: exact, match: { host: a.com, path: /x/y, methods: GET, query: { q: z } }, pool: a }
- { match: { host: "*.b.com", pattern: "/x/{y}" }, pool: a }
- { match: { host: c.com }, pool: a }
- { name: all, match: { prefix: /x }, priority: 1, pool: a }`,
			`f:4:3: routes[0]: can never match: the route on line 7 (all) takes all its requests
f:5:3: routes[1]: can never match: the route on line 7 (all) takes all its requests`},
		{"several hosts, each with another route before it", `
- { match: { host: a.com }, pool: a }
- { match: { host: b.com }, pool: a }
- { match: { host: [a.com, b.com] }, pool: a }
- { match: { host: [b.com, c.com] }, pool: a }`,
			`f:6:3: routes[2]: can never match: the routes on lines 4 and 5 take all its requests`},
		{"more specific routes hide nothing", `
- { match: {}, pool: a }
- { match: { prefix: / }, pool: a }
- { match: { prefix: /x }, pool: a }
- { match: { pattern: "/x/{y...}" }, pool: a }
- { match: { path: /x/y }, pool: a }
- { match: { path: /x/y, methods: GET }, pool: a }
- { match: { path: /x/y, methods: GET, headers: { A: b } }, pool: a }
- { match: { host: "*.com" }, pool: a }
- { match: { host: a.com }, pool: a }`, ``},
		{"priority hides only what it takes", `
- { match: { path: /x }, pool: a }
- { match: { prefix: /x }, pool: a }
- { match: { path: /xy }, pool: a }
- { match: { host: a.com }, pool: a }
- { match: { path: /x, methods: GET }, priority: 2, pool: a }
- { match: { pattern: "/x/{y}" }, priority: 1, pool: a }
- { match: { host: "*.a.com" }, priority: 1, pool: a }`, ``},
		{"a route that allows more in paths is reached by them", `
- { match: { prefix: /x }, pool: a }
- { match: { prefix: /x }, allow_in_path: encoded_slash, pool: a }`, ``},
	}
	for _, row := range rows {
		if got := warned(t, row.routes); got != row.want {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
}

func TestRiskyValuesAreWarnedOf(t *testing.T) {
	c := mustParse(t, "listen: ':1'\ntrusted_proxies: [10.0.0.0/8, '::/0']\npools: { a: { backends: 'x:1', tls: { insecure: true } } }\nroutes: [{ match: {}, pool: a }]\n")
	want := `f:2:31: trusted_proxies[1]: ::/0 lets every client say which address it comes from
f:3:49: pools.a.tls.insecure: backends are not verified: whoever is on the way can answer for them`
	if got := Problems(c.Warnings).Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A request is what TestHiddenRoutesAreNeverReached matches routes against.
type request struct{ host, path, method, field, query string }

// TestHiddenRoutesAreNeverReached compares hidden with the rules themselves: it
// sends every request of a small world to random routes, and a route that some
// request reaches must not be called hidden.
func TestHiddenRoutesAreNeverReached(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 1000 {
		routes := make([]Route, 2+rnd.IntN(6))
		for i := range routes {
			routes[i] = randomRoute(rnd)
		}
		reached := make([]bool, len(routes))
		for _, r := range world() {
			if i := winner(routes, r); i >= 0 {
				reached[i] = true
			}
		}
		for i, by := range hidden(routes) {
			if by != nil && reached[i] {
				t.Fatalf("route %d is reached, and said to be hidden by %v:\n%+v", i, by, routes)
			}
			if by != nil {
				found++
			}
		}
	}
	if found < 150 {
		t.Errorf("%d hidden routes: the test sees too few", found)
	}
}

func pick[T any](rnd *rand.Rand, from ...T) T { return from[rnd.IntN(len(from))] }

func randomRoute(rnd *rand.Rand) Route {
	r := Route{Priority: pick(rnd, 0, 0, 0, 1)}
	m := &r.Match
	m.Hosts = pick(rnd, nil, nil, []string{"a.b.c"}, []string{"*.b.c"}, []string{"*.c"}, []string{"a.b.c", "*.c"}, []string{"b.c", "a.b.c"})
	switch rnd.IntN(4) {
	case 0:
		m.Path = pick(rnd, "/", "/x", "/x/", "/x/y")
	case 1:
		m.Prefix = pick(rnd, "/", "/x", "/x/y", "/y")
	case 2:
		m.Pattern = pick(rnd, "/{a}", "/{b...}", "/x/{a}", "/{a}/y", "/x/{b...}", "/{a}/{b...}", "/x/{a}/")
	}
	m.Methods = pick(rnd, nil, nil, []string{"GET"}, []string{"GET", "POST"}, []string{"HEAD"})
	m.Fields = pick(rnd, nil, nil, []ValueMatch{{Name: "F"}}, []ValueMatch{{Name: "f", Equals: ptr("v")}}, []ValueMatch{{Name: "f", Equals: ptr("")}}, []ValueMatch{{Name: "f", Matches: "^$"}})
	m.Query = pick(rnd, nil, nil, nil, []ValueMatch{{Name: "q"}}, []ValueMatch{{Name: "q", Equals: ptr("v")}})
	return r
}

func world() []request {
	var all []request
	for _, host := range []string{"a.b.c", "z.b.c", "b.c", "z.z.c", "c", "other"} {
		for _, path := range []string{"*", "/", "/x", "/x/", "/x/y", "/x/y/", "/x/y/z", "/y", "/xy"} {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT"} {
				for _, field := range []string{"absent", "", "v", "w"} {
					for _, query := range []string{"absent", "v", "w"} {
						all = append(all, request{host, path, method, field, query})
					}
				}
			}
		}
	}
	return all
}

// winner applies the rules of order.go one by one.
func winner(routes []Route, r request) int {
	best, bestHost := -1, ""
	for i := range routes {
		host, ok := matchedHost(&routes[i].Match, r.host)
		if !ok || !matches(&routes[i].Match, r) {
			continue
		}
		if best < 0 || beats(&routes[i], host, &routes[best], bestHost) {
			best, bestHost = i, host
		}
	}
	return best
}

func beats(a *Route, hostA string, b *Route, hostB string) bool {
	if a.Priority != b.Priority {
		return a.Priority > b.Priority
	}
	if c := CompareHosts(hostA, hostB); c != 0 {
		return c < 0
	}
	return Compare(a, b) < 0
}

func matchedHost(m *Match, host string) (string, bool) {
	hosts := slices.Clone(hostsOf(m))
	slices.SortStableFunc(hosts, CompareHosts)
	for _, h := range hosts {
		if h == "" || h == host || strings.HasPrefix(h, "*") && strings.HasSuffix(host, h[1:]) {
			return h, true
		}
	}
	return "", false
}

func matches(m *Match, r request) bool {
	switch {
	case m.Path != "" && m.Path != r.path,
		m.Prefix != "" && !within(m.Prefix, r.path),
		m.Pattern != "" && !patternTakes(m.Pattern, r.path):
		return false
	}
	method := r.method
	if method == "HEAD" && !slices.Contains(m.Methods, "HEAD") {
		method = "GET"
	}
	return (len(m.Methods) == 0 || slices.Contains(m.Methods, method)) && holds(m.Fields, r.field) && holds(m.Query, r.query)
}

func patternTakes(pattern, path string) bool {
	for pattern != "" {
		segment, rest, _ := strings.Cut(pattern[1:], "/")
		if !strings.HasPrefix(path, "/") {
			return false
		}
		if strings.HasSuffix(segment, "...}") {
			return true
		}
		piece, after, more := strings.Cut(path[1:], "/")
		if wild := segment[:min(1, len(segment))] == "{"; wild && piece == "" || !wild && piece != segment {
			return false
		}
		pattern, path = strings.TrimPrefix(pattern, "/"+segment), ""
		if more {
			path = "/" + after
		}
		_ = rest
	}
	return path == ""
}

func holds(conditions []ValueMatch, value string) bool {
	for _, c := range conditions {
		if value == "absent" || c.Equals != nil && *c.Equals != value || c.Matches == "^$" && value != "" {
			return false
		}
	}
	return true
}

func TestManyRoutesAreNotHidden(t *testing.T) {
	for _, format := range []string{
		"- { match: { pattern: '/%d/{a}', query: { q: b } }, respond: 404 }\n",
		"- { match: { pattern: '/{a}', query: { q: '%d' } }, respond: 404 }\n",
		"- { match: { host: h%d.example.com }, respond: 404 }\n",
	} {
		c := mustParse(t, "listen: ':1'\nroutes:\n- { match: { path: /top }, priority: 1, respond: 404 }\n"+each(maxRoutes/2, format))
		if len(c.Warnings) != 0 {
			t.Errorf("%s: %d warnings", format, len(c.Warnings))
		}
	}
}
