package e2e

import (
	"io"
	"slices"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// freshnessCases are about for how long a response is fresh (RFC 9111, section
// 4.2). Nothing here waits: responses are born old, by Age or by Date.
var freshnessCases = slices.Concat(lifetimeCases, directiveSyntax, expiresCases, ageCases)

// lifetimeCases are about which of several lifetimes counts.
var lifetimeCases = []cacheCase{
	reused("9111 §4.2.1", "max-age is the lifetime", "ttl=58..60", "Cache-Control: max-age=60"),
	reused("9111 §4.2.1", "s-maxage is the lifetime", "ttl=58..60", "Cache-Control: s-maxage=60"),
	reused("9111 §4.2.1", "Expires less Date is the lifetime", "ttl=58..60", "Expires: {now+60}"),
	reused("9111 §4.2.1", "s-maxage wins over a longer max-age", "ttl=58..60", "Cache-Control: max-age=600, s-maxage=60"),
	reused("9111 §4.2.1", "s-maxage wins over a shorter max-age", "ttl=598..600", "Cache-Control: s-maxage=600, max-age=60"),
	reused("9111 §4.2.1", "s-maxage wins over max-age=0", "ttl=58..60", "Cache-Control: max-age=0, s-maxage=60"),
	reused("9111 §4.2.1", "s-maxage wins over Expires in the past", "ttl=58..60", "Cache-Control: s-maxage=60", "Expires: {now-60}"),
	reused("9111 §4.2.1", "max-age wins over Expires in the past", "ttl=58..60", "Cache-Control: max-age=60", "Expires: {now-600}"),
	reused("9111 §4.2.1", "max-age wins over an Expires that makes no sense", "ttl=58..60", "Cache-Control: max-age=60", "Expires: 0"),
	reused("9111 §4.2.1", "max-age wins over a later Expires", "ttl=58..60", "Cache-Control: max-age=60", "Expires: {now+6000}"),
	notReused("9111 §4.2.1", "s-maxage=0 wins over max-age", "Cache-Control: s-maxage=0, max-age=600"),
	notReused("9111 §4.2.1", "a short s-maxage that is over wins over a long max-age", "Cache-Control: max-age=600, s-maxage=10", "Age: 20"),
	notReused("9111 §4.2.1", "max-age=0 wins over Expires in the future", "Cache-Control: max-age=0", "Expires: {now+600}"),
	notReused("9111 §4.2.1", "max-age that is over wins over Expires in the future", "Cache-Control: max-age=10", "Expires: {now+600}", "Age: 20"),
	notReused("9111 §4.2.1", "max-age=0 is stale at once", "Cache-Control: max-age=0"),
	notReused("9111 §4.2.1", "public says nothing about how long", "Cache-Control: public"),
	notReused("9111 §4.2.1", "must-revalidate says nothing about how long", "Cache-Control: must-revalidate"),
	reused("9111 §5.2.2.2", "must-revalidate is reused while it is fresh", "ttl=58..60", "Cache-Control: max-age=60, must-revalidate"),
	notReused("9111 §5.2.2.2", "must-revalidate is not reused once it is stale", "Cache-Control: max-age=10, must-revalidate", "Age: 20"),
	notReused("9111 §5.2.2.2", "must-revalidate is not used with the operator's grace", "Cache-Control: max-age=10, must-revalidate", "Age: 11").on("plain"),
	notReused("9111 §5.2.2.8", "proxy-revalidate is not used with the operator's grace", "Cache-Control: max-age=10, proxy-revalidate", "Age: 11").on("plain"),
	notReused("9111 §5.2.2.10", "s-maxage implies proxy-revalidate: no grace", "Cache-Control: s-maxage=10", "Age: 11").on("plain"),
	reused("9111 §5.2.2.8", "proxy-revalidate is reused while it is fresh", "ttl=58..60", "Cache-Control: proxy-revalidate, max-age=60"),
	{"9111 §5.2.2.4", "no-cache is validated before each use, fresh or not", "plain", []step{
		{res: ok(`ETag: "a"`, "Cache-Control: max-age=60, no-cache"), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=60, no-cache"), want: "fwd=stale; fwd-status=304", asks: []string{`If-None-Match: "a"`}},
		{want: "fwd=stale; fwd-status=304", asks: []string{`If-None-Match: "a"`}},
	}},
	{"9111 §5.2.2.4", "no-cache without freshness is kept for validation", "strict", []step{
		{res: ok(`ETag: "a"`, "Cache-Control: no-cache"), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`), want: "fwd=stale; fwd-status=304", asks: []string{`If-None-Match: "a"`}},
	}},
	notReused("9111 §5.2.2.4", "no-cache in any case of letters", "Cache-Control: max-age=60, No-CaChE").on("plain"),
	notReused("9111 §5.2.2.4", "no-cache on a second line", "Cache-Control: max-age=60", "Cache-Control: no-cache").on("plain"),
	{"9111 §4.2", "a response becomes stale when its time is over", "strict", []step{
		{res: ok("Cache-Control: max-age=2"), want: "fwd=uri-miss; stored"},
		{want: "hit; ttl=0..2"},
		{want: "fwd", patient: true},
	}},
	unreachable("9111 §5.2.2.2", "must-revalidate"), unreachable("9111 §5.2.2.8", "proxy-revalidate"),
	unreachable("9111 §5.2.2.10", "s-maxage=10"), unreachable("9111 §5.2.2.4", "no-cache"),
	noGraceFor("9111 §5.2.2.2", "max-age=1, must-revalidate"),
	noGraceFor("9111 §5.2.2.8", "max-age=1, proxy-revalidate"),
	noGraceFor("9111 §5.2.2.10", "s-maxage=1"),
	noGraceFor("9111 §5.2.2.2", "max-age=1, must-revalidate, stale-while-revalidate=60"),
}

// noGraceFor is a case about a response that is validated as soon as its time is
// over, on a route that has grace for others.
func noGraceFor(section, directives string) cacheCase {
	return cacheCase{section, "validated as soon as its time is over: " + directives, "plain", []step{
		{res: ok("Cache-Control: "+directives, `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=60"), want: "fwd=stale; fwd-status=304", patient: true, asks: []string{`If-None-Match: "a"`}},
	}}
}

// unreachable is a case about a stale response that must not be used when the
// origin is gone: the client gets an error.
func unreachable(section, directives string) cacheCase {
	return cacheCase{section, "an origin out of reach does not excuse the use of stale: " + directives, "plain", []step{
		{res: ok("Cache-Control: max-age=10, "+directives, "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{do: func(r *caseRun) {
			r.use(scripted(func(*origintest.Conn, *origintest.Request) error { return io.EOF }))
			res, err := r.exchange(&step{})
			if err != nil || res.status != 502 && res.status != 504 {
				r.t.Errorf("%v, want 502 or 504: %v", err, res)
			}
		}},
	}}
}

// directiveSyntax is about how Cache-Control is read (RFC 9111, section 5.2).
var directiveSyntax = []cacheCase{
	reused("9111 §5.2", "directives in any case of letters", "ttl=58..60", "Cache-Control: Max-AGE=60"),
	reused("9111 §5.2", "the name of the field in any case of letters", "ttl=58..60", "cACHE-cONTROL: max-age=60"),
	reused("9111 §5.2", "whitespace and empty elements around directives", "ttl=58..60", "Cache-Control: , ,\t public ,max-age=60 ,,"),
	reused("9111 §5.2", "directives on several lines are one list", "ttl=58..60", "Cache-Control: public", "Cache-Control: max-age=60"),
	reused("9111 §5.2", "an empty line of Cache-Control does no harm", "ttl=58..60", "Cache-Control:", "Cache-Control: max-age=60"),
	reused("9111 §5.2", "a quoted number is that number", "ttl=58..60", `Cache-Control: max-age="60"`),
	reused("9111 §5.2", "a quoted s-maxage is that number", "ttl=58..60", `Cache-Control: s-maxage="60", max-age=5`),
	reused("9111 §5.2.3", "unknown directives are ignored", "ttl=58..60", "Cache-Control: foo, bar=baz, max-age=60, x-y=1"),
	reused("9111 §5.2.3", "an unknown directive whose name begins like one that is known", "ttl=58..60", "Cache-Control: no-storex, max-age=60, privatex, no-cache-x, max-agex=0"),
	reused("9111 §5.2.3", "an unknown directive whose name ends like one that is known", "ttl=58..60", "Cache-Control: xno-store, x-private, x-max-age=0, max-age=60"),
	reused("9111 §5.2.3", "no-store inside a quoted string is no directive", "ttl=58..60", `Cache-Control: x="a, no-store, b", max-age=60`),
	reused("9111 §5.2.3", "private behind an escaped quote is no directive", "ttl=58..60", `Cache-Control: x="\", private, \"", max-age=60`),
	notReused("9111 §5.2.3", "max-age inside a quoted string in front of the real one", `Cache-Control: x="max-age=600", max-age=10`, "Age: 20"),
	notReused("9111 §5.2.3", "max-age inside a quoted string behind the real one", `Cache-Control: max-age=10, x="max-age=600"`, "Age: 20"),
	notReused("9111 §5.2.3", "max-age inside a quoted string only", `Cache-Control: x="a, max-age=600, b"`),
	notReused("9111 §5.2", "no-store behind an unterminated quoted string is not overlooked", `Cache-Control: max-age=60, x="y, no-store`),
	notReused("9111 §5.2", "max-age behind an unterminated quoted string does not count", `Cache-Control: x="y, max-age=60`),
	reused("9111 §1.2.2", "leading zeros", "ttl=58..60", "Cache-Control: max-age=00000000000000000000060"),
	reused("9111 §1.2.2", "2147483648 seconds", "ttl=2147483640..2147483648", "Cache-Control: max-age=2147483648"),
	reused("9111 §1.2.2", "more than 2147483648 seconds are as many as can be", "ttl=2147483640..2147483648", "Cache-Control: max-age=99999999999"),
	reused("9111 §1.2.2", "more seconds than 64 bits hold", "ttl=2147483640..2147483648", "Cache-Control: max-age=36893488147419103232"),
	reused("9111 §1.2.2", "s-maxage of more seconds than 32 bits hold", "ttl=2147483640..2147483648", "Cache-Control: s-maxage=4294967297"),
	notReused("9111 §4.2.1", "max-age twice on a line, the shorter one last: it wins", "Cache-Control: max-age=600, max-age=10", "Age: 20"),
	notReused("9111 §4.2.1", "max-age twice on a line, the shorter one first: it wins", "Cache-Control: max-age=10, max-age=600", "Age: 20"),
	notReused("9111 §4.2.1", "max-age on two lines, the shorter one last: it wins", "Cache-Control: max-age=600", "Cache-Control: max-age=10", "Age: 20"),
	notReused("9111 §4.2.1", "max-age on two lines, the shorter one first: it wins", "Cache-Control: max-age=10", "Cache-Control: max-age=600", "Age: 20"),
	notReused("9111 §4.2.1", "s-maxage twice: the shorter one wins", "Cache-Control: s-maxage=600, s-maxage=10", "Age: 20"),
	reused("9111 §4.2.1", "max-age twice with the same value", "ttl=58..60", "Cache-Control: max-age=60, max-age=60"),
	notReused("9111 §4.2.1", "a malformed max-age does not make room for Expires", "Cache-Control: max-age=x", "Expires: {now+600}"),
	malformed("max-age="), malformed("max-age"), malformed(`max-age=""`), malformed("max-age=-1"), malformed("max-age=+60"), malformed("max-age='60'"),
	malformed("max-age=a60"), malformed("max-age=60a"), malformed("max-age=0x60"), malformed("max-age=60;public"), malformed("max-age=6 0"),
	malformed(`max-age="60`), malformed("max-age:60"), malformed("s-maxage=a60, max-age=600"), malformed("max-age=60, max-age=x"),
}

// malformed is a case about a lifetime that makes no sense: the response is taken
// for stale.
func malformed(directives string) cacheCase {
	return notReused("9111 §4.2.1", "malformed: "+directives, "Cache-Control: "+directives)
}

// expiresCases are about Expires (RFC 9111, section 5.3) and Date.
var expiresCases = []cacheCase{
	reused("9111 §5.3", "Expires in the future, in the format of RFC 850", "ttl=58..60", "Expires: {rfc850:now+60}"),
	reused("9111 §5.3", "Expires in the future, in the format of asctime", "ttl=58..60", "Expires: {asctime:now+60}"),
	reused("9111 §5.3", "Expires without Date counts from when it came", "ttl=58..60", "Expires: {now+60}", "!Date"),
	reused("9111 §4.2.1", "Expires by an origin whose clock is fast", "ttl=58..60", "Date: {now+3600}", "Expires: {now+3660}"),
	reused("9111 §5.3", "Expires beyond 2038", "", "Expires: Thu, 18 Aug 2050 02:01:18 GMT"),
	reused("9111 §5.3", "Expires beyond what 32 bits hold, unsigned too", "", "Expires: Fri, 18 Aug 2150 02:01:18 GMT"),
	notReused("9111 §5.3", "Expires in the past", "Expires: {now-60}"),
	notReused("9111 §5.3", "Expires now", "Expires: {now}"),
	notReused("9111 §5.3", "Expires before Date, both in the future", "Date: {now+600}", "Expires: {now+300}"),
	notReused("9111 §5.3", "Expires by an origin whose clock is slow: it is old already", "Date: {now-3600}", "Expires: {now-3540}"),
	notReused("9111 §5.3", "Expires: 0 is in the past", "Expires: 0"),
	notReused("9111 §5.3", "Expires: -1 is in the past", "Expires: -1"),
	notReused("9111 §5.3", "an empty Expires is in the past", "Expires:"),
	notReused("9111 §5.3", "words are in the past", "Expires: tomorrow"),
	notReused("9111 §5.3", "a number of seconds is in the past", "Expires: 3600"),
	notReused("9110 §5.6.7", "two digits of a year more than 50 years ahead are of the last century", "Expires: {rfc850:now+1640995200}"),
	reused("9110 §5.6.7", "two digits of a year less than 50 years ahead are of this century", "", "Expires: {rfc850:now+1514764800}"),
	notReused("9111 §5.3", "Expires on February 30", "Expires: Wed, 30 Feb 2050 02:01:18 GMT"),
	notReused("9111 §5.3", "Expires at 25 o'clock", "Expires: Thu, 18 Aug 2050 25:01:18 GMT"),
	notReused("9111 §5.3", "Expires with another zone", "Expires: Thu, 18 Aug 2050 02:01:18 PST"),
	notReused("9111 §5.3", "Expires with dots in the time", "Expires: Thu, 18 Aug 2050 02.01.18 GMT"),
	notReused("9111 §5.3", "Expires with dashes in a date of four digits", "Expires: Thu, 18-Aug-2050 02:01:18 GMT"),
	notReused("9111 §5.3", "Expires with several spaces", "Expires: Thu, 18  Aug  2050 02:01:18 GMT"),
	notReused("9111 §5.3", "Expires without a comma", "Expires: Thu 18 Aug 2050 02:01:18 GMT"),
	notReused("9111 §5.3", "two Expires, one of them in the past", "Expires: {now+600}", "Expires: {now-600}"),
	notReused("9111 §5.3", "two Expires, the first of them in the past", "Expires: {now-600}", "Expires: {now+600}"),
	reused("9111 §4.2.3", "a Date that makes no sense does not change max-age", "ttl=58..60", "Cache-Control: max-age=60", "Date: yesterday"),
	{"9110 §6.6.1", "a response without Date gets one", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "!Date"), want: "fwd=uri-miss; stored", has: []string{"Date: *"}},
		{want: "hit", has: []string{"Date: *"}},
	}},
	{"9110 §6.6.1", "the Date that weir adds is when the response came, for as long as it is stored", "strict", []step{
		{do: func(r *caseRun) {
			r.use(ok("Cache-Control: max-age=60", "!Date"))
			first, err := r.exchange(&step{})
			later := first
			await(r.t, "a second has passed", func() bool {
				later, err = r.exchange(&step{})
				return err != nil || later.value("Age") == "1"
			})
			if err != nil || later.value("Date") != first.value("Date") || later.value("Date") == "" {
				r.t.Errorf("%v: first %v\nlater %v", err, first, later)
			}
		}},
	}},
	{"9111 §4.2.3", "Date is passed on from the store as it came", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Date: {t0-30}"), want: "fwd=uri-miss; stored", has: []string{"Date: {t0-30}"}},
		{want: "hit", has: []string{"Date: {t0-30}"}},
	}},
}

