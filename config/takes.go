package config

import (
	"slices"
	"strings"
)

// takesPaths tells whether a takes every path that b takes.
func takesPaths(a, b *Match) bool {
	switch {
	case a.Path != "":
		return a.Path == b.Path
	case a.Prefix != "":
		return takesPrefix(a.Prefix, b)
	case a.Pattern != "":
		return takesPattern(segments(a.Pattern), b)
	}
	return true
}

func takesPrefix(prefix string, b *Match) bool {
	head := literalHead(b)
	return prefix == "/" && b.Path+b.Prefix+b.Pattern != "" || head != "" && within(prefix, head)
}

// takesPattern compares segment by segment. A prefix takes paths of any length,
// its own without a slash behind it included, and no pattern does that.
func takesPattern(pattern []string, b *Match) bool {
	if b.Prefix != "" || b.Path+b.Pattern == "" {
		return false
	}
	other := segments(b.Path + b.Pattern)
	literal := b.Pattern == ""
	for i, segment := range pattern {
		if i >= len(other) {
			return false
		}
		wild := !literal && strings.HasPrefix(other[i], "{")
		rest := wild && strings.HasSuffix(other[i], "...}")
		switch {
		case strings.HasSuffix(segment, "...}"):
			return wild || other[i] != ""
		case strings.HasPrefix(segment, "{"):
			if rest || other[i] == "" {
				return false
			}
		case wild || segment != other[i]:
			return false
		}
	}
	return len(pattern) == len(other)
}

func takesOdd(a, b AllowInPath) bool {
	return (a.EncodedSlash || !b.EncodedSlash) && (a.EncodedBackslash || !b.EncodedBackslash) &&
		(a.EncodedNUL || !b.EncodedNUL) && (a.AboveRoot || !b.AboveRoot)
}

func takesMethods(a, b []string) bool {
	if len(a) == 0 {
		return true
	}
	for _, method := range b {
		if !slices.Contains(a, method) && !(method == "HEAD" && slices.Contains(a, "GET")) {
			return false
		}
	}
	return len(b) > 0
}

// takesValues tells whether each condition of a follows from one of b: from the
// same one, or, when it asks for presence only, from any but an empty value.
func takesValues(a, b []ValueMatch, same func(s, t string) bool) bool {
	for _, x := range a {
		if !slices.ContainsFunc(b, func(y ValueMatch) bool { return same(x.Name, y.Name) && follows(x, y) }) {
			return false
		}
	}
	return true
}

func follows(x, y ValueMatch) bool {
	if x.Equals != nil {
		return y.Equals != nil && *x.Equals == *y.Equals
	}
	if x.Matches != "" {
		return x.Matches == y.Matches
	}
	return y.Matches == "" && (y.Equals == nil || *y.Equals != "")
}
