package config

import (
	"slices"
	"strings"
)

// hidden returns, for each route that no request can reach, the indexes of the
// routes that take all its requests, and nil for the others. A route is hidden
// when for each of its hosts there is one other route that wins over it
// (Compare) and takes whatever it takes. It may miss hidden routes, such as
// those that several others cover together, but never names one that is not.
func hidden(routes []Route) [][]int {
	c := cover{routes: routes, at: map[spot][]int{}}
	for i := range routes {
		m := &routes[i].Match
		for _, host := range hostsOf(m) {
			at := spot{host, pathSpot(m)}
			c.at[at] = append(c.at[at], i)
		}
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
	routes []Route
	at     map[spot][]int // in file order
}

// A spot is a host and a path as routes write them.
type spot struct{ host, path string }

// anyPattern is the path of the spot that all patterns of a host share.
const anyPattern = "{"

func pathSpot(m *Match) string {
	switch {
	case m.Path != "":
		return "=" + m.Path
	case m.Pattern != "":
		return anyPattern
	}
	return m.Prefix
}

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
// would take, or -1.
func (c *cover) hider(i int, host string) int {
	r := &c.routes[i]
	paths := pathsAround(&r.Match)
	for _, around := range hostsAround(host) {
		for _, path := range paths {
			for _, j := range c.at[spot{around, path}] {
				if j != i && c.wins(j, i, around == host) && takesAll(&c.routes[j], r) {
					return j
				}
			}
		}
	}
	return -1
}

// wins tells whether the route at j comes before the one at i. Under another
// host, which then is less specific, only a priority can bring that about.
func (c *cover) wins(j, i int, sameHost bool) bool {
	a, b := &c.routes[j], &c.routes[i]
	if a.Priority != b.Priority {
		return a.Priority > b.Priority
	}
	if !sameHost {
		return false
	}
	order := Compare(a, b)
	return order < 0 || order == 0 && j < i
}

// pathsAround are the paths of the spots where a route can stand that takes all
// paths that m takes.
func pathsAround(m *Match) []string {
	all := []string{pathSpot(m), ""}
	if m.Path+m.Prefix+m.Pattern == "" {
		return all[:1]
	}
	if m.Prefix == "" {
		all = append(all, anyPattern)
	}
	head := literalHead(m)
	for ; head != "/" && head != ""; head = head[:strings.LastIndexByte(head, '/')] {
		all = append(all, head)
	}
	return append(all, "/")
}

// literalHead is the beginning, in whole segments, that all paths m takes share.
func literalHead(m *Match) string {
	if m.Pattern == "" {
		return m.Path + m.Prefix
	}
	return strings.TrimSuffix(m.Pattern[:strings.IndexByte(m.Pattern, '{')], "/")
}

// takesAll tells whether a takes every request that b takes, hosts aside. Where
// that hangs on what is in a request beyond the words of the two, it says no.
func takesAll(a, b *Route) bool {
	return takesPaths(&a.Match, &b.Match) && takesOdd(a.AllowInPath, b.AllowInPath) &&
		takesMethods(a.Match.Methods, b.Match.Methods) &&
		takesValues(a.Match.Fields, b.Match.Fields, strings.EqualFold) &&
		takesValues(a.Match.Query, b.Match.Query, func(s, t string) bool { return s == t })
}
