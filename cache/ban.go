package cache

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// A Ban matches keys by their URL. What is empty matches anything, but not all
// of it may be empty.
type Ban struct {
	// Authority is a host, with its port if that matters; "*.example.com" are
	// all hosts below example.com.
	Authority string
	// Prefix is how the target, path and query as sent, begins.
	Prefix string
	// Pattern is what the whole target looks like; * stands for any bytes.
	Pattern string
}

// maxPattern is the length of the longest part of a Ban.
const maxPattern = 1024

var (
	errBan     = errors.New("a ban needs an authority, a prefix or a pattern")
	errPattern = fmt.Errorf("each part of a ban has at most %d bytes", maxPattern)
)

func (b *Ban) validate() error {
	switch {
	case *b == Ban{}:
		return errBan
	case max(len(b.Authority), len(b.Prefix), len(b.Pattern)) > maxPattern:
		return errPattern
	}
	return nil
}

// lower returns b as keys are written: with its authority in lower case.
func (b *Ban) lower() Ban {
	c := *b
	c.Authority = strings.ToLower(c.Authority)
	return c
}

// ban is a Ban in force.
type ban struct {
	Ban
	strike strike
	serial uint64
}

// matches takes the URL of a key.
func (b *Ban) matches(authority, target []byte) bool {
	return matchAuthority(b.Authority, authority) &&
		len(target) >= len(b.Prefix) && string(target[:len(b.Prefix)]) == b.Prefix &&
		(b.Pattern == "" || matchGlob(b.Pattern, target))
}

func matchAuthority(want string, have []byte) bool {
	if want == "" {
		return true
	}
	if portOf([]byte(want)) < 0 {
		if at := portOf(have); at >= 0 {
			have = have[:at]
		}
	}
	if below, ok := strings.CutPrefix(want, "*"); ok {
		return len(have) > len(below) && string(have[len(have)-len(below):]) == below
	}
	return string(have) == want
}

// portOf is where the port of an authority begins, with its colon; -1: none.
func portOf(authority []byte) int {
	at := bytes.LastIndexByte(authority, ':')
	if at < bytes.LastIndexByte(authority, ']') {
		return -1
	}
	return at
}

// matchGlob reports whether s is what pattern says; * stands for any bytes. Each
// piece between two stars is taken where it first fits, which is as good as any.
func matchGlob(pattern string, s []byte) bool {
	first, rest, starred := strings.Cut(pattern, "*")
	if !starred {
		return string(s) == pattern
	}
	if len(s) < len(first) || string(s[:len(first)]) != first {
		return false
	}
	s = s[len(first):]
	for {
		piece, after, more := strings.Cut(rest, "*")
		if !more {
			return len(s) >= len(piece) && string(s[len(s)-len(piece):]) == piece
		}
		at := bytes.Index(s, []byte(piece))
		if at < 0 {
			return false
		}
		s, rest = s[at+len(piece):], after
	}
}
