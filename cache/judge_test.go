package cache

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
)

// wall is the wall-clock time at which the responses of the tests arrive.
var wall = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// httpDate is the HTTP-date so many seconds after wall.
func httpDate(after int64) string { return string(AppendDate(nil, wall.Unix()+after)) }

// dates replaces {n} by the date n seconds after wall.
func dates(line string) string {
	for {
		i := strings.IndexByte(line, '{')
		if i < 0 {
			return line
		}
		j := i + strings.IndexByte(line[i:], '}')
		n, err := strconv.ParseInt(line[i+1:j], 10, 64)
		if err != nil {
			panic(err)
		}
		line = line[:i] + httpDate(n) + line[j+1:]
	}
}

// judged is what p says of a response with the status and the lines, which are
// separated by |.
func judged(p *Policy, method, request string, status int, lines string) (Freshness, Detail) {
	req := &message.Request{Method: method}
	if request != "" {
		req.Fields = fieldLines(strings.Split(request, "|")...)
	}
	var fields []string
	for _, line := range strings.Split(lines, "|") {
		fields = append(fields, dates(line))
	}
	var c RequestControl
	c.Read(req)
	res := &message.Response{Status: status, Fields: fieldLines(fields...)}
	return p.Judge(req, &c, res, Times{Sent: 5 * second, Received: 5 * second, Wall: wall})
}

