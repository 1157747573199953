package cache

import (
	"strings"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
)

// freshened is what p makes of a stored response and a later one, 100 s after it,
// with the lines each, separated by |, and a body that both share.
func freshened(t *testing.T, p *Policy, stored, update string) (old, fresh *Entry, why Detail) {
	t.Helper()
	req := request("Foo: bar")
	old = p.NewEntry(req, response(strings.Split(stored, "|")...), Freshness{}, at)
	old.body = [][]byte{[]byte("hello")}
	res := response(strings.Split(update, "|")...)
	res.Status, res.ContentLength = 304, message.Unknown
	var c RequestControl
	c.Read(req)
	fresh, why = p.Freshen(old, req, &c, res, later)
	return old, fresh, why
}

// later is when updates arrive.
var later = Times{Sent: 100 * second, Received: 101 * second, Wall: wall.Add(100 * time.Second)}

// RFC 9111, section 4.3.4: which stored response a 304 is about.
func TestFreshenSelects(t *testing.T) {
	const fresh = "Cache-Control: max-age=60"
	for _, c := range []struct {
		name, stored, update string
		selected             bool
	}{
		{"the strong tag", `ETag: "a"`, `ETag: "a"`, true},
		{"another", `ETag: "a"`, `ETag: "b"`, false},
		{"a strong tag is not the weak one", `ETag: W/"a"`, `ETag: "a"`, false},
		{"the weak tag", `ETag: W/"a"`, `ETag: W/"a"`, true},
		{"a weak tag for a strong one", `ETag: "a"`, `ETag: W/"a"`, true},
		{"another weak tag", `ETag: W/"a"`, `ETag: W/"b"`, false},
		{"a tag where there was none", "Last-Modified: {-9}", `ETag: "a"|Last-Modified: {-9}`, false},
		{"two tags", `ETag: "a"`, `ETag: "a"|ETag: "b"`, false},
		{"the tag with another date", `ETag: "a"|Last-Modified: {-9}`, `ETag: "a"|Last-Modified: {-8}`, true},
		{"the date", "Last-Modified: {-9}", "Last-Modified: {-9}", true},
		{"another date", "Last-Modified: {-9}", "Last-Modified: {-8}", false},
		{"a date that is none", "Last-Modified: {-9}", "Last-Modified: soon", false},
		{"a date where there is but a tag", `ETag: "a"`, "Last-Modified: {-9}", false},
		{"no validator", `ETag: "a"|Last-Modified: {-9}`, "X: y", true},
	} {
		_, e, why := freshened(t, &Policy{}, fresh+"|"+c.stored, c.update)
		if (e != nil) != c.selected || c.selected != (why == None) || !c.selected && why != Superseded {
			t.Errorf("%s: got %v, %s", c.name, e != nil, why)
		}
	}
}

// RFC 9111, section 3.2.
func TestFreshenMerges(t *testing.T) {
	then, now := "Date: "+httpDate(0), "Date: "+httpDate(100)
	for _, c := range []struct{ name, stored, update, want string }{
		{"replaced", then + "|X: 1|Y: 2", now + "|x: 3", "Y: 2|" + now + "|x: 3"},
		{"all lines of a name", then + "|X: 1|X: 2|Y: 2", now + "|X: 3|X: 4", "Y: 2|" + now + "|X: 3|X: 4"},
		{"added", then, now + "|New: 1", now + "|New: 1"},
		{"nothing is taken away", then + "|X: 1", now, "X: 1|" + now},
		{"Date is the arrival's", then + "|X: 1", "Y: 2", "X: 1|Y: 2|" + now},
		{"the body is coded as it was", then + "|Content-Type: a/b|Content-Encoding: gzip", now + "|Content-Type: c/d|content-encoding: br|Content-Length: 0|Content-Range: bytes 0-1/2",
			"Content-Encoding: gzip|" + now + "|Content-Type: c/d"},
		{"Age is not stored", then, now + "|Age: 5", now},
		{"one connection's", then + "|Keep-Alive: 1", now + "|Connection: x|Proxy-Authenticate: x", now},
		{"Via is the update's", then + "|Via: 1.1 a", now + "|Via: 1.1 b", now + "|Via: 1.1 b"},
		{"or the stored one", then + "|Via: 1.1 a", now, "Via: 1.1 a|" + now},
		{"Cache-Status too", then + "|Cache-Status: a; hit", now + "|Cache-Status: a; fwd=stale", now + "|Cache-Status: a; fwd=stale"},
		{"what is excluded now", then + "|X: 1", now + `|Cache-Control: max-age=9, private="x"`, now + `|Cache-Control: max-age=9, private="x"`},
	} {
		_, e, _ := freshened(t, &Policy{}, c.stored, c.update)
		if got := linesOf(e.Lines); got != c.want+"|Via: 1.1 weir" {
			t.Errorf("%s:\ngot  %s\nwant %s|Via: 1.1 weir", c.name, got, c.want)
		}
	}
}

