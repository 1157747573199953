package e2e

// headCases are about HEAD: answered from the store, and as news of what is stored
// (RFC 9111, section 4.3.5).
var headCases = []cacheCase{
	{"9110 §9.3.2", "HEAD is answered from a stored GET, without its content", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`, "X-Test: 1"), want: "fwd=uri-miss; stored"},
		{method: "HEAD", want: "hit; ttl=58..60", status: 200, has: lines{"Content-Length: 8", `ETag: "a"`, "X-Test: 1", "Age: 0..3"}},
		{want: "hit"},
	}},
	{"9110 §9.3.2", "HEAD of a stored 404", "plain", []step{
		{res: reply(404, "Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{method: "HEAD", want: "hit", status: 404, has: lines{"Content-Length: 8"}},
	}},
	{"9111 §4.3.2", "a conditional HEAD is answered from the store: 304", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{method: "HEAD", req: lines{`If-None-Match: "a"`}, want: "hit", status: 304},
		{method: "HEAD", req: lines{`If-None-Match: "b"`}, want: "hit", status: 200},
	}},
	{"9110 §9.3.2", "HEAD of the variant that fits", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Vary: X-A", "X-Is: {n}"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{req: lines{"X-A: 2"}, want: "fwd=vary-miss; stored"},
		{method: "HEAD", req: lines{"X-A: 1"}, want: "hit", has: lines{"X-Is: 1"}, status: 200},
		{method: "HEAD", req: lines{"X-A: 3"}, want: "fwd=vary-miss"},
	}},
	{"9111 §4.2.4", "HEAD is answered from a stale one within its grace, and that is refreshed as a GET", "plain", []step{
		{res: ok("Cache-Control: max-age=10, stale-while-revalidate=1000", "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{method: "HEAD", res: ok("Cache-Control: max-age=60", `ETag: "b"`).saying("whole"), want: "hit; detail=stale-while-revalidate", behind: 1, status: 200, asks: lines{`If-None-Match: "a"`}},
		{patient: true, want: "hit; ttl=50..60", shows: "whole"},
	}},
	{"9111 §5.2.1.7", "HEAD with only-if-cached and nothing stored is 504", "plain", []step{
		{method: "HEAD", req: lines{"Cache-Control: only-if-cached"}, want: "!hit", asked: none, status: 504},
	}},
	{"9111 §4.3.5", "HEAD with the same validators renews what is stored", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`, "X-Test: 1").saying("same"), want: "fwd=uri-miss; stored"},
		{method: "HEAD", res: ok("Cache-Control: max-age=60", `ETag: "a"`, "X-Test: 2").saying("same"), want: "fwd=stale", status: 200, has: lines{"X-Test: 2", "Content-Length: 4"}},
		{want: "hit; ttl=57..60", has: lines{"X-Test: 2", "Cache-Control: max-age=60"}, shows: "same"},
	}},
	{"9111 §4.3.5", "HEAD with the same Last-Modified renews what is stored", "strict", []step{
		{res: staleAtOnce("Last-Modified: {t0-3600}").saying("same"), want: "fwd=uri-miss; stored"},
		{method: "HEAD", res: ok("Cache-Control: max-age=60", "Last-Modified: {t0-3600}").saying("same"), want: "fwd=stale", status: 200},
		{want: "hit; ttl=57..60", shows: "same"},
	}},
	{"9111 §4.3.5", "HEAD of what is stale: validated or asked for, it renews what is stored", "strict", []step{
		keeping(thing{etag: `"a"`, body: "same", lines: lines{"Cache-Control: max-age=0"}}),
		{want: "fwd=uri-miss; stored"},
		keeping(thing{etag: `"a"`, body: "same", lines: lines{"Cache-Control: max-age=60", "X-Test: 2"}}),
		{method: "HEAD", want: "fwd=stale", status: 200, has: lines{"X-Test: 2", "Content-Length: 4"}},
		{want: "hit", has: lines{"X-Test: 2"}, shows: "same"},
	}},
	{"9110 §15.4.5", "a 304 that nobody asked for does not reach a client that asked by HEAD", "strict", []step{{do: func(r *caseRun) {
		r.use(staleAtOnce(`ETag: "a"`))
		r.check("stored", step{want: "fwd=uri-miss; stored"})
		r.use(reply(304, `ETag: "a"`, "Cache-Control: max-age=60"))
		if res := r.fetch(step{method: "HEAD"}); res.status == 304 {
			r.t.Errorf("an unconditional HEAD got %v", res)
		}
	}}}},
	headDisagrees("another ETag", lines{`ETag: "b"`}, "newer"),
	headDisagrees("another length", lines{`ETag: "a"`}, "quite another length"),
	headDisagrees("another Last-Modified", lines{"Last-Modified: {t0-60}"}, "newer"),
	{"9111 §4.3.5", "a 500 to HEAD does no harm to what is stored", "strict", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{method: "HEAD", req: lines{"Cache-Control: no-cache"}, res: reply(500), want: "fwd=request; fwd-status=500", status: 500},
		{want: "hit", shows: "answer 1", status: 200},
	}},
	{"9111 §4.3.5", "HEAD of one variant does no harm to another", "strict", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "{n}"`, "Vary: X-A"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{method: "HEAD", req: lines{"X-A: 2"}, want: "fwd=vary-miss"},
		{req: lines{"X-A: 1"}, want: "hit", status: 200, shows: "answer 1"},
	}},
	{"9110 §9.3.2", "HEAD with nothing stored shows what the origin says", "plain", []step{
		{method: "HEAD", res: reply(404, "X-Test: 1"), want: "fwd=uri-miss", status: 404, has: lines{"X-Test: 1"}},
	}},
	{"9110 §14.2", "HEAD with Range is the whole", "plain", []step{
		{res: ok("Cache-Control: max-age=60"), want: "fwd=uri-miss; stored"},
		{method: "HEAD", req: lines{"Range: bytes=1-2"}, want: "hit", status: 200, has: lines{"Content-Length: 8", "!Content-Range"}},
	}},
}

// headDisagrees is a case about a HEAD that tells that what is stored, fresh as it
// is, is not what the origin has.
func headDisagrees(what string, news []string, body string) cacheCase {
	return cacheCase{"9111 §4.3.5", "HEAD with " + what + " makes what is stored stale", "strict", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`, "Last-Modified: {t0-3600}").saying("older"), want: "fwd=uri-miss; stored"},
		{method: "HEAD", req: lines{"Cache-Control: no-cache"}, res: ok(append(lines{"Cache-Control: max-age=60"}, news...)...).saying(body), want: "fwd=request", status: 200},
		{want: "any", status: 200, shows: body},
	}}
}
