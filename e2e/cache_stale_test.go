package e2e

import (
	"fmt"
	"slices"

	"github.com/weirproxy/weir/internal/origintest"
)

// staleCases are about responses served past their freshness (RFC 9111, section
// 4.2.4; RFC 5861).
var staleCases = slices.Concat(whileRevalidate, ifError, neverStale)

// past is a response with these directives whose lifetime of 10 s is over since
// so many seconds.
func past(seconds int, directives string) *answer {
	cc := "Cache-Control: max-age=10"
	if directives != "" {
		cc += ", " + directives
	}
	return ok(cc, fmt.Sprintf("Age: %d", 10+seconds), `ETag: "a"`)
}

func renewed() *answer { return reply(304, `ETag: "a"`, "Cache-Control: max-age=60") }

// graced is a case about a response that is stale: served meanwhile or not.
func graced(section, name, route string, served bool, seconds int, directives string) cacheCase {
	then := step{res: renewed(), want: "fwd=stale; fwd-status=304", status: 200}
	if served {
		then = step{res: renewed(), want: "hit; detail=stale-while-revalidate", behind: 1, status: 200}
	}
	return cacheCase{section, name, route, []step{{res: past(seconds, directives), want: "fwd=uri-miss; stored"}, then}}
}

var whileRevalidate = []cacheCase{
	graced("5861 §3", "stale-while-revalidate: served, and asked for behind", "strict", true, 20, "stale-while-revalidate=1000"),
	graced("5861 §3", "stale-while-revalidate: not beyond its time", "strict", false, 20, "stale-while-revalidate=10"),
	graced("5861 §3", "stale-while-revalidate=0 overrules the operator", "plain", false, 2, "stale-while-revalidate=0"),
	graced("5861 §3", "a short stale-while-revalidate overrules a long one of the operator", "patient", false, 100, "stale-while-revalidate=10"),
	graced("5861 §3", "stale-while-revalidate that makes no sense gives nothing", "strict", false, 20, "stale-while-revalidate=x"),
	{"9111 §4.2.4", "the operator's grace where the response is silent", "plain", []step{
		{res: ok("Cache-Control: max-age=1", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{do: func(r *caseRun) {
			r.use(renewed())
			r.check("past its freshness", step{patient: true, want: "hit; ttl=-9..0; detail=stale-while-revalidate", behind: 1, status: 200, shows: "answer 1"})
			r.check("renewed", step{patient: true, want: "hit; ttl=50..60", shows: "answer 1"})
		}},
	}},
	graced("9111 §4.2.4", "the operator's grace has an end", "plain", false, 30, ""),
	graced("9111 §4.2.4", "no grace, nothing stale", "strict", false, 1, ""),
	graced("5861 §3", "a targeted stale-while-revalidate counts", "strict", true, 20, "stale-while-revalidate=1000").targeted(),
	{"5861 §3", "what was fetched behind is served then", "strict", []step{
		{res: past(20, "stale-while-revalidate=1000"), want: "fwd=uri-miss; stored"},
		{res: ok("Cache-Control: max-age=60", `ETag: "b"`), want: "hit; ttl=-22..-20; detail=stale-while-revalidate", behind: 1, shows: "answer 1", has: lines{`ETag: "a"`, "Age: 30..32"}},
		{patient: true, want: "hit; ttl=50..60", shows: "answer 2"},
	}},
	{"5861 §3", "what was validated behind is fresh then", "strict", []step{
		{res: past(20, "stale-while-revalidate=1000"), want: "fwd=uri-miss; stored"},
		{res: renewed(), want: "hit; detail=stale-while-revalidate", behind: 1},
		{patient: true, want: "hit; ttl=50..60", shows: "answer 1"},
	}},
	{"5861 §3", "a refresh that fails leaves the stale one in use", "strict", []step{
		{res: past(20, "stale-while-revalidate=1000"), want: "fwd=uri-miss; stored"},
		{res: reply(503), want: "hit; detail=stale-while-revalidate", behind: 1, status: 200, shows: "answer 1"},
		{do: func(r *caseRun) {
			await(r.t, "another refresh", func() bool {
				res := r.fetch(step{})
				if err := cacheStatus(res).fulfils("hit; detail=stale-while-revalidate"); err != nil || string(res.body) != "answer 1" {
					r.t.Fatalf("%v: %v", err, res)
				}
				return len(r.asked()) > 2
			})
		}},
	}},
	{"5861 §3", "a refresh asks for the variant it refreshes", "strict", []step{
		{res: ok("Cache-Control: max-age=10, stale-while-revalidate=1000", "Age: 20", `ETag: "{n}"`, "Vary: X-A"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{req: lines{"X-A: 2"}, want: "fwd=vary-miss; stored"},
		{res: ok("Cache-Control: max-age=60", `ETag: "{n}"`, "Vary: X-A"), req: lines{"X-A: 1"}, want: "hit; detail=stale-while-revalidate", behind: 1, shows: "answer 1",
			asks: lines{"X-A: 1", `If-None-Match: "1"`}},
		{patient: true, req: lines{"X-A: 1"}, want: "hit; ttl=50..60", shows: "answer 3"},
	}},
	{"5861 §3", "one refresh a key, however many ask meanwhile", "strict", []step{{do: func(r *caseRun) {
		r.use(past(20, "stale-while-revalidate=1000"))
		r.check("stored", step{want: "fwd=uri-miss; stored"})
		gate := make(chan struct{})
		r.use(ok("Cache-Control: max-age=60").heldBy(gate))
		for range 10 {
			r.fetch(step{})
		}
		for _, k := range r.beginMany(10, step{}) {
			k.is("hit; detail=stale-while-revalidate")
			k.whole(200, "answer 1")
		}
		r.awaitAsked(2)
		close(gate)
		r.check("fresh", step{patient: true, want: "hit; ttl=50..60", shows: "answer 2"})
		r.askedTimes(2)
	}}}},
	{"5861 §3", "the client does not wait for the refresh", "strict", []step{{do: func(r *caseRun) {
		r.use(past(20, "stale-while-revalidate=1000"))
		r.check("stored", step{want: "fwd=uri-miss; stored"})
		gate := make(chan struct{})
		r.use(ok("Cache-Control: max-age=60").heldBy(gate))
		k := r.begin(step{})
		k.whole(200, "answer 1")
		r.awaitAsked(2)
		close(gate)
	}}}},
	{"5861 §3", "a refresh that must not be stored ends the use of the stale one", "strict", []step{
		{res: past(20, "stale-while-revalidate=1000"), want: "fwd=uri-miss; stored"},
		{res: ok("Cache-Control: no-store"), want: "hit; detail=stale-while-revalidate", behind: 1, shows: "answer 1"},
		{patient: true, want: "fwd; !stored"},
	}},
	{"9111 §5.2.1.4", "a client that says no-cache is not given a stale one", "patient", []step{
		{res: past(20, ""), want: "fwd=uri-miss; stored"},
		{res: renewed(), req: lines{"Cache-Control: no-cache"}, want: "fwd; fwd-status=304", status: 200},
	}},
}

// targeted moves the directives of the first answer to CDN-Cache-Control.
func (c cacheCase) targeted() cacheCase {
	c.name += " (CDN-Cache-Control)"
	a := *c.steps[0].res
	a.fields = append(lines{"CDN-Cache-Control" + a.fields[0][len("Cache-Control"):], "Cache-Control: no-store"}, a.fields[1:]...)
	c.steps[0].res = &a
	return c
}

// waysToFail are ways for an origin to fail, as answers.
func waysToFail() map[string]*answer {
	ways := map[string]*answer{
		"a connection that ends": scripted(func(c *origintest.Conn, _ *origintest.Request) error { return origintest.ErrStopped }),
		"a reset": scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Reset()
			return origintest.ErrStopped
		}),
		"half a head": scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send("HTTP/1.1 200 OK\r\nContent-Le")
			return origintest.ErrStopped
		}),
		"something that is not HTTP": scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send("220 smtp.example ESMTP\r\n\r\n")
			return origintest.ErrStopped
		}),
		"silence": scripted(func(c *origintest.Conn, _ *origintest.Request) error { return c.WaitClose() }),
	}
	for _, status := range []int{500, 502, 503, 504} {
		ways[fmt.Sprint(status)] = reply(status)
	}
	return ways
}

