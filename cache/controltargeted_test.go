package cache

import (
	"reflect"
	"testing"
)

// RFC 9213.
func TestTargetedFields(t *testing.T) {
	targeted := []string{"Weir-Cache-Control", "CDN-Cache-Control"}
	cdn := func(change func(*Control)) func(*Control) {
		return func(c *Control) {
			c.Targeted = "CDN-Cache-Control"
			change(c)
		}
	}
	for _, c := range []struct {
		name  string
		lines []string
		want  func(*Control)
	}{
		{"takes the place of Cache-Control", []string{"Cache-Control: no-store, private", "CDN-Cache-Control: max-age=10"},
			cdn(age(10))},
		{"in any case", []string{"cdn-cache-CONTROL: max-age=10"}, cdn(age(10))},
		{"the first of the list wins", []string{"CDN-Cache-Control: max-age=10", "Weir-Cache-Control: max-age=20"},
			func(c *Control) { c.MaxAge, c.Targeted = 20, "Weir-Cache-Control" }},
		{"an invalid one is passed over", []string{"Weir-Cache-Control: max-age=20, &&", "CDN-Cache-Control: max-age=10"},
			cdn(age(10))},
		{"an empty one is passed over", []string{"Weir-Cache-Control:", "CDN-Cache-Control: max-age=10"}, cdn(age(10))},
		{"none valid: Cache-Control", []string{"CDN-Cache-Control: max-age = 10", "Cache-Control: max-age=3"}, age(3)},
		{"upper case is invalid", []string{"CDN-Cache-Control: Max-Age=10", "Cache-Control: max-age=3"}, age(3)},
		{"a comma at the end is invalid", []string{"CDN-Cache-Control: max-age=10,", "Cache-Control: max-age=3"}, age(3)},
		{"single quotes are invalid", []string{"CDN-Cache-Control: max-age='10'", "Cache-Control: max-age=3"}, age(3)},
		{"16 digits are invalid", []string{"CDN-Cache-Control: max-age=1234567890123456", "Cache-Control: max-age=3"}, age(3)},
		{"15 digits saturate", []string{"CDN-Cache-Control: max-age=123456789012345"}, cdn(age(1 << 31))},
		{"several lines", []string{"CDN-Cache-Control: max-age=10", "CDN-Cache-Control: no-store"},
			cdn(func(c *Control) { c.MaxAge, c.NoStore = 10, true })},
		{"an empty line among others", []string{"CDN-Cache-Control: max-age=10", "CDN-Cache-Control:", "Cache-Control: max-age=3"}, age(3)},
		{"the last of a key wins", []string{"CDN-Cache-Control: max-age=1, max-age=10"}, cdn(age(10))},
		{"parameters are ignored", []string{"CDN-Cache-Control: max-age=10;x=1;y, public;z"},
			cdn(func(c *Control) { c.MaxAge, c.Public = 10, true })},
		{"a string is no lifetime", []string{`CDN-Cache-Control: max-age="10"`, "Cache-Control: max-age=3"}, cdn(stale)},
		{"a decimal is no lifetime", []string{"CDN-Cache-Control: max-age=10.0"}, cdn(stale)},
		{"a negative lifetime", []string{"CDN-Cache-Control: max-age=-10"}, cdn(stale)},
		{"a lifetime without a value", []string{"CDN-Cache-Control: max-age"}, cdn(stale)},
		{"a restriction counts whatever its value", []string{"CDN-Cache-Control: no-store=1"},
			cdn(func(c *Control) { c.NoStore = true })},
		{"a permission does not", []string{"CDN-Cache-Control: public=?0, immutable=1"}, cdn(func(*Control) {})},
		{"qualified", []string{`CDN-Cache-Control: no-cache="a, b", private="c"`},
			cdn(func(c *Control) { c.Unstorable = names("a", "b", "c") })},
		{"an inner list is unqualified", []string{`CDN-Cache-Control: no-cache=("a" "b")`},
			cdn(func(c *Control) { c.NoCache = true })},
		{"unknown members", []string{`CDN-Cache-Control: x=:YQ==:, y=@1, z=%"a"`}, cdn(func(*Control) {})},
	} {
		if got, want := ReadControl(fieldLines(c.lines...), targeted), said(c.want); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, show(got), show(want))
		}
	}
}
