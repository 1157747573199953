package cache

import (
	"strings"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
)

// at is the time of arrival of the responses of these tests.
var at = Times{Sent: 1, Received: 2, Wall: wall}

func response(lines ...string) *message.Response {
	res := &message.Response{Status: 200, Version: message.HTTP11, ContentLength: 5}
	for _, line := range lines {
		res.Fields = append(res.Fields, fieldLines(dates(line))...)
	}
	return res
}

// linesOf is the lines separated by |.
func linesOf(b []byte) string {
	return strings.TrimSuffix(strings.ReplaceAll(string(b), "\r\n", "|"), "|")
}

// RFC 9111, section 3.1.
func TestEntryLeavesOut(t *testing.T) {
	date := "Date: " + httpDate(0)
	for _, c := range []struct {
		name   string
		policy Policy
		lines  []string
		want   string
	}{
		{"order, case and repetition stay", Policy{}, []string{date, "X-b: 1", "x-B: 2", "A:"}, date + "|X-b: 1|x-B: 2|A: "},
		{"one connection's", Policy{}, []string{date, "Connection: x", "Keep-Alive: 1", "TE: x", "Trailer: x", "Upgrade: x", "Transfer-Encoding: chunked", "Proxy-Connection: x", "Content-Length: 5"}, date},
		{"one proxy's", Policy{}, []string{date, "Proxy-Authenticate: x", "Proxy-Authorization: x", "proxy-authentication-INFO: x"}, date},
		{"Age", Policy{}, []string{date, "Age: 7", "age: 8"}, date},
		{"cookies", Policy{}, []string{date, "Set-Cookie: a=b"}, date},
		{"not cookies that the route stores", Policy{StoreSetCookie: true}, []string{date, "Set-Cookie: a=b"}, date + "|Set-Cookie: a=b"},
		{"what private names", Policy{}, []string{date, `Cache-Control: private="X-A, etag"`, "x-a: 1", "ETag: \"1\"", "X-B: 2"}, date + `|Cache-Control: private="X-A, etag"|X-B: 2`},
		{"what no-cache names", Policy{StoreSetCookie: true}, []string{date, `Cache-Control: no-cache="set-cookie"`, "Set-Cookie: a=b"}, date + `|Cache-Control: no-cache="set-cookie"`},
		{"what a targeted field names, and not the other", Policy{Targeted: []string{"CDN-Cache-Control"}}, []string{date, `Cache-Control: private="x"`, "CDN-Cache-Control: max-age=1", "X: y"}, date + `|Cache-Control: private="x"|CDN-Cache-Control: max-age=1|X: y`},
		{"not the status of caches before", Policy{}, []string{date, "Cache-Status: origin; hit"}, date + "|Cache-Status: origin; hit"},
		{"not the hops before", Policy{}, []string{date, "Via: 1.0 other"}, date + "|Via: 1.0 other"},
		{"all Dates but the first that is one", Policy{}, []string{"Date: today", date, "Date: {5}"}, date},
	} {
		e := c.policy.NewEntry(request(), response(c.lines...), Freshness{}, at)
		if got := linesOf(e.Lines); got != c.want+"|Via: 1.1 weir" {
			t.Errorf("%s:\ngot  %s\nwant %s|Via: 1.1 weir", c.name, got, c.want)
		}
	}
}

