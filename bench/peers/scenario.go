package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A scenario is one kind of load.
type scenario struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Size   int    `json:"body_bytes"`
	Cached bool   `json:"cached"` // answered by the proxies from their caches
}

// scenarios are all there are; the first is the one that counts most.
var scenarios = []scenario{
	{Name: "pass-small", Path: "/small.txt", Size: 46},
	{Name: "pass-1k", Path: "/1k.bin", Size: 1 << 10},
	{Name: "pass-10k", Path: "/10k.bin", Size: 10 << 10},
	{Name: "pass-100k", Path: "/100k.bin", Size: 100 << 10},
	{Name: "hit-1k", Path: "/cached/1k.bin", Size: 1 << 10, Cached: true},
	{Name: "hit-10k", Path: "/cached/10k.bin", Size: 10 << 10, Cached: true},
	{Name: "hit-100k", Path: "/cached/100k.bin", Size: 100 << 10, Cached: true},
}

// body is what the origin has at s.Path.
func (s scenario) body() []byte {
	const line = "weir, beside its peers, passes these bytes on.\n"
	return bytes.Repeat([]byte(line), s.Size/len(line)+1)[:s.Size]
}

// Text is the body as it stands in the origin's configuration.
func (s scenario) Text() string { return string(s.body()) }

// inline are the scenarios with bodies so small that reading a file would cost
// the origin more than sending them, and so starve the proxies of work. Of what
// the proxies cache the origin sends little.
func inline() []scenario {
	var small []scenario
	for _, s := range scenarios {
		if s.Size <= 1<<10 && !s.Cached {
			small = append(small, s)
		}
	}
	return small
}

// writeBodies lays out the origin's document root.
func writeBodies(dir string) error {
	for _, s := range scenarios {
		path := filepath.Join(dir, s.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, s.body(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// ofKind are the scenarios for proxies that cache, or for those that do not.
func ofKind(scs []scenario, cached bool) []scenario {
	var list []scenario
	for _, s := range scs {
		if s.Cached == cached {
			list = append(list, s)
		}
	}
	return list
}

// selectScenarios picks by name, in the order of the table; "all" is every one,
// "pass" and "hit" are those of a role.
func selectScenarios(names string) ([]scenario, error) {
	switch names {
	case "all":
		return scenarios, nil
	case "pass", "hit":
		return ofKind(scenarios, names == "hit"), nil
	}
	wanted := strings.Split(names, ",")
	var picked []scenario
	for _, s := range scenarios {
		if i := slices.Index(wanted, s.Name); i >= 0 {
			picked = append(picked, s)
			wanted = slices.Delete(wanted, i, i+1)
		}
	}
	if len(wanted) > 0 {
		return nil, fmt.Errorf("no scenario is called %q", wanted[0])
	}
	return picked, nil
}
