package e2e

import (
	"slices"
	"strings"

	"github.com/weirproxy/weir/internal/origintest"
)

// rangeCases are about ranges (RFC 9110, section 14; RFC 9111, sections 3.3, 3.4).
var rangeCases = slices.Concat(rangesFromStore, rangeConditions, rangesFetched, foreignParts)

const digits = "0123456789"

// part is a case about a Range line of a request for ten stored digits: 206 with
// the part that is wanted and its place, or another status with what it shows.
func part(section, name, line string, status int, shows, place string) cacheCase {
	has := lines{"!Content-Range"}
	if place != "" {
		has = lines{"Content-Range: bytes " + place}
	}
	if status == 206 {
		has = append(has, `ETag: "a"`, "Cache-Control: max-age=60", "Content-Type: text/plain", "Age: 0..5")
	}
	again := step{req: lines{line}, want: "hit", status: status, shows: shows, has: has}
	if status == 416 {
		again.shows = ""
		return cacheCase{section, name, "plain", []step{
			{res: ok("Cache-Control: max-age=60").saying(digits), want: "fwd=uri-miss; stored"},
			{do: func(r *caseRun) {
				res := r.fetch(step{req: lines{line}})
				if res.status != 416 || res.value("Content-Range") != "bytes "+place {
					r.t.Errorf("got %v", res)
				}
				if strings.Contains(string(res.body), digits) {
					r.t.Errorf("a 416 with the content: %v", res)
				}
				r.askedTimes(1)
			}},
			{want: "hit", status: 200, shows: digits},
		}}
	}
	return cacheCase{section, name, "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`, "Content-Type: text/plain").saying(digits), want: "fwd=uri-miss; stored"},
		again,
		{want: "hit", status: 200, shows: digits, has: lines{"!Content-Range"}},
	}}
}

var rangesFromStore = []cacheCase{
	part("9110 §14.1.2", "a range in the middle", "Range: bytes=2-4", 206, "234", "2-4/10"),
	part("9110 §14.1.2", "the first byte", "Range: bytes=0-0", 206, "0", "0-0/10"),
	part("9110 §14.1.2", "the last byte", "Range: bytes=9-9", 206, "9", "9-9/10"),
	part("9110 §14.1.2", "all bytes", "Range: bytes=0-9", 206, digits, "0-9/10"),
	part("9110 §14.1.2", "from somewhere to the end", "Range: bytes=7-", 206, "789", "7-9/10"),
	part("9110 §14.1.2", "from the beginning to the end", "Range: bytes=0-", 206, digits, "0-9/10"),
	part("9110 §14.1.2", "beyond the end", "Range: bytes=5-100", 206, "56789", "5-9/10"),
	part("9110 §14.1.2", "to a number that 64 bits do not hold", "Range: bytes=8-99999999999999999999999", 206, "89", "8-9/10"),
	part("9110 §14.1.2", "the last three bytes", "Range: bytes=-3", 206, "789", "7-9/10"),
	part("9110 §14.1.2", "more last bytes than there are", "Range: bytes=-100", 206, digits, "0-9/10"),
	part("9110 §14.1.2", "space around the range", "Range:  bytes=2-4  ", 206, "234", "2-4/10"),
	part("9110 §15.5.17", "from behind the end", "Range: bytes=10-", 416, "", "*/10"),
	part("9110 §15.5.17", "far behind the end", "Range: bytes=1000-2000", 416, "", "*/10"),
	part("9110 §15.5.17", "the last no bytes", "Range: bytes=-0", 416, "", "*/10"),
	part("9110 §14.2", "several ranges get the whole", "Range: bytes=0-1,3-4", 200, digits, ""),
	part("9110 §14.2", "several ranges on two lines get the whole", "Range: bytes=0-1\r\nRange: bytes=3-4", 200, digits, ""),
	part("9110 §17.15", "a thousand ranges get the whole", "Range: bytes="+strings.Repeat("0-9,", 1000)+"0-9", 200, digits, ""),
	part("9110 §14.2", "a range backwards is ignored", "Range: bytes=5-2", 200, digits, ""),
	part("9110 §14.2", "a range of letters is ignored", "Range: bytes=a-b", 200, digits, ""),
	part("9110 §14.2", "a range of nothing is ignored", "Range: bytes=", 200, digits, ""),
	part("9110 §14.2", "a range of a dash is ignored", "Range: bytes=-", 200, digits, ""),
	part("9110 §14.2", "a range without a dash is ignored", "Range: bytes=3", 200, digits, ""),
	part("9110 §14.2", "a range with a sign is ignored", "Range: bytes=+1-2", 200, digits, ""),
	part("9110 §14.2", "a range with a fraction is ignored", "Range: bytes=1.5-2", 200, digits, ""),
	part("9110 §14.2", "a range with something behind it is ignored", "Range: bytes=1-2x", 200, digits, ""),
	part("9110 §14.2", "another unit is ignored", "Range: chars=1-2", 200, digits, ""),
	part("9110 §14.2", "no unit is ignored", "Range: 1-2", 200, digits, ""),
	{"9110 §14.2", "Range of a stored 404 is ignored", "plain", []step{
		{res: reply(404, "Cache-Control: max-age=60").saying(digits), want: "fwd=uri-miss; stored"},
		{req: lines{"Range: bytes=1-2"}, want: "hit", status: 404, shows: digits},
	}},
	{"9110 §14.2", "Range of a POST is ignored", "plain", []step{
		{res: ok("Cache-Control: max-age=60").saying(digits), want: "fwd=uri-miss; stored"},
		{method: "POST", body: "x", req: lines{"Range: bytes=1-2"}, want: "fwd=method", status: 200},
	}},
	{"9110 §14.2", "a range of what the origin sent in chunks", "plain", []step{
		{res: ok("Cache-Control: max-age=60").saying(digits).inChunks(), want: "fwd=uri-miss; stored"},
		{req: lines{"Range: bytes=2-4"}, want: "hit", status: 206, shows: "234", has: lines{"Content-Range: bytes 2-4/10"}},
	}},
	{"9110 §14.2", "a range of a large object, across its pieces", "plain", []step{{do: func(r *caseRun) {
		body := crowdBody()
		r.use(ok("Cache-Control: max-age=60").saying(body[:900_000]))
		r.fetch(step{})
		for _, line := range []string{"Range: bytes=65530-65545", "Range: bytes=262140-600000", "Range: bytes=-5"} {
			res := r.fetch(step{req: lines{line}})
			from, to := 65530, 65546
			switch {
			case strings.HasSuffix(line, "600000"):
				from, to = 262140, 600001
			case strings.HasSuffix(line, "-5"):
				from, to = 899_995, 900_000
			}
			if res.status != 206 || string(res.body) != body[from:to] {
				r.t.Errorf("%s: status %d and %d bytes, want %d", line, res.status, len(res.body), to-from)
			}
		}
		r.askedTimes(1)
	}}}},
	{"9110 §14.2", "a range of a stale one within its grace, refreshed whole", "plain", []step{
		{res: ok("Cache-Control: max-age=10, stale-while-revalidate=1000", "Age: 20", `ETag: "a"`).saying(digits), want: "fwd=uri-miss; stored"},
		{req: lines{"Range: bytes=2-4"}, res: ok("Cache-Control: max-age=60", `ETag: "b"`).saying("abcdefghij"), want: "hit; detail=stale-while-revalidate", behind: 1,
			status: 206, shows: "234", asks: lines{"!Range", `If-None-Match: "a"`}},
		{patient: true, want: "hit; ttl=50..60", status: 200, shows: "abcdefghij"},
	}},
}

