package cache

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirproxy/weir/message"
)

// RFC 9110, sections 14.1.1, 14.1.2 and 14.2.
func TestRangeOf(t *testing.T) {
	const huge = "99999999999999999999"
	for _, c := range []struct {
		value  string
		length int64
		want   string
	}{
		{"bytes=0-0", 10, "0-0"},
		{"bytes=2-5", 10, "2-5"},
		{"BYTES=2-5", 10, "2-5"},
		{"bytes= 2-5 ", 10, "2-5"},
		{"bytes=9-9", 10, "9-9"},
		{"bytes=2-", 10, "2-9"},
		{"bytes=2-10", 10, "2-9"},
		{"bytes=0-" + huge, 10, "0-9"},
		{"bytes=-3", 10, "7-9"},
		{"bytes=-10", 10, "0-9"},
		{"bytes=-11", 10, "0-9"},
		{"bytes=-" + huge, 10, "0-9"},
		{"bytes=00002-5", 10, "2-5"},

		{"bytes=10-", 10, "unsatisfiable"},
		{"bytes=10-20", 10, "unsatisfiable"},
		{"bytes=" + huge + "-", 10, "unsatisfiable"},
		{"bytes=-0", 10, "unsatisfiable"},
		{"bytes=0-", 0, "unsatisfiable"},
		{"bytes=-0", 0, "unsatisfiable"},

		{"bytes=-5", 0, "whole"},
		{"bytes=5-2", 10, "whole"},
		{"bytes=" + huge + "-5", 10, "whole"},
		{"bytes=-", 10, "whole"},
		{"bytes=", 10, "whole"},
		{"bytes", 10, "whole"},
		{"", 10, "whole"},
		{"bytes=1", 10, "whole"},
		{"bytes=a-b", 10, "whole"},
		{"bytes=1-2-3", 10, "whole"},
		{"bytes=--1", 10, "whole"},
		{"bytes=+1-2", 10, "whole"},
		{"bytes=1 -2", 10, "whole"},
		{"bytes=0-1,3-4", 10, "whole"},
		{"bytes=0-1, ", 10, "whole"},
		{"items=0-1", 10, "whole"},
		{"bytes =0-1", 10, "whole"},
		{"bytes=0-1", message.Unknown, "whole"},
		{"bytes=0-" + strings.Repeat("0,0-", 1000), 10, "whole"},
	} {
		if got := rangeOf(request("Range: "+c.value), entry(), c.length); got != c.want {
			t.Errorf("%s of %d: got %s, want %s", c.value, c.length, got, c.want)
		}
	}
}

func rangeOf(req *message.Request, e *Entry, length int64) string {
	first, last, u := RangeOf(req, e, length)
	switch u {
	case Whole:
		return "whole"
	case Unsatisfiable:
		return "unsatisfiable"
	}
	return fmt.Sprintf("%d-%d", first, last)
}

func TestRangeIsForGetOf200(t *testing.T) {
	req, e := request("Range: bytes=0-1"), entry()
	for method, want := range map[string]string{"GET": "0-1", "HEAD": "whole", "POST": "whole"} {
		if req.Method = method; rangeOf(req, e, 10) != want {
			t.Errorf("%s: not %s", method, want)
		}
	}
	req.Method = "GET"
	for _, status := range []int{203, 206, 404} {
		if e.Status = status; rangeOf(req, e, 10) != "whole" {
			t.Errorf("a part of a %d", status)
		}
	}
	e.Status = 200
	if rangeOf(request("Range: bytes=0-1", "Range: bytes=0-1"), e, 10) != "whole" {
		t.Error("several lines are several ranges")
	}
	if rangeOf(request("If-Range: \"a\""), e, 10) != "whole" {
		t.Error("a part nobody asked for")
	}
}

// RFC 9110, section 13.1.5.
func TestIfRange(t *testing.T) {
	for _, c := range []struct {
		name     string
		response string
		ifRange  string
		want     string
	}{
		{"the tag", `ETag: "a"`, `If-Range: "a"`, "0-1"},
		{"another tag", `ETag: "a"`, `If-Range: "b"`, "whole"},
		{"a weak tag of the client's", `ETag: "a"`, `If-Range: W/"a"`, "whole"},
		{"a weak tag of the response", `ETag: W/"a"`, `If-Range: "a"`, "whole"},
		{"two weak tags", `ETag: W/"a"`, `If-Range: W/"a"`, "whole"},
		{"an unquoted tag", "ETag: a", "If-Range: a", "whole"},
		{"a tag where there is none", "X: y", `If-Range: "a"`, "whole"},
		{"tags are no list", `ETag: "a"`, `If-Range: "a", "b"`, "whole"},
		{"two lines", `ETag: "a"`, `If-Range: "a"|If-Range: "a"`, "whole"},
		{"empty", `ETag: "a"`, "If-Range:", "whole"},
		{"the date", "Last-Modified: {-60}|Date: {0}", "If-Range: {-60}", "0-1"},
		{"a later date", "Last-Modified: {-60}|Date: {0}", "If-Range: {-59}", "whole"},
		{"an earlier date", "Last-Modified: {-60}|Date: {0}", "If-Range: {-61}", "whole"},
		{"a weak date", "Last-Modified: {0}|Date: {0}", "If-Range: {0}", "whole"},
		{"a date that is just strong", "Last-Modified: {-1}|Date: {0}", "If-Range: {-1}", "0-1"},
		{"Date is not Last-Modified", "Date: {-60}", "If-Range: {-60}", "whole"},
	} {
		lines := []string{"Range: bytes=0-1"}
		for _, line := range strings.Split(c.ifRange, "|") {
			lines = append(lines, dates(line))
		}
		if got := rangeOf(request(lines...), entry(strings.Split(c.response, "|")...), 10); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// RFC 9110, section 14.4.
func TestContentRange(t *testing.T) {
	for _, c := range []struct {
		first, last, length int64
		want                string
	}{
		{0, 0, 1, "bytes 0-0/1"},
		{42, 1233, 1234, "bytes 42-1233/1234"},
		{42, 1233, message.Unknown, "bytes 42-1233/*"},
		{-1, -1, 1234, "bytes */1234"},
	} {
		if got := string(AppendContentRange(nil, c.first, c.last, c.length)); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func FuzzRangeOf(f *testing.F) {
	f.Add("bytes=0-5", int64(10))
	f.Add("bytes=-5", int64(0))
	f.Fuzz(func(t *testing.T, value string, length int64) {
		req := request()
		req.Fields = []message.Field{{Value: []byte(value), Known: message.Range}}
		first, last, u := RangeOf(req, &Entry{Status: 200}, length)
		if u == Part && (first < 0 || last < first || last >= length) {
			t.Errorf("%q of %d: %d-%d", value, length, first, last)
		}
	})
}

func TestRangesDoNotAllocate(t *testing.T) {
	e := entry(`ETag: "a"`, "Last-Modified: {-60}", "Date: {0}")
	byTag := request("Range: bytes=1-5", `If-Range: "a"`)
	byDate := request("Range: bytes=1-5", "If-Range: "+httpDate(-60))
	buf := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		for _, req := range [...]*message.Request{byTag, byDate} {
			first, last, u := RangeOf(req, e, 10)
			if u != Part {
				t.Fatal("no part")
			}
			buf = AppendContentRange(buf[:0], first, last, 10)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