func TestEntryLeavesOutWhatIsDropped(t *testing.T) {
	res := response("X-A: 1", "X-B: 2", "Date: {0}")
	res.Fields[0].Drop, res.Fields[2].Drop = true, true
	e := (&Policy{}).NewEntry(request(), res, Freshness{}, at)
	if got, want := linesOf(e.Lines), "X-B: 2|Date: "+httpDate(0)+"|Via: 1.1 weir"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// RFC 9110, section 6.6.1.
func TestEntryAddsDate(t *testing.T) {
	for _, line := range []string{"X: y", "Date: yesterday", "Date:"} {
		e := (&Policy{}).NewEntry(request(), response(line), Freshness{}, at)
		if got := string(message.Get(e.Fields, message.Date)); got != httpDate(0) || e.Dated != wall.Unix() {
			t.Errorf("%s: Date is %q, Dated %d", line, got, e.Dated)
		}
	}
}

// RFC 9110, section 7.6.3.
func TestEntryViaTellsVersion(t *testing.T) {
	for v, want := range map[message.Version]string{message.HTTP10: "1.0 weir", message.HTTP11: "1.1 weir", message.HTTP2: "2 weir"} {
		res := response()
		res.Version = v
		e := (&Policy{}).NewEntry(request(), res, Freshness{}, at)
		if got := string(message.Get(e.Fields, message.Via)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// RFC 9110, section 15.4.5.
func TestEntryLines304(t *testing.T) {
	date := "Date: " + httpDate(0)
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{
			[]string{date, "Cache-Control: max-age=5", "Content-Location: /x", "ETag: \"1\"", "Expires: 0", "Vary: a", "Cache-Status: o; hit",
				"Last-Modified: {-9}", "Content-Type: a/b", "X: y", "CDN-Cache-Control: max-age=1", "Mine: max-age=1", "Content-Encoding: gzip", "Set-Cookie: a=b"},
			date + `|Cache-Control: max-age=5|Content-Location: /x|ETag: "1"|Expires: 0|Vary: a|Cache-Status: o; hit|CDN-Cache-Control: max-age=1|Mine: max-age=1`,
		},
		{[]string{date, "Last-Modified: {-9}", "Vary: b", "vary: a"}, date + "|Last-Modified: " + httpDate(-9) + "|Vary: b|vary: a"},
	} {
		p := &Policy{Targeted: []string{"mine"}, StoreSetCookie: true}
		e := p.NewEntry(request(), response(c.lines...), Freshness{}, at)
		if got := linesOf(e.Lines304); got != c.want+"|Via: 1.1 weir" {
			t.Errorf("\ngot  %s\nwant %s|Via: 1.1 weir", got, c.want)
		}
	}
}

func TestEntryDescribesResponse(t *testing.T) {
	res := response("ETag: \"x\"", "Last-Modified: {-60}", "Date: {-1}", "Vary: Accept-Encoding, X", "Surrogate-Key: a b", `Cache-Groups: "g"`)
	f := Freshness{Lifetime: time.Minute}
	e := (&Policy{}).NewEntry(request("X: 1"), res, f, at)
	switch {
	case e.Status != 200 || e.Length != 5 || e.Fresh != f:
		t.Errorf("status %d, length %d, %v", e.Status, e.Length, e.Fresh)
	case string(e.ETag) != `"x"` || string(e.LastModified) != httpDate(-60) || e.Modified != wall.Unix()-60 || e.Dated != wall.Unix()-1:
		t.Errorf("%s %s %d %d", e.ETag, e.LastModified, e.Modified, e.Dated)
	case string(e.Vary) != "accept-encoding,x":
		t.Errorf("Vary %q", e.Vary)
	case strings.Join(e.Tags, " ") != "g a b" || strings.Join(e.Groups, " ") != "g":
		t.Errorf("tags %q, groups %q", e.Tags, e.Groups)
	}
	if ok, _ := e.Matches(request("X: 1"), nil); !ok {
		t.Error("it does not match its own request")
	}
	if ok, _ := e.Matches(request("X: 2"), nil); ok {
		t.Error("it matches another request")
	}
}

// Validators that cannot be relied on are none.
func TestEntryValidators(t *testing.T) {
	for _, c := range []struct{ lines, tag, modified string }{
		{`ETag: W/"a"`, `W/"a"`, ""},
		{`ETag: ""`, `""`, ""},
		{"ETag: abc", "abc", ""},
		{`ETag: "a"|ETag: "a"`, `"a"`, ""},
		{`ETag: "a"|ETag: "b"`, "", ""},
		{`ETag: "a", "b"`, "", ""},
		{`ETag: "a b"`, "", ""},
		{`ETag: "a`, "", ""},
		{"ETag:", "", ""},
		{`ETag: w/"a"`, "", ""},
		{"ETag: \"\xfc\"", "\"\xfc\"", ""},
		{"Last-Modified: {-5}", "", httpDate(-5)},
		{"Last-Modified: {-5}|Last-Modified: {-5}", "", httpDate(-5)},
		{"Last-Modified: {-5}|Last-Modified: {-6}", "", ""},
		{"Last-Modified: long ago", "", ""},
	} {
		e := (&Policy{}).NewEntry(request(), response(strings.Split(c.lines, "|")...), Freshness{}, at)
		if string(e.ETag) != c.tag || string(e.LastModified) != c.modified {
			t.Errorf("%s: %q and %q", c.lines, e.ETag, e.LastModified)
		}
	}
}

// Fields are the lines one by one, in the same memory, and nothing of what they
// were made from is kept.
func TestEntryOwnsItsMemory(t *testing.T) {
	req, res := request("Foo: bar"), response("ETag: \"x\"", "Vary: foo", "X-Y: z", "Surrogate-Key: tag", "Date: {0}")
	e := (&Policy{}).NewEntry(req, res, Freshness{}, at)
	before, variant, tag := string(e.Lines), string(e.Variant), e.Tags[0]
	for _, fields := range [][]message.Field{req.Fields, res.Fields} {
		for i := range fields {
			clear(fields[i].Name)
			clear(fields[i].Value)
		}
	}
	if string(e.Lines) != before || string(e.Variant) != variant || e.Tags[0] != tag {
		t.Error("the entry changed with the memory of the connection")
	}
	var lines []byte
	for i := range e.Fields {
		f := &e.Fields[i]
		lines = message.AppendField(lines, f)
		if f.Known != message.KnownName(f.Name) {
			t.Errorf("%s is known as %d", f.Name, f.Known)
		}
	}
	if string(lines) != before || !strings.Contains(before, `ETag: "x"`) {
		t.Errorf("fields %q, lines %q", lines, before)
	}
	if cap(e.Lines) != len(e.Lines) || cap(e.Lines304) != len(e.Lines304) || cap(e.Vary) != len(e.Vary) {
		t.Error("one part of the entry's memory can grow into the next")
	}
}

func TestEntryTakesThreeAllocations(t *testing.T) {
	req, res := request("Accept-Encoding: gzip"), response("ETag: \"x\"", "Vary: accept-encoding", "Cache-Control: max-age=60", "Content-Type: a/b")
	p := &Policy{}
	var e *Entry
	if n := testing.AllocsPerRun(100, func() { e = p.NewEntry(req, res, Freshness{}, at) }); n > 3 {
		t.Errorf("%v allocations", n)
	}
	if e.ETag == nil {
		t.Error("no ETag")
	}
}

// RFC 9111, sections 5.2.2.4 and 5.2.2.7.
func TestPersonal(t *testing.T) {
	res := response("Set-Cookie: a=b", `Cache-Control: private="x-name"`, "X-Name: Ann", "X-Other: 1")
	for stored, want := range map[bool]string{false: "Set-Cookie: a=b|X-Name: Ann", true: "X-Name: Ann"} {
		var lines []byte
		for _, f := range (&Policy{StoreSetCookie: stored}).Personal(nil, res) {
			lines = message.AppendField(lines, &f)
		}
		if got := linesOf(lines); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