// ifRange is a case about If-Range in a request for a part of a stored response
// with these lines: the part, or the whole.
func ifRange(name string, holds bool, stored []string, line string) cacheCase {
	then := step{req: lines{"Range: bytes=2-4", line}, want: "hit", status: 200, shows: digits, has: lines{"!Content-Range"}}
	if holds {
		then.status, then.shows, then.has = 206, "234", lines{"Content-Range: bytes 2-4/10"}
	}
	return cacheCase{"9110 §13.1.5", name, "plain", []step{
		{res: ok(append(lines{"Cache-Control: max-age=60"}, stored...)...).saying(digits), want: "fwd=uri-miss; stored"},
		then,
	}}
}

var rangeConditions = []cacheCase{
	ifRange("If-Range with the strong ETag: the part", true, tagA, `If-Range: "a"`),
	ifRange("If-Range with another ETag: the whole", false, tagA, `If-Range: "b"`),
	ifRange("If-Range compares strongly: weak asked", false, tagA, `If-Range: W/"a"`),
	ifRange("If-Range compares strongly: weak stored", false, weakA, `If-Range: "a"`),
	ifRange("If-Range compares strongly: both weak", false, weakA, `If-Range: W/"a"`),
	ifRange("If-Range with an ETag where there is none: the whole", false, modified, `If-Range: "a"`),
	ifRange("If-Range with the date of Last-Modified: the part", true, modified, "If-Range: {t0-3600}"),
	ifRange("If-Range with an earlier date: the whole", false, modified, "If-Range: {t0-3601}"),
	ifRange("If-Range with a later date: the whole", false, modified, "If-Range: {t0-3599}"),
	ifRange("If-Range with a date where Last-Modified is that of Date: the whole", false, lines{"Last-Modified: {t0}", "Date: {t0}"}, "If-Range: {t0}"),
	ifRange("If-Range with a date where there is none: the whole", false, tagA, "If-Range: {t0-3600}"),
	ifRange("If-Range that makes no sense: the whole", false, tagA, "If-Range: a"),
	{"9110 §13.2.2", "If-None-Match that holds comes before Range: 304", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`).saying(digits), want: "fwd=uri-miss; stored"},
		{req: lines{"Range: bytes=2-4", `If-None-Match: "a"`}, want: "hit", status: 304},
		{req: lines{"Range: bytes=2-4", `If-None-Match: "b"`}, want: "hit", status: 206, shows: "234"},
	}},
	{"9110 §13.2.2", "If-None-Match that holds comes before a range that cannot be had", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`).saying(digits), want: "fwd=uri-miss; stored"},
		{req: lines{"Range: bytes=20-", `If-None-Match: "a"`}, want: "hit", status: 304},
	}},
}

