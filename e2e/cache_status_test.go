package e2e

import "slices"

// statusCases are about Cache-Status (RFC 9211), beyond what is checked of it in
// every case.
var statusCases = slices.Concat(
	whyNotStored("no-store", "Cache-Control: no-store"), whyNotStored("private", "Cache-Control: private, max-age=60"),
	whyNotStored("vary-star", "Cache-Control: max-age=60", "Vary: *"),
	[]cacheCase{
		{"9211 §2.1", "hit, and nothing of forwarding", "plain", []step{
			{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored; !hit"},
			{want: "hit; !fwd; !fwd-status; !stored; !collapsed"},
		}},
		{"9211 §2.2", "fwd=uri-miss where nothing is stored", "plain", []step{
			{res: reply(404), want: "fwd=uri-miss; !stored; !collapsed"},
		}},
		{"9211 §2.2", "fwd=vary-miss where something is stored for others", "plain", []step{
			{res: ok("Cache-Control: max-age=60", "Vary: X-A"), req: []string{"X-A: 1"}, want: "fwd=uri-miss; stored"},
			{req: []string{"X-A: 2"}, want: "fwd=vary-miss; stored"},
		}},
		{"9211 §2.2", "fwd=stale where what is stored is stale", "strict", []step{
			{res: ok("Cache-Control: max-age=10", "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
			{want: "fwd=stale; detail=expired"},
		}},
		{"9211 §2.2", "fwd=method for a method that is not cached", "plain", []step{
			{method: "POST", res: ok("Cache-Control: max-age=60"), want: "fwd=method; !stored"},
		}},
		{"9211 §2.2", "fwd=request where the request wants it", "plain", []step{
			{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
			{req: []string{"Cache-Control: max-age=0"}, want: "fwd=request; detail=request-max-age"},
		}},
		{"9211 §2.2", "fwd=bypass or fwd=request for a precondition that is the origin's to decide", "plain", []step{
			{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
			{req: []string{`If-Match: "b"`}, res: reply(412), want: "fwd; fwd-status=412; detail=precondition", asks: []string{`If-Match: "b"`}},
		}},
		{"9211 §2.3", "fwd-status is what the origin said, not what the client gets", "strict", []step{
			{res: ok("Cache-Control: max-age=0", `ETag: "a"`), want: "fwd=uri-miss; stored"},
			{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=0"), want: "fwd=stale; fwd-status=304", status: 200},
		}},
		{"9211 §2.4", "ttl of a hit counts down from the lifetime", "plain", []step{
			{res: ok("Cache-Control: max-age=600", "Age: 100"), want: "fwd=uri-miss; stored"},
			{want: "hit; ttl=498..500"},
		}},
		{"9211 §2.4", "ttl of a stale hit is negative", "plain", []step{
			{res: ok("Cache-Control: max-age=60, stale-while-revalidate=1000", "Age: 160", `ETag: "a"`), want: "fwd=uri-miss; stored"},
			{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=60"), want: "hit; ttl=-102..-100; detail=stale-while-revalidate", behind: 1},
		}},
		{"9211 §2.5", "stored of a validation that renews what is stored", "strict", []step{
			{res: ok("Cache-Control: max-age=0", `ETag: "a"`), want: "fwd=uri-miss; stored"},
			{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=60"), want: "fwd=stale; stored"},
			{want: "hit"},
		}},
		{"9211 §2.7", "key where the route shows it, none elsewhere", "showkey", []step{
			{path: "?a=1", res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored; key"},
			{path: "?a=1", want: "hit; key"},
		}},
		{"9211 §2.7", "no key where the route does not show it", "plain", []step{
			{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; !key"},
			{want: "hit; !key"},
		}},
		{"9211 §2.7", "a key of odd bytes is still a String", "showkey", []step{
			{path: `?a="\'%22%5c;,b`, res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; key"},
			{path: `?a="\'%22%5c;,b`, want: "hit; key"},
		}},
		{"9211 §2", "what other caches say stands in front", "plain", []step{
			{res: ok("Cache-Control: max-age=60", `Cache-Status: "Other, cache"; hit; ttl=5`, "Cache-Status: third; fwd=miss"), want: "fwd=uri-miss; stored",
				has: []string{"Cache-Status: *"}},
			{want: "hit"},
		}},
		{"9211 §2", "an origin that calls itself weir does not deceive", "plain", []step{
			{res: ok("Cache-Control: max-age=60", "Cache-Status: weir; hit; ttl=100000"), want: "fwd=uri-miss; stored; !hit"},
			{want: "hit; ttl=58..60"},
		}},
		{"9211 §2", "Cache-Status of a request is nobody's", "plain", []step{
			{req: []string{"Cache-Status: weir; hit; ttl=7"}, res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored; !ttl=7"},
		}},
		{"9211 §2", "an error of weir's own has a Cache-Status too", "dead", []step{
			{want: "fwd=uri-miss; !stored; !hit", asked: none, status: 502, has: []string{"Cache-Status: *", "!Age"}},
		}},
		{"9211 §2", "a HEAD has one too", "plain", []step{
			{method: "HEAD", res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss"},
		}},
		{"9211 §2", "a 304 from the store has one too", "plain", []step{
			{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
			{req: []string{`If-None-Match: "a"`}, want: "hit; ttl=58..60", status: 304},
		}},
		{"9211 §2", "an error of the origin has one too", "plain", []step{
			{res: reply(500), want: "fwd=uri-miss; !stored"},
		}},
	},
)

// whyNotStored makes a case about the detail of a response that is not stored.
func whyNotStored(detail string, lines ...string) []cacheCase {
	return []cacheCase{{"9211 §2.8", "detail says why it was not stored: " + detail, "plain", []step{
		{res: ok(lines...), want: "fwd=uri-miss; !stored; detail=" + detail},
	}}}
}

const (
	earlyHints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Early: 1\r\n\r\n"
	processing = "HTTP/1.1 102 Processing\r\n\r\n"
)

// interimCases are about interim responses (RFC 9110, section 15.2): they are
// neither stored nor do they have a say.
var interimCases = []cacheCase{
	interim("103 (Early Hints)", earlyHints),
	interim("102 (Processing)", processing),
	interim("100 (Continue), unasked for", "HTTP/1.1 100 Continue\r\n\r\n"),
	interim("several", processing+earlyHints+earlyHints),
	interim("103 that says no-store", "HTTP/1.1 103 Early Hints\r\nCache-Control: no-store, private\r\nX-Early: 1\r\n\r\n"),
	interim("103 that sets cookies", "HTTP/1.1 103 Early Hints\r\nSet-Cookie: a=b\r\nX-Early: 1\r\n\r\n"),
	{"9110 §15.2", "what a 103 says of freshness is not said of the response", "strict", []step{
		{res: ok().after("HTTP/1.1 103 Early Hints\r\nCache-Control: max-age=60\r\n\r\n"), want: "fwd=uri-miss; !stored; detail=no-freshness"},
		{want: "fwd=uri-miss"},
	}},
	{"9110 §15.2", "a 103 reaches the client it was meant for, and no other", "strict", []step{
		{do: func(r *caseRun) {
			r.use(ok("Cache-Control: max-age=60").after(earlyHints))
			for i, want := range []int{1, 0} {
				res, err := r.exchange(&step{})
				if err != nil || res.status != 200 || len(res.info) != want {
					r.t.Errorf("request %d: %v and %d interim responses, want %d: %v", i+1, err, len(res.info), want, res)
				}
			}
		}},
	}},
}

// interim is a case about a response behind interim ones.
func interim(name, raw string) cacheCase {
	return cacheCase{"9110 §15.2", "the response behind " + name + " is stored, without it", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "X-Final: 1").after(raw), want: "fwd=uri-miss; stored", status: 200, has: []string{"X-Final: 1", "!X-Early", "!Link", "!Set-Cookie"}},
		{want: "hit", status: 200, has: []string{"X-Final: 1", "!X-Early", "!Link", "!Set-Cookie", "Cache-Control: max-age=60"}},
	}}
}