// onError makes a case for each way an origin can fail.
func onError() []cacheCase {
	var cases []cacheCase
	for way, a := range waysToFail() {
		cases = append(cases, cacheCase{"5861 §4", "stale-if-error: served on " + way, "slow", []step{
			{res: past(100, "stale-if-error=1000"), want: "fwd=uri-miss; stored"},
			{res: a, want: "detail=stale-if-error", asked: 1, status: 200, shows: "answer 1", has: lines{`ETag: "a"`, "Age: 110..120"}},
			{res: renewed(), want: "fwd=stale; fwd-status=304", status: 200, shows: "answer 1"},
		}})
	}
	slices.SortFunc(cases, func(a, b cacheCase) int { return len(a.name) - len(b.name) })
	return cases
}

var ifError = slices.Concat(
	onError(),
	forStatus(func(status int) cacheCase {
		return cacheCase{"5861 §4", "stale-if-error: not on %d", "strict", []step{
			{res: past(100, "stale-if-error=1000"), want: "fwd=uri-miss; stored"},
			{res: reply(status), want: fmt.Sprintf("fwd=stale; fwd-status=%d", status), status: status},
		}}
	}, 400, 403, 404, 410, 429, 501),
	[]cacheCase{
		{"5861 §4", "stale-if-error: served when the connection is refused", "strict", []step{{do: func(r *caseRun) {
			own := origintest.New(r.t, func(c *origintest.Conn) {
				c.Each(func(*origintest.Request) error {
					return c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=10, stale-if-error=1000\r\nAge: 100\r\nETag: \"a\"\r\nContent-Length: 2\r\n\r\nok")
				})
			})
			r.w = start(r.t, setup{conf: fmt.Sprintf(apartConf, own.Addr(), "stale_while_revalidate: 0s, stale_if_error: 0s")})
			r.fetch(step{})
			own.Down()
			res := r.fetch(step{})
			if err := cacheStatus(res).fulfils("detail=stale-if-error"); err != nil || res.status != 200 || string(res.body) != "ok" {
				r.t.Errorf("%v: %v", err, res)
			}
		}}}},
		{"5861 §4", "stale-if-error: not beyond its time", "strict", []step{
			{res: past(100, "stale-if-error=50"), want: "fwd=uri-miss; stored"},
			{res: reply(503), want: "fwd=stale; fwd-status=503", status: 503},
		}},
		{"5861 §4", "stale-if-error=0 overrules the operator", "onerror", []step{
			{res: past(5, "stale-if-error=0"), want: "fwd=uri-miss; stored"},
			{res: reply(503), want: "fwd=stale; fwd-status=503", status: 503},
		}},
		{"9111 §4.2.4", "the operator's grace on errors where the response is silent", "onerror", []step{
			{res: past(20, ""), want: "fwd=uri-miss; stored"},
			{res: reply(503), want: "detail=stale-if-error", asked: 1, status: 200, shows: "answer 1"},
		}},
		{"9111 §4.2.4", "the operator's grace on errors has an end", "onerror", []step{
			{res: past(100, ""), want: "fwd=uri-miss; stored"},
			{res: reply(503), want: "fwd=stale; fwd-status=503", status: 503},
		}},
		{"9111 §4.2.4", "no grace, no stale response on errors", "strict", []step{
			{res: past(1, ""), want: "fwd=uri-miss; stored"},
			{res: reply(503), want: "fwd=stale; fwd-status=503", status: 503},
		}},
		{"5861 §4", "stale-if-error answers conditions and ranges too", "strict", []step{
			{res: past(100, "stale-if-error=1000").saying(digits), want: "fwd=uri-miss; stored"},
			{res: reply(503), req: lines{`If-None-Match: "a"`}, want: "detail=stale-if-error", asked: 1, status: 304},
			{req: lines{"Range: bytes=2-4"}, want: "detail=stale-if-error", asked: 1, status: 206, shows: "234"},
		}},
		{"9211 §2.1", "what was served after the origin failed is no hit: the request was forwarded", "strict", []step{
			{res: past(100, "stale-if-error=1000"), want: "fwd=uri-miss; stored"},
			{res: reply(503), want: "fwd=stale; fwd-status=503; !hit; !stored; detail=stale-if-error", asked: 1, status: 200, shows: "answer 1"},
		}},
		{"9111 §5.2.1.4", "a client that says no-cache gets the error", "onerror", []step{
			{res: ok("Cache-Control: max-age=60, stale-if-error=1000", `ETag: "a"`), want: "fwd=uri-miss; stored"},
			{res: reply(503), req: lines{"Cache-Control: no-cache"}, want: "fwd=request; fwd-status=503", status: 503},
		}},
		{"5861 §4", "an error with freshness of its own does not push the stale one out", "strict", []step{
			{res: past(100, "stale-if-error=1000"), want: "fwd=uri-miss; stored"},
			{res: reply(500, "Cache-Control: no-store"), want: "detail=stale-if-error", asked: 1, status: 200, shows: "answer 1"},
		}},
	},
)