// rightBytes demands that a response to a range of digits is the part or the whole.
func rightBytes(r *caseRun, res *response, part, place string) {
	r.t.Helper()
	switch {
	case res.status == 206 && string(res.body) == part && res.value("Content-Range") == "bytes "+place:
	case res.status == 200 && string(res.body) == digits && res.value("Content-Range") == "":
	default:
		r.t.Errorf("neither the part nor the whole: %v", res)
	}
}

// rangesFetched are about ranges of what is not stored.
var rangesFetched = []cacheCase{
	rangeOfCold("a range of what is not stored, of an origin that knows ranges", "plain", thing{etag: `"a"`, body: digits, lines: lines{"Cache-Control: max-age=60"}}),
	rangeOfCold("a range of what is not stored, of an origin that knows none", "plain", thing{etag: `"a"`, body: digits, lines: lines{"Cache-Control: max-age=60"}, whole: true}),
	rangeOfCold("a range of what must not be stored", "plain", thing{body: digits, lines: lines{"Cache-Control: no-store"}}),
	rangeOfCold("a range of what is private", "plain", thing{body: digits, lines: lines{"Cache-Control: private"}, whole: true}),
	rangeOfCold("a range of what varies", "plain", thing{body: digits, lines: lines{"Cache-Control: max-age=60", "Vary: X-A"}}),
	{"9110 §14.2", "a range of what is too large to be stored", "small", []step{{do: func(r *caseRun) {
		body := crowdBody()[:20_000]
		r.keep(thing{body: body, lines: lines{"Cache-Control: max-age=60"}})
		for range 2 {
			res := r.fetch(step{req: lines{"Range: bytes=9000-9999"}})
			if ok := res.status == 206 && string(res.body) == body[9000:10000] || res.status == 200 && string(res.body) == body; !ok {
				r.t.Errorf("neither the part nor the whole: status %d and %d bytes", res.status, len(res.body))
			}
		}
		r.check("the whole", step{want: "fwd", status: 200, shows: body})
	}}}},
	{"9110 §14.2", "a range behind the end of what is not stored", "plain", []step{{do: func(r *caseRun) {
		r.keep(thing{etag: `"a"`, body: digits, lines: lines{"Cache-Control: max-age=60"}})
		if res := r.fetch(step{req: lines{"Range: bytes=50-60"}}); res.status != 416 && res.status != 200 {
			r.t.Errorf("got %v", res)
		}
		r.check("the whole", step{want: "any", status: 200, shows: digits})
	}}}},
	{"9111 §4.3.3", "a range of what is stale and was changed shows the new one only", "strict", []step{{do: func(r *caseRun) {
		r.keep(thing{etag: `"a"`, body: "abcdefghij", lines: lines{"Cache-Control: max-age=0"}})
		r.fetch(step{})
		r.keep(thing{etag: `"b"`, body: digits, lines: lines{"Cache-Control: max-age=60"}})
		rightBytes(r, r.fetch(step{req: lines{"Range: bytes=2-4"}}), "234", "2-4/10")
		r.check("the whole", step{want: "any", status: 200, shows: digits})
		rightBytes(r, r.fetch(step{req: lines{"Range: bytes=5-6", `If-Range: "a"`}}), "-", "-")
	}}}},
	{"9110 §13.1.5", "If-Range of what is not stored", "plain", []step{{do: func(r *caseRun) {
		r.keep(thing{etag: `"a"`, body: digits, lines: lines{"Cache-Control: max-age=60"}})
		rightBytes(r, r.fetch(step{path: "?1", req: lines{"Range: bytes=2-4", `If-Range: "b"`}}), "-", "-")
		rightBytes(r, r.fetch(step{path: "?2", req: lines{"Range: bytes=2-4", `If-Range: "a"`}}), "234", "2-4/10")
	}}}},
}