func TestFreshenIgnoresDropped(t *testing.T) {
	e := entry("X: 1", "Cache-Control: max-age=9")
	res := response("X: 2", "Date: {0}")
	res.Fields[0].Drop = true
	fresh, _ := (&Policy{}).Freshen(e, request(), &RequestControl{}, res, later)
	if got := linesOf(fresh.Lines); !strings.HasPrefix(got, "X: 1|") {
		t.Errorf("got %s", got)
	}
}

func TestFreshenMakesANewEntry(t *testing.T) {
	old, e, why := freshened(t, &Policy{}, `ETag: "a"|Cache-Control: max-age=1|Vary: foo|Cache-Tag: t`, `ETag: "a"|Cache-Control: max-age=60|Age: 7|Cache-Tag: u`)
	before := linesOf(old.Lines)
	switch {
	case why != None:
		t.Error(why)
	case e.Status != 200 || e.Length != old.Length || len(e.Body()) != 1 || &e.Body()[0][0] != &old.Body()[0][0]:
		t.Error("the body is not the same")
	case e.Fresh.Lifetime != time.Minute || e.Fresh.Received != later.Received || e.Fresh.InitialAge < 7*time.Second:
		t.Errorf("%+v", e.Fresh)
	case string(e.ETag) != `"a"` || strings.Join(e.Tags, "|") != "u" || string(e.Vary) != "foo" || string(e.Variant) != string(old.Variant):
		t.Errorf("%s %q %s", e.ETag, e.Tags, e.Vary)
	case before != linesOf(old.Lines):
		t.Error("the old entry changed")
	}
	again, why := (&Policy{}).Freshen(e, request("Foo: bar"), &RequestControl{}, response(`ETag: "a"`), later)
	if got := linesOf(again.Lines); strings.Count(got, "Via") != 1 || why != None {
		t.Errorf("%s: %s", why, got)
	}
}

// Tags that whoever stored the entry gave it are not its fields' to lose.
func TestFreshenKeepsTagsGiven(t *testing.T) {
	e := entry("Cache-Tag: a, b", "Cache-Control: max-age=9")
	e.Tags = append(e.Tags, "given")
	fresh, _ := (&Policy{}).Freshen(e, request(), &RequestControl{}, response("Cache-Tag: c"), later)
	if got := strings.Join(fresh.Tags, " "); got != "c given" {
		t.Errorf("got %s", got)
	}
}

// What may not be stored any more still answers this request.
func TestFreshenTellsWhatMayNotBeStored(t *testing.T) {
	for update, want := range map[string]Detail{
		"Cache-Control: no-store":              NoStore,
		"Cache-Control: private":               Private,
		"Vary: *":                              VaryStar,
		"Set-Cookie: a=b":                      None, // it is for the client that asked
		"Cache-Control: max-age=60, s-maxage=": None, // malformed: stale, but it can be validated
	} {
		_, e, why := freshened(t, &Policy{}, `ETag: "a"|Cache-Control: max-age=1`, update)
		if e == nil || why != want {
			t.Errorf("%s: %v %s", update, e != nil, why)
		} else if strings.Contains(string(e.Lines), "Set-Cookie") {
			t.Errorf("%s: %s", update, linesOf(e.Lines))
		}
	}
}

// RFC 9111, section 4.3.5.
func TestFromHead(t *testing.T) {
	stored := []string{`ETag: "a"`, "Last-Modified: {-9}", "Cache-Control: max-age=1", "X: 1"}
	for _, c := range []struct {
		name   string
		update string
		length int64
		status int
		ok     bool
	}{
		{"all the same", `ETag: "a"|Last-Modified: {-9}|X: 2`, 5, 200, true},
		{"without validators", "X: 2", message.Unknown, 200, true},
		{"another length", `ETag: "a"|X: 2`, 6, 200, false},
		{"another tag", `ETag: "b"|X: 2`, 5, 200, false},
		{"a weaker tag", `ETag: W/"a"|X: 2`, 5, 200, false},
		{"another date", `ETag: "a"|Last-Modified: {-8}|X: 2`, 5, 200, false},
		{"not to be stored", `ETag: "a"|Cache-Control: no-store|X: 2`, 5, 200, false},
		{"another status", `ETag: "a"|X: 2`, 5, 404, false},
	} {
		e := entry(stored...)
		e.body = [][]byte{[]byte("hello")}
		req, res := request(), response(strings.Split(c.update, "|")...)
		req.Method, res.ContentLength, res.Status = "HEAD", c.length, c.status
		fresh, ok := (&Policy{}).FromHead(e, req, &RequestControl{}, res, later)
		if ok != c.ok {
			t.Errorf("%s: %v", c.name, ok)
		}
		if ok && (!strings.Contains(linesOf(fresh.Lines), "X: 2") || strings.Contains(linesOf(fresh.Lines), "X: 1") || fresh.Length != 5 || len(fresh.Body()) != 1) {
			t.Errorf("%s: %s, length %d", c.name, linesOf(fresh.Lines), fresh.Length)
		}
	}
	gone := entry(stored...)
	gone.Status = 404
	if _, ok := (&Policy{}).FromHead(gone, request(), &RequestControl{}, response(`ETag: "a"`), later); ok {
		t.Error("a 200 describes a stored 404")
	}
}
