package config

import (
	"cmp"
	"strings"
)

// Which route takes a request? Of all that match it, the one that wins by
//
//  1. the higher Priority,
//  2. the more specific host: exact, then the wildcard of more labels, then
//     none (CompareHosts),
//  3. an exact path, then more literal segments in prefix or pattern, then more
//     segments of either kind ({name...} is none), then a pattern over a
//     prefix, then a prefix over none,
//  4. more conditions: each header and query parameter is one, and methods
//     together are one,
//  5. the earlier place in the file.
//
// A route with several hosts takes part with the one that the request matches.
//
// To find the winner, look at the hosts from the most to the least specific, and
// under each at the routes in the order of Compare. A Priority other than 0 is
// stronger than the host: routes that have one are looked at before or after
// all others.

// Compare orders two routes that match by equally specific hosts: negative when
// a wins, positive when b does, and 0 when the file decides. Sort stably with it.
func Compare(a, b *Route) int {
	return cmp.Or(
		cmp.Compare(b.Priority, a.Priority),
		compareRanks(rank(&a.Match), rank(&b.Match)),
	)
}

// CompareHosts orders two elements of Match.Hosts that take the same host, ""
// standing for any: negative when a is the more specific.
func CompareHosts(a, b string) int {
	return cmp.Compare(hostRank(b), hostRank(a))
}

func hostRank(host string) int {
	switch {
	case host == "":
		return 0
	case strings.HasPrefix(host, "*."):
		return strings.Count(host, ".")
	}
	return maxHostBytes + 1
}

// A specificity holds what the rules 3 and 4 compare.
type specificity struct {
	form       int // of the path: none, prefix, pattern
	exact      bool
	literals   int
	segments   int
	conditions int
}

func rank(m *Match) specificity {
	s := specificity{conditions: conditions(m)}
	switch {
	case m.Path != "":
		s.exact = true
	case m.Prefix != "":
		s.form = 1
		s.literals = len(segments(m.Prefix))
		s.segments = s.literals
	case m.Pattern != "":
		s.form = 2
		s.literals, s.segments = countSegments(m.Pattern)
	}
	return s
}

func conditions(m *Match) int {
	n := len(m.Fields) + len(m.Query)
	if len(m.Methods) > 0 {
		n++
	}
	return n
}

func countSegments(pattern string) (literals, all int) {
	for _, segment := range segments(pattern) {
		if !strings.HasPrefix(segment, "{") {
			literals++
		}
		if !strings.HasSuffix(segment, "...}") {
			all++
		}
	}
	return literals, all
}

// segments splits a path; that of "/" has none.
func segments(path string) []string {
	if path == "/" {
		return nil
	}
	return strings.Split(path[1:], "/")
}

func compareRanks(a, b specificity) int {
	if a.exact != b.exact {
		if a.exact {
			return -1
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(b.literals, a.literals),
		cmp.Compare(b.segments, a.segments),
		cmp.Compare(b.form, a.form),
		cmp.Compare(b.conditions, a.conditions),
	)
}
