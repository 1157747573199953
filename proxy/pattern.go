package proxy

import (
	"bytes"
	"strings"
)

// captures are what the names of a pattern took, in the pattern's order.
type captures [][]byte

// A pattern matches a path segment by segment.
type pattern struct {
	segments []segment
	names    []string
	rest     bool // the last name takes all that is left
}

type segment struct {
	literal string
	name    int // index among names; -1: literal
}

// newPattern compiles a pattern that the configuration has checked.
func newPattern(text string) *pattern {
	p := &pattern{}
	for _, s := range strings.Split(strings.TrimPrefix(text, "/"), "/") {
		name, named := strings.CutPrefix(s, "{")
		if !named {
			p.segments = append(p.segments, segment{literal: s, name: -1})
			continue
		}
		name = strings.TrimSuffix(name, "}")
		name, p.rest = strings.CutSuffix(name, "...")
		p.segments = append(p.segments, segment{name: len(p.names)})
		p.names = append(p.names, name)
	}
	return p
}

// match reports whether path matches and notes what each name took.
func (p *pattern) match(path []byte, out *captures) bool {
	if len(path) == 0 || path[0] != '/' {
		return false
	}
	path, *out = path[1:], (*out)[:0]
	for i := range p.segments {
		s := &p.segments[i]
		last := i == len(p.segments)-1
		if last && p.rest {
			*out = append(*out, path)
			return true
		}
		piece, rest, more := bytes.Cut(path, []byte("/"))
		if more == last {
			return false
		}
		switch {
		case s.name < 0 && string(piece) != s.literal:
			return false
		case s.name >= 0 && len(piece) == 0:
			return false
		case s.name >= 0:
			*out = append(*out, piece)
		}
		path = rest
	}
	return true
}
