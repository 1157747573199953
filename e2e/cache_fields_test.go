package e2e

// fieldReturnCases are about fields of one response that are one client's, and
// about what is said of a response that was not had.
var fieldReturnCases = []cacheCase{
	{"9111 §5.2.1.7", "only-if-cached comes before preconditions: 504", "plain", []step{
		{req: lines{"Cache-Control: only-if-cached", `If-Match: "a"`}, want: "!hit; detail=only-if-cached", asked: none, status: 504},
		{req: lines{"Cache-Control: only-if-cached", "If-Unmodified-Since: {now}"}, want: "!hit", asked: none, status: 504},
	}},
	{"9211 §2.2", "a request that was not forwarded is not said to have been", "strict", []step{
		{req: lines{"Cache-Control: only-if-cached"}, want: "!fwd; !hit; detail=only-if-cached", asked: none, status: 504},
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss"},
		{req: lines{"Cache-Control: only-if-cached"}, want: "!fwd; !hit", asked: none, status: 504},
	}},
	{"9111 §4.3.4", "a cookie in a 304 is its client's, and the response stays", "strict", []step{
		{res: ok("Cache-Control: max-age=0", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, minute, "Set-Cookie: session=1"), want: "fwd=stale; fwd-status=304", status: 200, shows: "answer 1", has: lines{"Set-Cookie: session=1"}},
		{want: "hit; ttl=50..60", status: 200, shows: "answer 1", has: lines{"!Set-Cookie"}},
	}},
	{"9111 §5.2.2.7", "Date and Age are nobody's own", "strict", []step{
		{res: ok(`Cache-Control: max-age=60, private="Date, Age"`, "Age: 7"), want: "fwd=uri-miss; stored", has: lines{"Age: 7..9"}},
		{want: "hit; ttl=40..53", has: lines{"Age: 7..19"}},
	}},
}