// ageCases are about how old a response is (RFC 9111, sections 4.2.3 and 5.1).
var ageCases = []cacheCase{
	aged("a response that just came is hardly aged", "Age: 0..2", "ttl=58..60"),
	aged("Date makes the apparent age", "Age: 30..32", "ttl=28..30", "Date: {now-30}"),
	aged("Date in the format of RFC 850", "Age: 30..32", "ttl=28..30", "Date: {rfc850:now-30}"),
	aged("Date in the format of asctime", "Age: 30..32", "ttl=28..30", "Date: {asctime:now-30}"),
	aged("Age counts", "Age: 20..22", "ttl=38..40", "Age: 20"),
	aged("the larger of Age and apparent age: Date", "Age: 40..42", "ttl=18..20", "Date: {now-40}", "Age: 20"),
	aged("the larger of Age and apparent age: Age", "Age: 40..42", "ttl=18..20", "Date: {now-20}", "Age: 40"),
	aged("a Date in the future makes nobody younger", "Age: 20..22", "ttl=38..40", "Date: {now+3600}", "Age: 20"),
	aged("without Date there is Age alone", "Age: 20..22", "ttl=38..40", "!Date", "Age: 20"),
	aged("Age with leading zeros", "Age: 20..22", "ttl=38..40", "Age: 00000000000000000020"),
	aged("of several Age values on a line the first counts", "Age: 20..22", "ttl=38..40", "Age: 20, 0"),
	aged("of several lines of Age the first counts", "Age: 20..22", "ttl=38..40", "Age: 20", "Age: 0"),
	aged("a larger Age behind the first is discarded", "Age: 0..2", "ttl=58..60", "Age: 0, 7200"),
	aged("an Age that is no number is ignored", "Age: 0..2", "ttl=58..60", "Age: abc"),
	aged("a negative Age is ignored", "Age: 0..2", "ttl=58..60", "Age: -7200"),
	aged("an Age with a fraction is ignored", "Age: 0..2", "ttl=58..60", "Age: 7200.0"),
	aged("an empty Age is ignored", "Age: 0..2", "ttl=58..60", "Age:"),
	notReused("9111 §4.2.3", "an Age over the lifetime makes it stale", "Cache-Control: max-age=60", "Age: 61"),
	notReused("9111 §4.2.3", "an Age equal to the lifetime makes it stale", "Cache-Control: max-age=60", "Age: 60"),
	notReused("9111 §4.2.3", "a Date older than the lifetime makes it stale", "Cache-Control: max-age=60", "Date: {now-100}"),
	notReused("9111 §4.2.3", "an Age over the lifetime by Expires makes it stale", "Expires: {now+60}", "Age: 100"),
	notReused("9111 §1.2.2", "an Age of more than 2147483648 is not young", "Cache-Control: max-age=2147483647", "Age: 99999999999"),
	notReused("9111 §1.2.2", "an Age that does not fit 64 bits is not young", "Cache-Control: max-age=600", "Age: 18446744073709551617"),
	notReused("9111 §4.2.3", "an Age over the lifetime, twice", "Cache-Control: max-age=60", "Age: 7200, 7200"),
	{"9111 §4.2.3", "the time an answer takes counts as age", "strict", []step{
		{res: scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Pause(1100 * time.Millisecond)
			return c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nAge: 10\r\nContent-Length: 8\r\n\r\nanswer 1")
		}), want: "fwd=uri-miss; stored"},
		{want: "hit; ttl=46..49", has: []string{"Age: 11..14"}},
	}},
	{"9111 §5.1", "Age grows while a response is stored", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Age: 20"), want: "fwd=uri-miss; stored"},
		{want: "hit; ttl=38..40", has: []string{"Age: 20..21"}},
		{want: "hit; ttl=37..38", has: []string{"Age: 21..24"}, patient: true},
	}},
	{"9111 §5.1", "a response that the origin just made says so, like any other on a cached route", "strict", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored", has: []string{"Age: 0..1"}},
		{res: ok("Cache-Control: max-age=60"), req: []string{"Cache-Control: no-cache"}, want: "fwd=request; stored", has: []string{"Age: 0..1"}},
	}},
	{"9111 §5.1", "a response that is not stored has an Age all the same", "strict", []step{
		{res: ok("Cache-Control: no-store"), want: "fwd=uri-miss; !stored", has: []string{"Age: 0..1"}},
	}},
	{"9111 §5.1", "a response that the origin just validated is as old as the validation", "strict", []step{
		{res: ok("Cache-Control: max-age=0", "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, "Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=stale; fwd-status=304", has: []string{"Age: 0..1"}},
	}},
	{"9111 §5.1", "an Age that the origin names is passed on", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Age: 20"), want: "fwd=uri-miss; stored", has: []string{"Age: 20..21"}},
		{res: ok("Cache-Control: no-store", "Age: 30"), path: "?b", want: "fwd=uri-miss; !stored", has: []string{"Age: 30..31"}},
	}},
	{"9111 §5.1", "a response of an HTTP/1.0 origin has an Age from the store", "strict", []step{
		{res: scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			return c.Send("HTTP/1.0 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 8\r\n\r\nanswer 1")
		}), want: "fwd=uri-miss; stored"},
		{want: "hit", has: []string{"Age: 0..2"}},
	}},
	{"9110 §7.6.3", "Via of a response from the store names weir", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Via: 1.1 other"), want: "fwd=uri-miss; stored", has: []string{"Via: 1.1 other | 1.1 weir"}},
		{want: "hit", has: []string{"Via: 1.1 other | 1.1 weir"}},
	}},
	{"9111 §4", "a client of HTTP/1.0 is answered from the store", "strict", []step{
		{res: ok("Cache-Control: max-age=60").inChunks(), want: "fwd=uri-miss; stored"},
		{raw: "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n", want: "hit", has: []string{"Age: 0..2", "Content-Length: 8"}},
	}},
}

// aged is a case about a response with max-age=60 and these lines.
func aged(name, age, words string, lines ...string) cacheCase {
	c := reused("9111 §4.2.3", name, words, append([]string{"Cache-Control: max-age=60"}, lines...)...)
	c.steps[1].has = []string{age}
	return c
}
