package cache

import (
	"strings"
	"testing"

	"github.com/weirproxy/weir/message"
)

// entry is the stored 200 with these lines.
func entry(lines ...string) *Entry {
	return (&Policy{}).NewEntry(request(), response(lines...), Freshness{}, at)
}

// RFC 9111, section 4.3.1.
func TestValidators(t *testing.T) {
	for _, c := range []struct {
		status int
		lines  []string
		want   string
	}{
		{200, []string{`ETag: W/"a"`, "Last-Modified: {-9}"}, `If-None-Match: W/"a"|If-Modified-Since: ` + httpDate(-9)},
		{200, []string{`ETag: "a"`}, `If-None-Match: "a"`},
		{203, []string{"Last-Modified: {-9}"}, "If-Modified-Since: " + httpDate(-9)},
		{200, []string{"X: y"}, ""},
		{404, []string{`ETag: "a"`}, ""},
		{301, []string{"Last-Modified: {-9}"}, ""},
	} {
		e := entry(c.lines...)
		e.Status = c.status
		var got []byte
		for _, f := range Validators(nil, e) {
			got = message.AppendField(got, &f)
			if f.Known != message.KnownName(f.Name) {
				t.Errorf("%s is known as %d", f.Name, f.Known)
			}
		}
		if linesOf(got) != c.want {
			t.Errorf("%d %q: got %s, want %s", c.status, c.lines, linesOf(got), c.want)
		}
	}
}

// RFC 9110, sections 8.8.3.2, 13.1.2 and 13.1.3; RFC 9111, section 4.3.2.
func TestNotModified(t *testing.T) {
	strong := []string{`ETag: "a"`, "Last-Modified: {-60}", "Date: {0}"}
	weak := []string{`ETag: W/"a"`, "Date: {0}"}
	none := []string{"Date: {-10}"}
	for _, c := range []struct {
		name     string
		response []string
		request  string
		want     bool
	}{
		{"not conditional", strong, "X: y", false},
		{"the tag", strong, `If-None-Match: "a"`, true},
		{"another tag", strong, `If-None-Match: "b"`, false},
		{"case counts", strong, `If-None-Match: "A"`, false},
		{"weak comparison", strong, `If-None-Match: W/"a"`, true},
		{"of a weak tag", weak, `If-None-Match: "a"`, true},
		{"of two", weak, `If-None-Match: W/"a"`, true},
		{"list", strong, `If-None-Match: "x", "a" ,"y"`, true},
		{"last of a list", strong, `If-None-Match: "x",W/"a"`, true},
		{"empty elements", strong, `If-None-Match: ,, "a",`, true},
		{"a list without it", strong, `If-None-Match: "x", "aa"`, false},
		{"commas in tags", []string{`ETag: "a,b"`}, `If-None-Match: "x,y", "a,b"`, true},
		{"part of a tag", []string{`ETag: "b"`}, `If-None-Match: "a,"b"`, false},
		{"several lines", strong, `If-None-Match: "x"|if-none-match: "a"`, true},
		{"any", strong, "If-None-Match: *", true},
		{"any of a response without tag", none, "If-None-Match: *", true},
		{"no tag", none, `If-None-Match: "a"`, false},
		{"empty", none, "If-None-Match:", false},
		{"unquoted", []string{"ETag: abc"}, "If-None-Match: abc", true},
		{"quoted and unquoted", []string{"ETag: abc"}, `If-None-Match: "abc"`, false},
		{"an open quote", strong, `If-None-Match: "a`, false},

		{"since then", strong, "If-Modified-Since: {-60}", true},
		{"since later", strong, "If-Modified-Since: {-59}", true},
		{"since earlier", strong, "If-Modified-Since: {-61}", false},
		{"no date", strong, "If-Modified-Since: now", false},
		{"two dates", strong, "If-Modified-Since: {0}|If-Modified-Since: {0}", false},
		{"in an old format", []string{"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"}, "If-Modified-Since: Sun Nov  6 08:49:37 1994", true},
		{"the beginning of time", []string{"Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT"}, "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT", true},
		{"Date in place of Last-Modified", none, "If-Modified-Since: {-10}", true},
		{"but not before it", none, "If-Modified-Since: {-11}", false},
		{"Date in place of what is no date", append([]string{"Last-Modified: x"}, none...), "If-Modified-Since: {-11}", false},

		{"the tag comes first", strong, `If-None-Match: "b"|If-Modified-Since: {0}`, false},
		{"either way", strong, `If-Modified-Since: {-99}|If-None-Match: "a"`, true},
		{"even one that is empty", strong, `If-Modified-Since: {0}|If-None-Match:`, false},
	} {
		var lines []string
		for _, line := range strings.Split(c.request, "|") {
			lines = append(lines, dates(line))
		}
		if got := NotModified(request(lines...), entry(c.response...)); got != c.want {
			t.Errorf("%s: %s of %q: got %v", c.name, c.request, c.response, got)
		}
	}
}

func TestNotModifiedIsForGetOf200(t *testing.T) {
	req, e := request(`If-None-Match: "a"`), entry(`ETag: "a"`)
	for method, want := range map[string]bool{"GET": true, "HEAD": true, "POST": false, "OPTIONS": false} {
		if req.Method = method; NotModified(req, e) != want {
			t.Errorf("%s: %v", method, !want)
		}
	}
	req.Method = "GET"
	for _, status := range []int{204, 206, 301, 404, 500} {
		if e.Status = status; NotModified(req, e) {
			t.Errorf("a 304 in place of %d", status)
		}
	}
	e.Status = 200
	if req.Fields[0].Drop = true; NotModified(req, e) {
		t.Error("a field that Connection names counts")
	}
}

func TestNotModifiedDoesNotAllocate(t *testing.T) {
	e := entry(`ETag: "a"`, "Last-Modified: {-60}")
	byTag, byDate := request(`If-None-Match: "x", W/"a"`), request("If-Modified-Since: "+httpDate(-60))
	if n := testing.AllocsPerRun(100, func() {
		if !NotModified(byTag, e) || !NotModified(byDate, e) {
			t.Fatal("modified")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A 304 needs a member that really is the tag.
func FuzzNotModified(f *testing.F) {
	f.Add(`"a", W/"tag"`)
	f.Add(`"a,"tag"`)
	f.Fuzz(func(t *testing.T, value string) {
		e := &Entry{Status: 200, ETag: []byte(`"tag"`)}
		req := request()
		req.Fields = []message.Field{{Name: nameIfNoneMatch, Value: []byte(value), Known: message.IfNoneMatch}}
		if NotModified(req, e) && value != "*" && !strings.Contains(value, `"tag"`) {
			t.Errorf("%q matches", value)
		}
	})
}
