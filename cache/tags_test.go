package cache

import (
	"fmt"
	"strings"
	"testing"
)

func TestTagsOf(t *testing.T) {
	for _, c := range []struct {
		lines        []string
		tags, groups string // divided by |
	}{
		{nil, "", ""},
		{[]string{"Surrogate-Key: a b  c\td"}, "a|b|c|d", ""},
		{[]string{"surrogate-key: a", "SURROGATE-KEY: b a"}, "a|b", ""},
		{[]string{"Cache-Tag: a, b c,,d", "Cache-Tag:"}, "a|b c|d", ""},
		{[]string{"Cache-Tag: x", "Surrogate-Key: y", `Cache-Groups: "z"`}, "z|x|y", "z"},
		{[]string{`Cache-Groups: "a", "b\"c" , "a"`, `Cache-Groups: "d"`}, `a|b"c|d`, `a|b"c|d`},
		{[]string{`Cache-Groups: "a";x=1`}, "a", "a"},
		{[]string{`Cache-Groups: "a"`, "Cache-Groups:"}, "a", "a"},
		{[]string{`Cache-Groups: "a", b`}, "", ""},
		{[]string{`Cache-Groups: "a", ("b")`}, "", ""},
		{[]string{`Cache-Groups: "a`, `Cache-Groups: "b"`}, "", ""},
		{[]string{`Cache-Groups: "A", "a"`}, "A|a", "A|a"},
		{[]string{`Cache-Group-Invalidation: "a"`}, "", ""},
	} {
		tags, groups := TagsOf(fieldLines(c.lines...))
		if got := strings.Join(tags, "|"); got != c.tags {
			t.Errorf("%q: tags %s, want %s", c.lines, got, c.tags)
		}
		if got := strings.Join(groups, "|"); got != c.groups {
			t.Errorf("%q: groups %s, want %s", c.lines, got, c.groups)
		}
	}
}

func TestTagsHaveLimits(t *testing.T) {
	long := strings.Repeat("x", maxTag)
	tags, _ := TagsOf(fieldLines("Cache-Tag: y" + long + "," + long + ",z"))
	if strings.Join(tags, "|") != long+"|z" {
		t.Errorf("%d tags", len(tags))
	}
	var list, groups []string
	for i := range maxTags + 1 {
		list = append(list, fmt.Sprint("t", i))
		groups = append(groups, fmt.Sprintf("%q", fmt.Sprint("g", i)))
	}
	if tags, _ = TagsOf(fieldLines("Surrogate-Key: " + strings.Join(list, " "))); len(tags) != maxTags || tags[maxTags-1] != "t63" {
		t.Errorf("%d tags: %q", len(tags), tags)
	}
	tags, got := TagsOf(fieldLines("Surrogate-Key: "+strings.Join(list, " "), "Cache-Groups: "+strings.Join(groups[:40], ",")))
	if len(tags) != maxTags || len(got) != 40 || tags[39] != "g39" || tags[40] != "t0" {
		t.Errorf("%d tags, %d groups", len(tags), len(got))
	}
	if got = GroupInvalidations(fieldLines("Cache-Group-Invalidation: " + strings.Join(groups, ","))); len(got) != maxTags {
		t.Errorf("%d groups are invalidated", len(got))
	}
}

// RFC 9875, section 3.
func TestGroupInvalidations(t *testing.T) {
	got := GroupInvalidations(fieldLines(`Cache-Groups: "no"`, `cache-group-invalidation: "a", "b"`, `Cache-Group-Invalidation: "c"`))
	if strings.Join(got, "|") != "a|b|c" {
		t.Errorf("got %q", got)
	}
	if got = GroupInvalidations(fieldLines("Cache-Group-Invalidation: a")); got != nil {
		t.Errorf("got %q of what is no string", got)
	}
}
