package cache

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/weirproxy/weir/message"
)

// fieldLines makes fields of "Name: value" lines, as the gate would.
func fieldLines(lines ...string) []message.Field {
	fields := make([]message.Field, 0, len(lines))
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		fields = append(fields, message.Field{
			Name: []byte(name), Value: []byte(strings.Trim(value, " \t")), Known: message.KnownName([]byte(name)),
		})
	}
	return fields
}

// said is a Control in which nothing was said, but for what change does.
func said(change func(c *Control)) Control {
	c := Control{MaxAge: -1, SMaxAge: -1, WhileRevalidate: -1, IfError: -1}
	if change != nil {
		change(&c)
	}
	return c
}

func names(list ...string) (b [][]byte) {
	for _, n := range list {
		b = append(b, []byte(n))
	}
	return b
}

func age(seconds int64) func(*Control) { return func(c *Control) { c.MaxAge = seconds } }

// stale is what a lifetime that cannot be understood comes to.
func stale(c *Control) { c.MaxAge, c.Malformed = 0, true }

func TestReadControl(t *testing.T) {
	for _, c := range []struct {
		lines string // of Cache-Control, separated by |
		want  func(*Control)
	}{
		{"", nil},
		{" , ,\t,", nil},
		{"foobar, x=y, z=\"a, no-store\"", nil},
		{"no-store-at-all-or-anything-like-it", nil},
		{"no-store", func(c *Control) { c.NoStore = true }},
		{"No-StOrE", func(c *Control) { c.NoStore = true }},
		{"no-store=foo", func(c *Control) { c.NoStore = true }},
		{"public|no-cache", func(c *Control) { c.Public, c.NoCache = true, true }},
		{"public=1", nil},
		{"immutable=1", nil},
		{"private", func(c *Control) { c.Private = true }},
		{"must-revalidate, proxy-revalidate, must-understand, immutable, no-transform", func(c *Control) {
			c.MustRevalidate, c.ProxyRevalidate, c.MustUnderstand, c.Immutable, c.NoTransform = true, true, true, true, true
		}},
		{"must-understand=1", func(c *Control) { c.MustUnderstand, c.Malformed = true, true }},

		// Section 1.2.2: delta-seconds.
		{"max-age=3600", age(3600)},
		{"MaX-aGe=3600", age(3600)},
		{`max-age="3600"`, age(3600)},
		{"max-age=003600", age(3600)},
		{"max-age=0", age(0)},
		{"max-age=2147483647", age(1<<31 - 1)},
		{"max-age=2147483648", age(1 << 31)},
		{"max-age=2147483649", age(1 << 31)},
		{"max-age=99999999999999999999999999999999", age(1 << 31)},
		{"max-age", stale},
		{"max-age=", stale},
		{`max-age=""`, stale},
		{"max-age='3600'", stale},
		{"max-age=3600.0", stale},
		{"max-age=-100", stale},
		{"max-age=+100", stale},
		{"max-age=a100", stale},
		{"max-age=100a", stale},
		{"max-age=0x10", stale},
		{`max-age=" 100"`, stale},
		{`max-age="1\00"`, stale},
		{"max-age =100", stale},
		{"max-age= 100", stale},
		{"max-age=100;", func(c *Control) { c.MaxAge, c.Malformed = 100, true }},

		// Section 4.2.1: several values.
		{"max-age=5, max-age=5", age(5)},
		{"max-age=5|max-age=5", age(5)},
		{"max-age=1800, max-age=1", stale},
		{"max-age=1|max-age=1800", stale},
		{"max-age=x, max-age=5", stale},
		{"s-maxage=1, max-age=3600", func(c *Control) { c.SMaxAge, c.MaxAge = 1, 3600 }},
		{"s-maxage=1, s-maxage=2", func(c *Control) { c.SMaxAge, c.Malformed = 0, true }},

		// Quoted strings hide what looks like directives.
		{`extension="max-age=100", max-age=1`, age(1)},
		{`max-age=1, extension="max-age=100"`, age(1)},
		{`extension="a\", no-store, \"b", max-age=1`, age(1)},
		{`extension='a, no-store, b'`, func(c *Control) { c.NoStore = true }}, // single quotes are none

		// What the grammar does not allow is read word by word.
		{`extension="no-store, max-age=1`, func(c *Control) { c.Malformed, c.NoStore, c.MaxAge = true, true, 1 }},
		{`extension="no-store\`, func(c *Control) { c.Malformed, c.NoStore = true, true }},
		{"public; no-store", func(c *Control) { c.Malformed, c.Public, c.NoStore = true, true, true }},
		{"private no-store", func(c *Control) { c.Malformed, c.Private, c.NoStore = true, true, true }},
		{"=5, max-age=3", func(c *Control) { c.Malformed, c.MaxAge = true, 3 }},
		{"\x80max-age=3", func(c *Control) { c.Malformed, c.MaxAge = true, 3 }},
		{";", func(c *Control) { c.Malformed = true }},
		{`x="a"b, max-age=3`, func(c *Control) { c.Malformed, c.MaxAge = true, 3 }},

		// RFC 5861: the shortest counts.
		{"stale-while-revalidate=60, stale-if-error=70", func(c *Control) { c.WhileRevalidate, c.IfError = 60, 70 }},
		{"stale-while-revalidate=60, stale-while-revalidate=5", func(c *Control) { c.WhileRevalidate = 5 }},
		{"stale-while-revalidate=5, stale-while-revalidate=60", func(c *Control) { c.WhileRevalidate = 5 }},
		{"stale-while-revalidate, stale-if-error=x", func(c *Control) { c.WhileRevalidate, c.IfError = 0, 0 }},

		// Sections 5.2.2.4 and 5.2.2.7: the qualified forms.
		{`private="a"`, func(c *Control) { c.Unstorable = names("a") }},
		{`no-cache="a, B" , private=",c ,"`, func(c *Control) { c.Unstorable = names("a", "B", "c") }},
		{`private="a", private`, func(c *Control) { c.Private, c.Unstorable = true, names("a") }},
		{`private=a`, func(c *Control) { c.Private = true }},
		{`no-cache=a`, func(c *Control) { c.NoCache = true }},
		{`private=""`, func(c *Control) { c.Private = true }},
		{`private=" , "`, func(c *Control) { c.Private = true }},
		{`private="a b"`, func(c *Control) { c.Private = true }},
		{`private="vary"`, func(c *Control) { c.Private = true }},
		{`no-cache="content-encoding"`, func(c *Control) { c.NoCache = true }},
		{`private="set-cookie`, func(c *Control) { c.Private, c.Malformed = true, true }},
	} {
		var lines []string
		for _, line := range strings.Split(c.lines, "|") {
			lines = append(lines, "Cache-Control: "+line)
		}
		if got, want := ReadControl(fieldLines(lines...), nil), said(c.want); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", c.lines, show(got), show(want))
		}
	}
}

