package e2e

// requestCases are about what requests say to caches (RFC 9111, section 5.2.1)
// and about Pragma (section 5.4).
var requestCases = []cacheCase{
	{"9111 §5.2.1.4", "no-cache makes weir validate what is fresh", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, "Cache-Control: max-age=60", `ETag: "a"`), req: []string{"Cache-Control: no-cache"},
			want: "fwd=request; fwd-status=304; detail=request-no-cache", asks: []string{`If-None-Match: "a"`}},
		{want: "hit"},
	}},
	{"9111 §5.2.1.4", "no-cache gets the new response, and so do others then", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: no-cache"}, want: "fwd=request; fwd-status=200; stored", shows: "answer 2"},
		{want: "hit", shows: "answer 2"},
	}},
	{"9111 §5.2.1.4", "no-cache in any case of letters, among others, on a second line", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: x", "Cache-Control: y=1,NO-Cache"}, want: "fwd=request"},
	}},
	{"9111 §5.2.1.4", "no-cache inside a quoted string is none", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{`Cache-Control: x="a, no-cache"`}, want: "hit"},
	}},
	{"9111 §5.2", "directives of requests reach the origin, known or not", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), req: []string{"Cache-Control: max-age=5, foo", "Cache-Control: bar=1"}, want: "fwd=uri-miss",
			asks: []string{"Cache-Control: max-age=5, foo | bar=1"}},
	}},
	{"9111 §5.2", "directives of responses reach the client, known or not, from the store too", "plain", []step{
		{res: ok("Cache-Control: max-age=60, foo", `Cache-Control: bar="b,c"`), want: "fwd=uri-miss", has: []string{`Cache-Control: max-age=60, foo | bar="b,c"`}},
		{want: "hit", has: []string{`Cache-Control: max-age=60, foo | bar="b,c"`}},
	}},
	requestTooOld("max-age=0 makes weir validate", "Cache-Control: max-age=0", "", "request-max-age"),
	requestTooOld("max-age less than the age", "Cache-Control: max-age=10", "Age: 20", "request-max-age"),
	requestTooOld("a quoted max-age less than the age", `Cache-Control: max-age="10"`, "Age: 20", "request-max-age"),
	requestTooOld("a max-age that makes no sense asks for more", "Cache-Control: max-age=x", "Age: 20", "request-max-age"),
	requestTooOld("a min-fresh that makes no sense asks for more", "Cache-Control: min-fresh=", "", "request-min-fresh"),
	requestTooOld("the smaller one of two max-age", "Cache-Control: max-age=600, max-age=10", "Age: 20", "request-max-age"),
	requestTooOld("the smaller one of two max-age on two lines, in front", "Cache-Control: max-age=10, x\r\nCache-Control: max-age=600", "Age: 20", "request-max-age"),
	requestTooOld("the larger one of two min-fresh", "Cache-Control: min-fresh=50, min-fresh=1", "Age: 20", "request-min-fresh"),
	requestTooOld("min-fresh more than what is left", "Cache-Control: min-fresh=50", "Age: 20", "request-min-fresh"),
	requestTooOld("min-fresh of more seconds than 32 bits hold", "Cache-Control: min-fresh=99999999999", "", "request-min-fresh"),
	requestServed("9111 §5.2.1.1", "max-age more than the age is served", "Cache-Control: max-age=30", "Age: 20"),
	requestServed("9111 §5.2.1.1", "max-age of more seconds than 32 bits hold is served", "Cache-Control: max-age=99999999999", "Age: 20"),
	requestServed("9111 §5.2.1.3", "min-fresh less than what is left is served", "Cache-Control: min-fresh=10", "Age: 20"),
	requestServed("9111 §5.2.1.2", "max-stale is served what is fresh", "Cache-Control: max-stale=10", "Age: 20"),
	requestServed("9111 §5.2.1.6", "no-transform is served", "Cache-Control: no-transform", ""),
	requestServed("9111 §5.2.3", "unknown directives of requests are ignored", "Cache-Control: foo, max-agex=0", "Age: 20"),
	{"9111 §5.2.1.2", "max-stale without a number is served what is stale", "strict", []step{
		{res: ok("Cache-Control: max-age=10", "Age: 100", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: max-stale"}, want: "hit; ttl=-92..-90; detail=max-stale", has: []string{"Age: 100..102"}},
	}},
	{"9111 §5.2.1.2", "max-stale is served what is stale for less than that", "strict", []step{
		{res: ok("Cache-Control: max-age=10", "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: max-stale=20"}, want: "hit; ttl=-12..-10; detail=max-stale"},
	}},
	{"9111 §5.2.1.2", "max-stale is not served what is stale for longer", "strict", []step{
		{res: ok("Cache-Control: max-age=10", "Age: 40", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: max-stale=20"}, want: "fwd=stale"},
	}},
	maxStaleAgainst("must-revalidate"), maxStaleAgainst("proxy-revalidate"), maxStaleAgainst("s-maxage=10"), maxStaleAgainst("no-cache"),
	{"9111 §5.2.1.2", "max-stale beside a max-age that is exceeded is not served", "strict", []step{
		{res: ok("Cache-Control: max-age=10", "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: max-stale=60, no-cache"}, want: "fwd"},
	}},
	{"9111 §5.2.1.7", "only-if-cached with nothing stored is 504, and nobody is asked", "plain", []step{
		{req: []string{"Cache-Control: only-if-cached"}, want: "!hit; !stored; detail=only-if-cached", asked: none, status: 504},
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: Only-If-Cached"}, want: "hit"},
	}},
	{"9111 §5.2.1.7", "only-if-cached with something stale is 504", "strict", []step{
		{res: ok("Cache-Control: max-age=10", "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: only-if-cached"}, want: "!hit", asked: none, status: 504},
	}},
	{"9111 §5.2.1.7", "only-if-cached and no-cache is 504", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: only-if-cached, no-cache"}, want: "!hit", asked: none, status: 504},
	}},
	{"9111 §5.2.1.7", "only-if-cached and max-stale is served what is stale", "strict", []step{
		{res: ok("Cache-Control: max-age=10", "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: max-stale, only-if-cached"}, want: "hit"},
	}},
	{"9111 §5.2.1.7", "a client that wants to know gets its 304 with only-if-cached too", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: only-if-cached", `If-None-Match: "a"`}, want: "hit", status: 304},
	}},
	{"9111 §5.2.1.4", "a route may refuse to let clients revalidate: no-cache", "stubborn", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: no-cache"}, want: "hit"},
		{req: []string{"Pragma: no-cache"}, want: "hit"},
	}},
	{"9111 §5.2.1.1", "a route may refuse to let clients revalidate: max-age=0", "stubborn", []step{
		{res: ok("Cache-Control: max-age=60", "Age: 20"), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: max-age=0"}, want: "hit"},
		{req: []string{"Cache-Control: min-fresh=50"}, want: "hit"},
	}},
	{"9111 §5.2.1.5", "such a route still stores nothing for no-store", "stubborn", []step{
		{res: ok("Cache-Control: max-age=60"), req: []string{"Cache-Control: no-store"}, want: "fwd; !stored"},
		{want: "fwd=uri-miss; stored"},
	}},
	{"9111 §5.2.1.7", "such a route still obeys only-if-cached", "stubborn", []step{
		{req: []string{"Cache-Control: only-if-cached"}, want: "!hit", asked: none, status: 504},
	}},
	{"9111 §5.4", "Pragma: no-cache is no-cache where there is no Cache-Control", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Pragma: no-cache"}, want: "fwd=request; detail=request-no-cache"},
	}},
	{"9111 §5.4", "Pragma: No-Cache among others", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Pragma: x=y, No-Cache"}, want: "fwd=request"},
	}},
	{"9111 §5.4", "Pragma is disregarded beside any Cache-Control", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Pragma: no-cache", "Cache-Control: max-age=3600"}, want: "hit"},
		{req: []string{"Pragma: no-cache", "Cache-Control: x"}, want: "hit"},
	}},
	{"9111 §5.4", "another Pragma means nothing", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{req: []string{"Pragma: no-cachet, foo"}, want: "hit"},
	}},
	reused("9111 §5.4", "Pragma of a response means nothing", "", "Cache-Control: max-age=60", "Pragma: no-cache"),
	{"8246 §2", "immutable: max-age=0 does not make weir ask while it is fresh", "plain", []step{
		{res: ok("Cache-Control: max-age=60, immutable", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: max-age=0"}, want: "hit"},
	}},
	{"8246 §2", "immutable: a conditional reload is answered while it is fresh", "plain", []step{
		{res: ok("Cache-Control: max-age=60, immutable", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: max-age=0", `If-None-Match: "a"`}, want: "hit", status: 304},
	}},
	{"8246 §2", "immutable: what is stale is validated", "strict", []step{
		{res: ok("Cache-Control: max-age=10, immutable", "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`), want: "fwd=stale; fwd-status=304", asks: []string{`If-None-Match: "a"`}},
	}},
	notReused("8246 §2", "immutable says nothing about how long", "Cache-Control: immutable"),
	reused("8246 §2", "an argument of immutable is ignored", "ttl=58..60", "Cache-Control: max-age=60, immutable=1"),
}

// requestTooOld is a case about a request that a fresh response (max-age=60) is
// not fresh enough for: it is validated.
func requestTooOld(name, line, age, detail string) cacheCase {
	section := "9111 §5.2.1.1"
	if detail == "request-min-fresh" {
		section = "9111 §5.2.1.3"
	}
	lines := []string{"Cache-Control: max-age=60", `ETag: "a"`}
	if age != "" {
		lines = append(lines, age)
	}
	return cacheCase{section, name, "plain", []step{
		{res: ok(lines...), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=60"), req: []string{line}, want: "fwd=request; fwd-status=304; detail=" + detail, asks: []string{`If-None-Match: "a"`}},
		{want: "hit; ttl=58..60"},
	}}
}

// requestServed is a case about a request that a fresh response will do for.
func requestServed(section, name, line, age string) cacheCase {
	lines := []string{"Cache-Control: max-age=60"}
	if age != "" {
		lines = append(lines, age)
	}
	return cacheCase{section, name, "plain", []step{
		{res: ok(lines...), want: "fwd=uri-miss; stored"},
		{req: []string{line}, want: "hit"},
	}}
}

// maxStaleAgainst is a case about a response that must not be used stale.
func maxStaleAgainst(directive string) cacheCase {
	return cacheCase{"9111 §4.2.4", "max-stale does not help against " + directive, "strict", []step{
		{res: ok("Cache-Control: max-age=10, "+directive, "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{"Cache-Control: max-stale"}, want: "fwd=stale", asks: []string{`If-None-Match: "a"`}},
	}}
}