// rangeOfCold is a case about ranges of what nothing is stored of: two different
// ones, then the whole.
func rangeOfCold(name, route string, x thing) cacheCase {
	return cacheCase{"9110 §14.2", name, route, []step{{do: func(r *caseRun) {
		r.keep(x)
		rightBytes(r, r.fetch(step{req: lines{"Range: bytes=2-4"}}), "234", "2-4/10")
		rightBytes(r, r.fetch(step{req: lines{"Range: bytes=5-"}}), "56789", "5-9/10")
		rightBytes(r, r.fetch(step{req: lines{"Range: bytes=-1", "X-A: 1"}}), "9", "9-9/10")
		r.check("the whole", step{want: "any", status: 200, shows: digits, has: lines{"!Content-Range"}})
		r.check("the whole again", step{want: "any", status: 200, shows: digits})
	}}}}
}

// sends is an origin that answers every request with these bytes.
func sends(raw string) *answer {
	return scripted(func(c *origintest.Conn, _ *origintest.Request) error { return c.Send(raw) })
}

// foreignPart is a case about a 206 of the origin with these lines and five bytes:
// whatever came of it, it must not pass for the whole, nor for another part.
func foreignPart(name string, asked []string, fields ...string) cacheCase {
	return cacheCase{"9111 §3.3", name, "plain", []step{{do: func(r *caseRun) {
		all := append(lines{"HTTP/1.1 206 Part", "Cache-Control: max-age=60", "Content-Length: 5", `ETag: "a"`}, fields...)
		r.use(sends(strings.Join(all, "\r\n") + "\r\n\r\nabcde"))
		if _, err := r.exchange(&step{req: asked}); err != nil {
			r.t.Logf("the 206 itself: %v", err)
		}
		r.keep(thing{etag: `"a"`, body: digits, lines: lines{"Cache-Control: max-age=60"}})
		r.check("the whole", step{want: "fwd", status: 200, shows: digits, has: lines{"!Content-Range"}})
		rightBytes(r, r.fetch(step{req: lines{"Range: bytes=2-4"}}), "234", "2-4/10")
	}}}}
}

var foreignParts = []cacheCase{
	foreignPart("a 206 is not stored as the whole", lines{"Range: bytes=0-4"}, "Content-Range: bytes 0-4/10"),
	foreignPart("a 206 of another part than that asked for", lines{"Range: bytes=0-4"}, "Content-Range: bytes 5-9/10"),
	foreignPart("a 206 that nobody asked for", nil, "Content-Range: bytes 0-4/10"),
	foreignPart("a 206 of the whole that nobody asked for, with a wrong length", nil, "Content-Range: bytes 0-4/5"),
	foreignPart("a 206 without Content-Range", lines{"Range: bytes=0-4"}),
	foreignPart("a 206 whose Content-Range does not fit its length", lines{"Range: bytes=0-4"}, "Content-Range: bytes 0-9/10"),
	foreignPart("a 206 whose Content-Range makes no sense", lines{"Range: bytes=0-4"}, "Content-Range: bytes 4-0/10"),
	foreignPart("a 206 of several parts", lines{"Range: bytes=0-1,3-4"}, "Content-Type: multipart/byteranges; boundary=x"),
	{"9110 §14.4", "Content-Range in a 200 means nothing", "plain", []step{
		{res: ok("Cache-Control: max-age=60", "Content-Range: bytes 0-9/100").saying(digits), want: "fwd=uri-miss", status: 200},
		{want: "any", status: 200, shows: digits},
		{req: lines{"Range: bytes=2-4"}, want: "any", status: 206, shows: "234", has: lines{"Content-Range: bytes 2-4/10"}},
	}},
	{"9111 §4.3.3", "a 206 to a validation does not take the place of the whole", "strict", []step{{do: func(r *caseRun) {
		r.use(staleAtOnce(`ETag: "a"`).saying(digits))
		r.fetch(step{})
		r.use(sends("HTTP/1.1 206 Part\r\nCache-Control: max-age=60\r\nETag: \"b\"\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\nabcde"))
		r.exchange(&step{})
		r.keep(thing{etag: `"c"`, body: digits, lines: lines{"Cache-Control: max-age=60"}})
		r.check("the whole", step{want: "fwd", status: 200, shows: digits})
	}}}},
	{"9110 §15.5.17", "a 416 of the origin is not stored as the answer to all", "plain", []step{{do: func(r *caseRun) {
		r.use(sends("HTTP/1.1 416 No\r\nCache-Control: max-age=60\r\nContent-Range: bytes */10\r\nContent-Length: 0\r\n\r\n"))
		r.exchange(&step{req: lines{"Range: bytes=50-"}})
		r.keep(thing{etag: `"a"`, body: digits, lines: lines{"Cache-Control: max-age=60"}})
		r.check("the whole", step{want: "fwd", status: 200, shows: digits})
	}}}},
}
