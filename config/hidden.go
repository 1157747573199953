package config

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// hidden returns, for each route that no request can reach, the indexes of the
// routes that take all its requests, and nil for the others. A route is hidden
// when for each of its hosts there is one other route that wins over it
// (Compare) and takes whatever it takes. It may miss hidden routes, such as
// those that several others cover together, but never names one that is not.
func hidden(routes []Route) [][]int {
	c := cover{routes: routes, at: map[spot][]int{}, patterns: map[string][]int{}}
	for i := range routes {
		c.add(i)
	}
	all := make([][]int, len(routes))
	for i := range routes {
		all[i] = c.hiders(i)
	}
	return all
}

// A cover finds routes that take all requests of another without comparing
// each with each.
type cover struct {
	routes   []Route
	at       map[spot][]int   // in file order
	patterns map[string][]int // those with a pattern, by host
	top      int              // highest priority of all
}

// A spot is a host and a path, as routes write them but for the names in patterns.
type spot struct{ host, path string }

func (c *cover) add(i int) {
	r := &c.routes[i]
	for _, host := range hostsOf(&r.Match) {
		at := spot{host, pathSpot(&r.Match)}
		c.at[at] = append(c.at[at], i)
		if r.Match.Pattern != "" {
			c.patterns[host] = append(c.patterns[host], i)
		}
	}
	if i == 0 || r.Priority > c.top {
		c.top = r.Priority
	}
}

func pathSpot(m *Match) string {
	switch {
	case m.Path != "":
		return "=" + m.Path
	case m.Pattern != "":
		return "{" + placeholderName.ReplaceAllString(m.Pattern, "{")
	}
	return m.Prefix
}

var placeholderName = regexp.MustCompile(`\{[a-z0-9_]+`)

func hostsOf(m *Match) []string {
	if len(m.Hosts) == 0 {
		return []string{""}
	}
	return m.Hosts
}

// hiders returns the routes that hide the one at index i, or nil.
func (c *cover) hiders(i int) []int {
	var by []int
	for _, host := range hostsOf(&c.routes[i].Match) {
		h := c.hider(i, host)
		if h < 0 {
			return nil
		}
		if !slices.Contains(by, h) {
			by = append(by, h)
		}
	}
	slices.Sort(by)
	return by
}

// hider returns a route that takes all requests to host that the route at i
// would take, or -1. With the same priority only a route with the same host and
// path can do that, for a wider one is less specific.
func (c *cover) hider(i int, host string) int {
	r := &c.routes[i]
	for _, j := range c.at[spot{host, pathSpot(&r.Match)}] {
		if j != i && c.first(j, i) && takesRest(&c.routes[j], r) {
			return j
		}
	}
	if r.Priority == c.top {
		return -1
	}
	for _, around := range hostsAround(host) {
		for _, path := range pathsAround(&r.Match) {
			if j := c.above(i, c.at[spot{around, path}]); j >= 0 {
				return j
			}
		}
		if j := c.above(i, c.patterns[around]); j >= 0 {
			return j
		}
	}
	return -1
}

// first tells whether the route at j comes before the one at i, which has the
// same host and path: what Compare says, without looking at the paths again.
func (c *cover) first(j, i int) bool {
	a, b := &c.routes[j], &c.routes[i]
	order := cmp.Or(
		cmp.Compare(b.Priority, a.Priority),
		cmp.Compare(conditions(&b.Match), conditions(&a.Match)),
		cmp.Compare(j, i),
	)
	return order < 0
}

// above returns one of the given routes that has a higher priority than the
// route at i and takes all it takes, or -1.
func (c *cover) above(i int, among []int) int {
	r := &c.routes[i]
	for _, j := range among {
		s := &c.routes[j]
		if s.Priority > r.Priority && takesPaths(&s.Match, &r.Match) && takesRest(s, r) {
			return j
		}
	}
	return -1
}

// pathsAround are the paths of the spots where a route without a pattern can
// stand that takes all paths that m takes.
func pathsAround(m *Match) []string {
	all := []string{pathSpot(m)}
	if all[0] == "" {
		return all
	}
	for head := literalHead(m); head != "/" && head != ""; head = head[:strings.LastIndexByte(head, '/')] {
		all = append(all, head)
	}
	return append(all, "/", "")
}

// literalHead is the beginning, in whole segments, that all paths m takes share.
func literalHead(m *Match) string {
	if m.Pattern == "" {
		return m.Path + m.Prefix
	}
	return strings.TrimSuffix(m.Pattern[:strings.IndexByte(m.Pattern, '{')], "/")
}

// takesRest tells whether a takes every request that b takes, hosts and paths
// aside. Where that hangs on what is in a request beyond the words of the two,
// it says no.
func takesRest(a, b *Route) bool {
	return takesOdd(a.AllowInPath, b.AllowInPath) &&
		takesMethods(a.Match.Methods, b.Match.Methods) &&
		takesValues(a.Match.Fields, b.Match.Fields, strings.EqualFold) &&
		takesValues(a.Match.Query, b.Match.Query, func(s, t string) bool { return s == t })
}