// RFC 9111, section 3.
func TestJudgeStores(t *testing.T) {
	cookies := &Policy{StoreSetCookie: true}
	for _, c := range []struct {
		name, method, request string
		status                int
		lines                 string
		policy                *Policy
		want                  Detail
	}{
		{"fresh", "GET", "", 200, "Cache-Control: max-age=5", nil, None},
		{"HEAD", "HEAD", "", 200, "Cache-Control: max-age=5", nil, HeadOnly},
		{"HEAD, no-store", "HEAD", "", 200, "Cache-Control: max-age=5, no-store", nil, NoStore},
		{"POST", "POST", "", 200, "Cache-Control: max-age=5", nil, Uncacheable},
		{"request no-store", "GET", "Cache-Control: no-store", 200, "Cache-Control: max-age=5", nil, RequestNoStore},
		{"no-store", "GET", "", 200, "Cache-Control: max-age=5|Cache-Control: No-Store|Expires: {100}", nil, NoStore},
		{"private", "GET", "", 200, "Cache-Control: max-age=5, private", nil, Private},
		{"private fields", "GET", "", 200, `Cache-Control: max-age=5, private="x"`, nil, None},
		{"nothing said", "GET", "", 200, "Date: {0}", nil, NoFreshness},
		{"only a validator", "GET", "", 200, `ETag: "a"`, nil, NoFreshness},
		{"public with a validator", "GET", "", 200, `Cache-Control: public|ETag: "a"`, nil, None},
		{"public", "GET", "", 200, `Cache-Control: public`, nil, NoFreshness},
		{"max-age=0", "GET", "", 200, "Cache-Control: max-age=0", nil, Expired},
		{"max-age=0 with a validator", "GET", "", 200, "Cache-Control: max-age=0|Last-Modified: {-5}", nil, None},
		{"a validator that is none", "GET", "", 200, "Cache-Control: max-age=0|Last-Modified: x|ETag:", nil, Expired},
		{"max-age=0 with its own grace", "GET", "", 200, "Cache-Control: max-age=0, stale-while-revalidate=5", nil, None},
		{"max-age=0 with its own grace on errors", "GET", "", 200, "Cache-Control: max-age=0, stale-if-error=5", nil, None},
		{"own grace that is over", "GET", "", 200, "Cache-Control: max-age=5, stale-if-error=5|Age: 10", nil, Expired},
		{"own grace forbidden", "GET", "", 200, "Cache-Control: max-age=0, stale-if-error=5, must-revalidate", nil, Expired},
		{"no-cache", "GET", "", 200, "Cache-Control: no-cache, max-age=5", nil, NoCache},
		{"no-cache with a validator", "GET", "", 200, `Cache-Control: no-cache|ETag: "a"`, nil, None},
		{"malformed", "GET", "", 200, "Cache-Control: max-age=5, max-age=6", nil, BadFields},
		{"malformed with a validator", "GET", "", 200, `Cache-Control: max-age=5, max-age=6|ETag: "a"`, nil, None},
		{"Vary", "GET", "", 200, "Cache-Control: max-age=5|Vary: Foo", nil, None},
		{"Vary: *", "GET", "", 200, "Cache-Control: max-age=5|Vary: Foo|Vary: bar , *", nil, VaryStar},
		{"Set-Cookie", "GET", "", 200, "Cache-Control: max-age=5|Set-Cookie: a=b", nil, SetCookie},
		{"Set-Cookie, asked for", "GET", "", 200, "Cache-Control: max-age=5|Set-Cookie: a=b", cookies, None},
		{"Set-Cookie, left out", "GET", "", 200, `Cache-Control: max-age=5, no-cache="set-cookie"|Set-Cookie: a=b`, nil, None},

		// Section 3.5.
		{"Authorization", "GET", "Authorization: x", 200, "Cache-Control: max-age=5", nil, Authorization},
		{"Authorization, Expires", "GET", "Authorization: x", 200, "Expires: {100}|Date: {0}", nil, Authorization},
		{"Authorization, proxy-revalidate", "GET", "Authorization: x", 200, "Cache-Control: max-age=5, proxy-revalidate", nil, Authorization},
		{"Authorization, public", "GET", "Authorization: x", 200, "Cache-Control: max-age=5, public", nil, None},
		{"Authorization, must-revalidate", "GET", "Authorization: x", 200, "Cache-Control: max-age=5, must-revalidate", nil, None},
		{"Authorization, s-maxage", "GET", "Authorization: x", 200, "Cache-Control: s-maxage=5", nil, None},
		{"Authorization, s-maxage malformed", "GET", "Authorization: x", 200, `Cache-Control: s-maxage=x|ETag: "a"`, nil, Authorization},

		// Section 5.2.2.3.
		{"must-understand", "GET", "", 200, "Cache-Control: max-age=5, must-understand, no-store", nil, None},
		{"must-understand, unknown status", "GET", "", 599, "Cache-Control: max-age=5, must-understand, no-store", nil, NotFinal},
		{"must-understand, unknown status, no no-store", "GET", "", 299, "Cache-Control: max-age=5, must-understand", nil, NotFinal},
		{"must-understand, malformed", "GET", "", 200, "Cache-Control: max-age=5, must-understand=1, no-store", nil, NoStore},

		{"partial", "GET", "", 206, "Cache-Control: max-age=5", nil, PartialBody},
	} {
		p := c.policy
		if p == nil {
			p = new(Policy)
		}
		if _, got := judged(p, c.method, c.request, c.status, c.lines); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestJudgeByStatus(t *testing.T) {
	never := map[int]bool{206: true, 226: true, 304: true, 412: true, 416: true, 428: true, 429: true, 431: true, 511: true}
	guessed := map[int]bool{200: true, 203: true, 204: true, 300: true, 301: true, 308: true, 404: true,
		405: true, 410: true, 414: true, 501: true}
	p := &Policy{Heuristic: 0.1}
	for status := 100; status <= 700; status++ {
		final := status >= 200 && status < 600 && !never[status]
		if _, why := judged(p, "GET", "", status, "Cache-Control: max-age=5"); (why == None) != final {
			t.Errorf("%d with explicit freshness: %q", status, why)
		}
		if _, why := judged(p, "GET", "", status, "Last-Modified: {-1000}"); (why == None) != guessed[status] {
			t.Errorf("%d with Last-Modified: %q", status, why)
		}
		f, why := judged(p, "GET", "", status, "Last-Modified: {-1000}|Cache-Control: public")
		if (why == None) != final || f.Lifetime != 100*time.Second {
			t.Errorf("%d with Last-Modified and public: %v %q", status, f.Lifetime, why)
		}
	}
}

// A Set-Cookie that nobody gets does not matter.
func TestJudgeDroppedSetCookie(t *testing.T) {
	res := &message.Response{Status: 200, Fields: fieldLines("Cache-Control: max-age=9", "Set-Cookie: a=b")}
	res.Fields[1].Drop = true
	if _, why := new(Policy).Judge(&message.Request{Method: "GET"}, requestControl(""), res, Times{Wall: wall}); why != None {
		t.Errorf("%q", why)
	}
}

// RFC 9111, section 4.2, and the policy.
func TestJudgeFreshness(t *testing.T) {
	negative := &Policy{Negative: []Negative{{404, 7 * time.Second}, {503, 2 * time.Second}}, Heuristic: 0.1}
	guess := &Policy{Heuristic: 0.1, HeuristicMax: time.Hour}
	for _, c := range []struct {
		name          string
		status        int
		lines         string
		policy        *Policy
		lifetime, age int64 // seconds
	}{
		// Section 4.2.1.
		{"s-maxage before max-age", 200, "Cache-Control: max-age=1, s-maxage=9|Expires: {3}", nil, 9, 0},
		{"max-age before Expires", 200, "Cache-Control: max-age=9|Expires: {-100}", nil, 9, 0},
		{"max-age before an invalid Expires", 200, "Cache-Control: max-age=9|Expires: 0", nil, 9, 0},
		{"max-age=0 before Expires", 200, "Cache-Control: max-age=0|Expires: {100}", nil, 0, 0},
		{"Expires less Date", 200, "Expires: {90}|Date: {0}", nil, 90, 0},
		{"Expires without Date", 200, "Expires: {90}", nil, 90, 0},
		{"Expires with an invalid Date", 200, "Expires: {90}|Date: foo", nil, 90, 0},
		{"Expires is Date", 200, "Expires: {0}|Date: {0}", nil, 0, 0},
		{"Expires before Date, both fast", 200, "Expires: {300}|Date: {400}", nil, 0, 0},
		{"Expires 0", 200, "Expires: 0|Date: {0}", nil, 0, 0},
		{"Expires twice", 200, "Expires: {90}|Expires: {60}|Date: {0}", nil, 60, 0},
		{"Expires twice, one invalid", 200, "Expires: {90}|Expires: -1|Date: {0}", nil, 0, 0},
		{"Expires far away", 200, "Expires: Fri, 31 Dec 9999 23:59:59 GMT|Date: {0}", nil, 1 << 31, 0},
		{"Expires, asctime", 200, "Expires: Mon Nov 23 12:00:00 2026|Date: {0}", nil, 86400, 0},
		{"Expires, RFC 850", 200, "Expires: Monday, 23-Nov-26 12:00:00 GMT|Date: {0}", nil, 86400, 0},
		{"saturated", 200, "Cache-Control: max-age=99999999999", nil, 1 << 31, 0},
		{"malformed", 200, "Cache-Control: max-age=100; public|Expires: {90}", nil, 0, 0},
		{"s-maxage malformed", 200, "Cache-Control: s-maxage=x, max-age=100", nil, 0, 0},

		// Section 4.2.3.
		{"Age", 200, "Cache-Control: max-age=9|Age: 4", nil, 9, 4},
		{"Date", 200, "Cache-Control: max-age=9|Date: {-4}", nil, 9, 4},
		{"Age over Date", 200, "Cache-Control: max-age=9|Date: {-4}|Age: 6", nil, 9, 6},
		{"Date over Age", 200, "Cache-Control: max-age=9|Date: {-4}|Age: 2", nil, 9, 4},
		{"Date in the future", 200, "Cache-Control: max-age=9|Date: {100}", nil, 9, 0},
		{"Date in the future, Age", 200, "Expires: {20}|Date: {10}|Age: 15", nil, 10, 15},
		{"slow Date, Age", 200, "Expires: {10}|Date: {-10}|Age: 25", nil, 20, 25},
		{"two Dates", 200, "Expires: {90}|Date: {-10}|Date: {10}", nil, 80, 10},
		{"Date long ago", 200, "Cache-Control: max-age=9|Date: Thu, 01 Jan 1900 00:00:00 GMT", nil, 9, 1 << 31},

		// Section 5.1.
		{"Age at the limit", 200, "Cache-Control: max-age=9|Age: 2147483648", nil, 9, 1 << 31},
		{"Age past the limit", 200, "Cache-Control: max-age=9|Age: 2147483649", nil, 9, 1 << 31},
		{"Age not a number", 200, "Cache-Control: max-age=9|Age: abc", nil, 9, 0},
		{"Age negative", 200, "Cache-Control: max-age=9|Age: -7200", nil, 9, 0},
		{"Age with a fraction", 200, "Cache-Control: max-age=9|Age: 7200.0", nil, 9, 0},
		{"Age, a list", 200, "Cache-Control: max-age=9|Age: 7200, 0", nil, 9, 7200},
		{"Age, a list from 0", 200, "Cache-Control: max-age=9|Age: 0, 7200", nil, 9, 0},
		{"Age, two lines", 200, "Cache-Control: max-age=9|Age: 7200|Age: 0", nil, 9, 7200},
		{"Age, two lines from 0", 200, "Cache-Control: max-age=9|Age: 0|Age: 7200", nil, 9, 0},
		{"Age, the first is none", 200, "Cache-Control: max-age=9|Age: abc, 7200", nil, 9, 7200},

		// Section 4.2.2.
		{"heuristic", 200, "Last-Modified: {-1000}|Date: {0}", guess, 100, 0},
		{"heuristic from Date", 200, "Last-Modified: {-1000}|Date: {-500}", guess, 50, 500},
		{"heuristic, Date in the future", 200, "Last-Modified: {-1000}|Date: {5000}", guess, 100, 0},
		{"heuristic, bounded", 200, "Last-Modified: {-1000000}|Date: {0}", guess, 3600, 0},
		{"heuristic, bounded by default", 200, "Last-Modified: Thu, 01 Jan 1970 00:00:01 GMT", &Policy{Heuristic: 1}, 86400, 0},
		{"heuristic, off", 200, "Last-Modified: {-1000}", nil, 0, 0},
		{"heuristic, changed in the future", 200, "Last-Modified: {1000}|Date: {0}", guess, 0, 0},
		{"heuristic, Last-Modified invalid", 200, "Last-Modified: x", guess, 0, 0},
		{"heuristic, but explicit", 200, "Last-Modified: {-1000}|Cache-Control: max-age=1", guess, 1, 0},
		{"heuristic, but Expires is invalid", 200, "Last-Modified: {-1000}|Expires: 0", guess, 0, 0},
		{"heuristic, but max-age is malformed", 200, "Last-Modified: {-1000}|Cache-Control: max-age=x", guess, 0, 0},
		{"heuristic, no-cache", 200, "Last-Modified: {-1000}|Cache-Control: no-cache", guess, 0, 0},
		{"heuristic, 302", 302, "Last-Modified: {-1000}", guess, 0, 0},

		// The policy's lifetimes by status.
		{"negative", 404, "Date: {0}", negative, 7, 0},
		{"negative, explicit", 404, "Cache-Control: max-age=1", negative, 1, 0},
		{"negative, Expires", 404, "Expires: 0", negative, 0, 0},
		{"negative, no-cache", 404, "Cache-Control: no-cache", negative, 0, 0},
		{"negative before heuristic", 404, "Last-Modified: {-1000}", negative, 7, 0},
		{"negative, another status", 410, "Date: {0}", negative, 0, 0},
		{"negative, 503", 503, "Date: {0}", negative, 2, 0},
	} {
		p := c.policy
		if p == nil {
			p = new(Policy)
		}
		f, _ := judged(p, "GET", "", c.status, c.lines)
		if f.Lifetime != seconds(c.lifetime) || f.InitialAge != seconds(c.age) || f.Received != 5*second {
			t.Errorf("%s: lifetime %v, age %v, received %d; want %d s, %d s", c.name, f.Lifetime, f.InitialAge, f.Received, c.lifetime, c.age)
		}
	}
}

// The delay of the exchange counts on top of Age, not of Date (RFC 9111, section
// 4.2.3).
func TestJudgeCountsDelay(t *testing.T) {
	for _, c := range []struct {
		line           string
		sent, received int64
		want           time.Duration
	}{
		{"Age: 4", 1, 3, 6 * time.Second},
		{"Age: 0", 1, 3, 2 * time.Second},
		{"Date: {-1}", 1, 3, 2 * time.Second},
		{"Date: {-9}", 1, 3, 9 * time.Second},
		{"X: y", 1, 3, 2 * time.Second},
		{"X: y", 3, 1, 0},
		{"Age: 4", 3, 1, 4 * time.Second},
		{"Age: 2147483648", 0, 10, (1<<31 + 10) * time.Second},
	} {
		res := &message.Response{Status: 200, Fields: fieldLines("Cache-Control: max-age=9", dates(c.line))}
		f, _ := new(Policy).Judge(&message.Request{Method: "GET"}, requestControl(""), res,
			Times{Sent: c.sent * second, Received: c.received * second, Wall: wall})
		if f.InitialAge != c.want {
			t.Errorf("%s, sent %d, received %d: %v, want %v", c.line, c.sent, c.received, f.InitialAge, c.want)
		}
	}
}

// RFC 5861, and what forbids stale use.
func TestJudgeGrace(t *testing.T) {
	for _, c := range []struct {
		name                string
		status              int
		lines               string
		revalidate, onError int64
	}{
		{"the policy's", 200, "Cache-Control: max-age=9", 10, 60},
		{"the response's", 200, "Cache-Control: max-age=9, stale-while-revalidate=3, stale-if-error=4", 3, 4},
		{"none, says the response", 200, "Cache-Control: max-age=9, stale-while-revalidate=0, stale-if-error=0", 0, 0},
		{"malformed grace", 200, "Cache-Control: max-age=9, stale-while-revalidate=x, stale-if-error", 0, 0},
		{"must-revalidate", 200, "Cache-Control: max-age=9, must-revalidate, stale-while-revalidate=3", 0, 0},
		{"proxy-revalidate", 200, "Cache-Control: max-age=9, proxy-revalidate, stale-if-error=3", 0, 0},
		{"s-maxage", 200, "Cache-Control: s-maxage=9, stale-while-revalidate=3", 0, 0},
		{"no-cache", 200, `Cache-Control: no-cache, stale-while-revalidate=3|ETag: "a"`, 0, 0},
		{"malformed", 200, `Cache-Control: max-age=x, stale-while-revalidate=3|ETag: "a"`, 0, 0},
		{"stale on arrival", 200, `Expires: {-5000}|Last-Modified: {-100000}|Date: {0}`, 0, 60},
		{"an error", 503, "Cache-Control: max-age=9", 0, 0},
		{"an error with its own", 503, "Cache-Control: max-age=9, stale-while-revalidate=3", 3, 0},
		{"not found", 404, "Cache-Control: max-age=9", 10, 60},
	} {
		p := &Policy{StaleWhileRevalidate: 10 * time.Second, StaleIfError: 60 * time.Second}
		f, _ := judged(p, "GET", "", c.status, c.lines)
		if f.Revalidate != seconds(c.revalidate) || f.OnError != seconds(c.onError) {
			t.Errorf("%s: %v and %v, want %d s and %d s", c.name, f.Revalidate, f.OnError, c.revalidate, c.onError)
		}
	}
}

func TestJudgeFlags(t *testing.T) {
	f, _ := judged(new(Policy), "GET", "", 200, `Cache-Control: max-age=9, no-cache, immutable|ETag: "a"`)
	if !f.NoCache || !f.Immutable || f.MustRevalidate {
		t.Errorf("%+v", f)
	}
	for _, d := range []string{"must-revalidate", "proxy-revalidate", "s-maxage=3"} {
		if f, _ = judged(new(Policy), "GET", "", 200, "Cache-Control: max-age=9, "+d); !f.MustRevalidate {
			t.Errorf("%s: may be served stale", d)
		}
	}
}

// RFC 9213, section 2.2: Expires and Cache-Control do not count beside a targeted
// field.
func TestJudgeTargeted(t *testing.T) {
	p := &Policy{Targeted: []string{"CDN-Cache-Control"}}
	for _, c := range []struct {
		lines    string
		lifetime int64
		why      Detail
	}{
		{"CDN-Cache-Control: max-age=9|Cache-Control: no-store|Expires: {-5}", 9, None},
		{"CDN-Cache-Control: public|Expires: {100}", 0, NoFreshness},
		{"CDN-Cache-Control: private|Cache-Control: max-age=9", 0, Private},
		{"CDN-Cache-Control: no-store|Cache-Control: max-age=9", 0, NoStore},
		{"CDN-Cache-Control: max-age=9, &&&|Cache-Control: no-store", 0, NoStore},
		{`CDN-Cache-Control: max-age="9"|Cache-Control: no-store`, 0, BadFields},
		{"CDN-Cache-Control: foo=|Expires: {100}", 100, None},
	} {
		f, why := judged(p, "GET", "", 200, c.lines)
		if f.Lifetime != seconds(c.lifetime) || why != c.why {
			t.Errorf("%s: %v %q, want %d s %q", c.lines, f.Lifetime, why, c.lifetime, c.why)
		}
	}
}