// neverStale are about directives that forbid it, whatever else is said.
var neverStale = slices.Concat(
	forbidsStale("9111 §5.2.2.2", "must-revalidate"), forbidsStale("9111 §5.2.2.8", "proxy-revalidate"),
	forbidsStale("9111 §5.2.2.4", "no-cache"), forbidsStale("9111 §5.2.2.10", "s-maxage=10"),
)

func forbidsStale(section, directive string) []cacheCase {
	grace := directive + ", stale-while-revalidate=1000, stale-if-error=1000"
	return []cacheCase{
		graced(section, directive+" comes before stale-while-revalidate", "patient", false, 20, grace),
		{section, directive + " comes before stale-if-error", "patient", []step{
			{res: past(20, grace), want: "fwd=uri-miss; stored"},
			{res: reply(503), want: "fwd=stale; fwd-status=503", status: 503},
		}},
		{section, directive + " comes before the operator's grace on errors", "patient", []step{
			{res: past(20, directive), want: "fwd=uri-miss; stored"},
			{do: func(r *caseRun) {
				r.use(scripted(func(*origintest.Conn, *origintest.Request) error { return origintest.ErrStopped }))
				if res := r.fetch(step{}); res.status != 502 && res.status != 504 {
					r.t.Errorf("got %v", res)
				}
			}},
		}},
	}
}
