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
	Name string `json:"name"`
	Path string `json:"path"`
	Size int    `json:"body_bytes"`
}

// scenarios are all there are; the first is the one that counts most.
var scenarios = []scenario{
	{Name: "pass-small", Path: "/small.txt", Size: 46},
	{Name: "pass-1k", Path: "/1k.bin", Size: 1 << 10},
	{Name: "pass-10k", Path: "/10k.bin", Size: 10 << 10},
	{Name: "pass-100k", Path: "/100k.bin", Size: 100 << 10},
}

// body is what the origin has at s.Path.
func (s scenario) body() []byte {
	const line = "weir, beside its peers, passes these bytes on.\n"
	return bytes.Repeat([]byte(line), s.Size/len(line)+1)[:s.Size]
}

// Text is the body as it stands in the origin's configuration.
func (s scenario) Text() string { return string(s.body()) }

// inline are the scenarios with bodies so small that reading a file would cost
// the origin more than sending them, and so starve the proxies of work.
func inline() []scenario {
	var small []scenario
	for _, s := range scenarios {
		if s.Size <= 1<<10 {
			small = append(small, s)
		}
	}
	return small
}

// writeBodies lays out the origin's document root.
func writeBodies(dir string) error {
	for _, s := range scenarios {
		if err := os.WriteFile(filepath.Join(dir, s.Path), s.body(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// selectScenarios picks by name, in the order of the table; "all" is every one.
func selectScenarios(names string) ([]scenario, error) {
	if names == "all" {
		return scenarios, nil
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
