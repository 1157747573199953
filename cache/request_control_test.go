package cache

import (
	"math"
	"testing"

	"github.com/weirproxy/weir/message"
)

func TestRequestControl(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  func(*RequestControl)
	}{
		{nil, nil},
		{[]string{"Cache-Control: no-cache, No-Store", "cache-control: only-if-cached"},
			func(c *RequestControl) { c.NoCache, c.NoStore, c.OnlyIfCached = true, true, true }},
		{[]string{"Cache-Control: max-age=1, min-fresh=2, max-stale=3"},
			func(c *RequestControl) { c.MaxAge, c.MinFresh, c.MaxStale = 1, 2, 3 }},
		{[]string{"Cache-Control: max-stale"}, func(c *RequestControl) { c.MaxStale = math.MaxInt64 }},
		{[]string{"Cache-Control: max-stale, max-stale=4"}, func(c *RequestControl) { c.MaxStale = 4 }},
		{[]string{"Cache-Control: max-stale=x"}, nil},
		{[]string{"Cache-Control: max-stale="}, nil},
		{[]string{"Cache-Control: max-age=x"}, func(c *RequestControl) { c.MaxAge = 0 }},
		{[]string{"Cache-Control: max-age"}, func(c *RequestControl) { c.MaxAge = 0 }},
		{[]string{"Cache-Control: max-age=7", "Cache-Control: max-age=5"}, func(c *RequestControl) { c.MaxAge = 5 }},
		{[]string{"Cache-Control: min-fresh=7, min-fresh=5"}, func(c *RequestControl) { c.MinFresh = 7 }},
		{[]string{"Cache-Control: min-fresh=-1"}, func(c *RequestControl) { c.MinFresh = 1 << 31 }},
		{[]string{"Cache-Control: max-age=2147483648, max-stale=2147483649"},
			func(c *RequestControl) { c.MaxAge, c.MaxStale = 1<<31, 1<<31 }},
		{[]string{`Cache-Control: x="no-cache", max-age="3"`}, func(c *RequestControl) { c.MaxAge = 3 }},
		{[]string{"Cache-Control: foo; no-cache"}, func(c *RequestControl) { c.NoCache = true }},
		{[]string{"Pragma: foo", "Pragma: bar, No-Cache"}, func(c *RequestControl) { c.NoCache = true }},
		{[]string{"Pragma: no-cache", "Cache-Control: max-age=5"}, func(c *RequestControl) { c.MaxAge = 5 }},
		{[]string{"Pragma: no-cache", "Cache-Control:"}, nil},
		{[]string{"Pragma: foo"}, nil},
		{[]string{"Authorization: x", "If-Match: *", "If-None-Match: *", "Range: bytes=0-"}, func(c *RequestControl) {
			c.Authorized, c.Preconditions, c.Conditional, c.Ranged = true, true, true, true
		}},
		{[]string{"If-Unmodified-Since: x"}, func(c *RequestControl) { c.Preconditions = true }},
		{[]string{"If-Modified-Since: x"}, func(c *RequestControl) { c.Conditional = true }},
	} {
		want := RequestControl{MaxAge: -1, MinFresh: -1, MaxStale: -1}
		if c.want != nil {
			c.want(&want)
		}
		got := RequestControl{NoCache: true, Ranged: true} // what was there before is gone
		got.Read(&message.Request{Fields: fieldLines(c.lines...)})
		if got != want {
			t.Errorf("%q: got %+v, want %+v", c.lines, got, want)
		}
	}
}

func TestAcceptsStale(t *testing.T) {
	for _, c := range []struct {
		control string
		want    bool
	}{
		{"", true},
		{"max-stale", true},
		{"max-age=5, max-stale=5", true},
		{"max-age=5", false},
		{"min-fresh=5", false},
		{"no-cache, max-stale", false},
	} {
		if got := requestControl(c.control).AcceptsStale(); got != c.want {
			t.Errorf("%s: %v", c.control, got)
		}
	}
}

func requestControl(control string) *RequestControl {
	c := new(RequestControl)
	c.Read(&message.Request{Fields: fieldLines("Cache-Control: " + control)})
	return c
}

func TestRequestControlDoesNotAllocate(t *testing.T) {
	req := &message.Request{Fields: fieldLines("Host: x", "Accept: y", `Cache-Control: max-age=5, x="y z", max-stale`, "Pragma: no-cache")}
	var c RequestControl
	if n := testing.AllocsPerRun(100, func() { c.Read(req) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzRequestControl(f *testing.F) {
	f.Add("max-age=3, max-stale, min-fresh=x", "no-cache")
	f.Fuzz(func(t *testing.T, control, pragma string) {
		var c RequestControl
		c.Read(&message.Request{Fields: []message.Field{
			{Value: []byte(control), Known: message.CacheControl}, {Value: []byte(pragma), Known: message.Pragma},
		}})
		if c.MaxAge < -1 || c.MaxAge > maxSeconds || c.MinFresh < -1 || c.MinFresh > maxSeconds || c.MaxStale < -1 {
			t.Errorf("%+v", c)
		}
	})
}
