package cache

import (
	"regexp"
	"strings"
	"testing"
)

func TestMatchGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"/a", "/a", true}, {"/a", "/ab", false}, {"/a*", "/a", true}, {"/a*", "/abc", true},
		{"*", "", true}, {"*b", "/ab", true}, {"*b", "/ba", false}, {"/*/x", "/a/b/x", true},
		{"/*/x*", "/a/xy", true}, {"/a*a", "/a", false}, {"a*ab*b", "aab", false}, {"a*ab*b", "aabb", true},
		{"**", "x", true}, {"*a*a*", "xaxa", true}, {"*a*a*", "xa", false}, {"/?a", "/xa", false},
	} {
		if have := matchGlob(c.pattern, []byte(c.s)); have != c.want {
			t.Errorf("%q matches %q: %v", c.pattern, c.s, have)
		}
	}
}

// A pattern means what the regular expression means whose stars are `.*`.
func FuzzMatchGlob(f *testing.F) {
	f.Add("/a*b*", "/axxbx")
	f.Add("*a*a", "aa")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		expr := strings.ReplaceAll(regexp.QuoteMeta(strings.ToValidUTF8(pattern, "")), `\*`, `.*`)
		re, err := regexp.Compile(`(?s)\A` + expr + `\z`)
		s = strings.ToValidUTF8(s, "")
		if err != nil {
			t.Skip()
		}
		if have := matchGlob(strings.ToValidUTF8(pattern, ""), []byte(s)); have != re.MatchString(s) {
			t.Errorf("%q matches %q: %v", pattern, s, have)
		}
	})
}

func TestMatchAuthority(t *testing.T) {
	for _, c := range []struct {
		want, have string
		ok         bool
	}{
		{"", "x", true}, {"a.b", "a.b", true}, {"a.b", "a.b:80", true}, {"a.b:80", "a.b", false},
		{"a.b:80", "a.b:80", true}, {"*.b", "a.b:80", true}, {"*.b", "b", false}, {"*.b", ".b", false},
		{"*.b", "ab", false}, {"[::1]", "[::1]", true}, {"[::1]", "[::1]:80", true}, {"[::1]:80", "[::1]", false},
	} {
		if ok := matchAuthority(c.want, []byte(c.have)); ok != c.ok {
			t.Errorf("%q of %q: %v", c.want, c.have, ok)
		}
	}
}