func show(c Control) string {
	s := fmt.Sprintf("%+v", c)
	for _, n := range c.Unstorable {
		s += " " + string(n)
	}
	return s
}

func TestUnstorableIsBounded(t *testing.T) {
	list := strings.Repeat("a,", maxUnstorable)
	c := ReadControl(fieldLines(`Cache-Control: private="`+list+`"`), nil)
	if c.Private || len(c.Unstorable) != maxUnstorable {
		t.Errorf("%d names: private %v, %d kept", maxUnstorable, c.Private, len(c.Unstorable))
	}
	if c = ReadControl(fieldLines(`Cache-Control: private="`+list+`b"`), nil); !c.Private {
		t.Errorf("%d names: not private", maxUnstorable+1)
	}
}

func FuzzReadControl(f *testing.F) {
	f.Add(`max-age=3, private="a,b", x="\""`, "max-age=1;p")
	f.Add(`public; no-store="`, "a=(1 2), no-cache")
	f.Fuzz(func(t *testing.T, line, targeted string) {
		fields := []message.Field{{Value: []byte(line), Known: message.CacheControl}, {Name: []byte("T"), Value: []byte(targeted)}}
		c := ReadControl(fields, []string{"t"})
		for _, n := range []int64{c.MaxAge, c.SMaxAge, c.IfError, c.WhileRevalidate} {
			if n < -1 || n > maxSeconds {
				t.Errorf("%d seconds", n)
			}
		}
		// Whatever surrounds it, a restriction that stands for itself is seen.
		fields[0].Value = []byte(line + ", no-store")
		if c = ReadControl(fields, nil); !c.NoStore && strings.Count(line, `"`) == 0 {
			t.Errorf("no-store after %q is not seen", line)
		}
		fields[0].Value = []byte("no-store, " + line)
		if c = ReadControl(fields, nil); !c.NoStore {
			t.Errorf("no-store before %q is not seen", line)
		}
	})
}
