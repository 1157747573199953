package config

import (
	"fmt"
	"strings"
)

// A place is where something stands in the file, from 1; zero: nowhere.
type place struct{ line, column int }

// places are where values stand, by path.
type places map[string]place

// find returns where the value at path stands, or else the value around it.
func (ps places) find(path string) (place, string) {
	for {
		if at, ok := ps[path]; ok || path == "" {
			return at, path
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

// origin is what a configuration remembers of the file it was read from, for
// problems that are found only when it is put to use.
type origin struct {
	file   string
	places places // of pools, routes, and all values that name files to be loaded
}

// remembered leaves out of ps what nobody asks for once a file has been read: most
// of it.
func (ps places) remembered() places {
	few := places{}
	for path, at := range ps {
		route, pool := strings.HasPrefix(path, "routes["), strings.HasPrefix(path, "pools.")
		switch deep := strings.ContainsAny(withoutQuoted(path), ".["); {
		case !deep, route && !strings.Contains(path, "."), pool && namesPoolOrFile(path):
			few[path] = at
		}
	}
	return few
}

// namesPoolOrFile tells, of a path in pools, whether it ends at a pool or is one
// of its files.
func namesPoolOrFile(path string) bool {
	return strings.Count(withoutQuoted(path), ".") == 1 || strings.Contains(path, ".tls")
}

// withoutQuoted is path with what stands in quotes left out, for that may hold
// anything.
func withoutQuoted(path string) string {
	before, rest, quoted := strings.Cut(path, `"`)
	if end := strings.LastIndexByte(rest, '"'); quoted && end >= 0 {
		return before + rest[end+1:]
	}
	return before
}

// Problem returns a problem with the value at path, which is made of keys
// (string) and of indexes of lists (int). When the file leaves the value out, the
// problem is with the value around it.
func (c *Config) Problem(message string, path ...any) Problem {
	full := ""
	for _, step := range path {
		switch s := step.(type) {
		case string:
			full = join(full, s)
		case int:
			full = fmt.Sprintf("%s[%d]", full, s)
		default:
			panic(fmt.Sprintf("BUG: a path with a %T", step))
		}
	}
	at, found := c.origin.places.find(full)
	return Problem{File: c.origin.file, Line: at.line, Column: at.column, Path: found, Message: message}
}
