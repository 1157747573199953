package config

import (
	"slices"
	"strings"
	"testing"
)

// TestCompareOrdersRoutes lists routes from the winner to the loser: each row
// is one step down, in both directions.
func TestCompareOrdersRoutes(t *testing.T) {
	one, two := []ValueMatch{{Name: "a"}}, []ValueMatch{{Name: "a"}, {Name: "b"}}
	rows := []struct {
		name          string
		winner, loser Route
	}{
		{"priority over an exact path", Route{Priority: 1}, Route{Match: Match{Path: "/a"}}},
		{"no priority over a negative one", Route{}, Route{Priority: -1, Match: Match{Path: "/a"}}},
		{"exact path over a longer prefix", Route{Match: Match{Path: "/"}}, Route{Match: Match{Prefix: "/a/b"}}},
		{"exact path over conditions", Route{Match: Match{Path: "/a"}}, Route{Match: Match{Prefix: "/a", Fields: two, Query: two, Methods: []string{"GET"}}}},
		{"longer prefix", Route{Match: Match{Prefix: "/a/b"}}, Route{Match: Match{Prefix: "/aaaaaaaa"}}},
		{"prefix of more literal segments over a pattern", Route{Match: Match{Prefix: "/a/b"}}, Route{Match: Match{Pattern: "/a/{x}"}}},
		{"pattern of more literal segments over a prefix", Route{Match: Match{Pattern: "/a/{x}/c"}}, Route{Match: Match{Prefix: "/a"}}},
		{"more segments", Route{Match: Match{Pattern: "/a/{x}"}}, Route{Match: Match{Prefix: "/a"}}},
		{"one segment over the rest", Route{Match: Match{Pattern: "/{x}"}}, Route{Match: Match{Pattern: "/{x...}"}}},
		{"pattern over prefix", Route{Match: Match{Pattern: "/a/{x...}"}}, Route{Match: Match{Prefix: "/a"}}},
		{"any prefix over no path", Route{Match: Match{Prefix: "/"}}, Route{Match: Match{Fields: two}}},
		{"more conditions", Route{Match: Match{Prefix: "/a", Fields: two}}, Route{Match: Match{Prefix: "/b", Fields: one}}},
		{"query parameters count", Route{Match: Match{Fields: one, Query: one}}, Route{Match: Match{Fields: one}}},
		{"methods count once", Route{Match: Match{Fields: two}}, Route{Match: Match{Methods: []string{"GET", "PUT", "POST"}}}},
	}
	for _, row := range rows {
		if Compare(&row.winner, &row.loser) >= 0 || Compare(&row.loser, &row.winner) <= 0 {
			t.Errorf("%s: %d and %d", row.name, Compare(&row.winner, &row.loser), Compare(&row.loser, &row.winner))
		}
	}
}

func TestCompareLeavesEqualsToTheFile(t *testing.T) {
	rows := [][2]Match{
		{{}, {}},
		{{Path: "/a"}, {Path: "/b"}},
		{{Prefix: "/a/b"}, {Prefix: "/c/d"}},
		{{Pattern: "/a/{x}"}, {Pattern: "/{x}/b"}},
		{{Methods: []string{"GET"}}, {Query: []ValueMatch{{Name: "q"}}}},
		{{Hosts: []string{"a.com"}}, {Hosts: []string{"*.com"}}},
	}
	for _, row := range rows {
		if got := Compare(&Route{Match: row[0]}, &Route{Match: row[1]}); got != 0 {
			t.Errorf("%+v: %d", row, got)
		}
	}
}

func TestCompareHostsPutsTheMostSpecificFirst(t *testing.T) {
	hosts := []string{"", "*.com", "*.b.example.com", "b.example.com", "*.example.com"}
	slices.SortStableFunc(hosts, CompareHosts)
	if got, want := strings.Join(hosts, " "), "b.example.com *.b.example.com *.example.com *.com "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
