package e2e

import (
	"strings"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// outageCases are about origins that fail, fail first, or say nothing.
var outageCases = []cacheCase{
	{"9111 §4.2.3", "time that was lost on an attempt that failed is not the response's age", "again", []step{{do: func(r *caseRun) {
		r.use(scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			r.use(ok("Cache-Control: max-age=1").saying("second"))
			c.Pause(1300 * time.Millisecond)
			return origintest.ErrStopped
		}))
		res := r.fetch(step{})
		if err := cacheStatus(res).fulfils("fwd=uri-miss; stored"); err != nil || string(res.body) != "second" || res.value("Age") != "0" {
			r.t.Errorf("%v: %v", err, res)
		}
		r.askedTimes(2)
	}}}},
	{"5861 §4", "HEAD is answered by a stale response on an error, as GET is", "strict", []step{
		{res: past(100, "stale-if-error=1000"), want: "fwd=uri-miss; stored"},
		{method: "HEAD", res: reply(503), want: "fwd=stale; fwd-status=503; detail=stale-if-error", asked: 1, status: 200, shows: "-", has: lines{`ETag: "a"`, "Age: 110..120"}},
		{want: "detail=stale-if-error", asked: 1, status: 200, shows: "answer 1"},
	}},
	{"5861 §4", "HEAD is answered by a stale response when the connection ends", "strict", []step{{do: func(r *caseRun) {
		r.use(past(100, "stale-if-error=1000"))
		r.fetch(step{})
		r.use(unanswered(func(*origintest.Conn, *origintest.Request) error { return origintest.ErrStopped }))
		r.check("HEAD", step{method: "HEAD", want: "fwd=stale; detail=stale-if-error", asked: 1, status: 200, shows: "-"})
		r.check("HEAD that forbids it", step{method: "HEAD", req: lines{"Cache-Control: no-cache"}, want: "fwd=request; !stored", status: 502, shows: "-"})
	}}}},
	{"9112 §9.3", "a connection outlives the errors that a stale response covers", "strict", []step{{do: func(r *caseRun) {
		r.apart("stale_while_revalidate: 0s")
		r.use(past(100, "stale-if-error=1000"))
		r.fetch(step{})
		r.use(reply(503).saying(strings.Repeat("sorry ", 500)))
		for range 10 {
			r.check("while it is down", step{want: "detail=stale-if-error", asked: 1, status: 200, shows: "answer 1"})
		}
		r.sameConnection()
	}}}},
	{"9112 §9.3", "a connection outlives the errors that refreshes come upon", "strict", []step{{do: func(r *caseRun) {
		r.apart("")
		r.use(past(100, "stale-while-revalidate=1000, stale-if-error=1000").saying("old"))
		const paths = "abcdefgh"
		for _, p := range paths {
			r.fetch(step{path: "?" + string(p)})
		}
		r.use(reply(503).saying(strings.Repeat("sorry ", 500)))
		for i, p := range paths {
			r.check("while it is down", step{path: "?" + string(p), want: "hit; detail=stale-while-revalidate", behind: 1, status: 200, shows: "old"})
			r.awaitRefreshes("failed", int64(i+1))
		}
		r.sameConnection()
	}}}},
	{"5861 §4", "who has waited for a silent origin gets the stale response, and does not ask as well", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 100ms, stale_while_revalidate: 0s")
		r.use(past(100, "stale-if-error=1000"))
		r.fetch(step{})
		gate := make(chan struct{})
		r.use(renewed().heldBy(gate))
		leader := r.begin(step{})
		r.awaitAsked(2)
		all := r.beginMany(20, step{})
		for _, k := range all {
			k.is("fwd=stale; detail=stale-if-error")
			k.whole(200, "answer 1")
		}
		r.askedTimes(2)
		close(gate)
		leader.whole(200, "answer 1")
	}}}},
	{"9111 §4.3.3", "a refresh that brings what may not be stored replaced nothing, and is not counted so", "strict", []step{{do: func(r *caseRun) {
		r.apart("")
		r.use(past(20, "stale-while-revalidate=1000"))
		r.fetch(step{})
		r.check("stale", step{res: ok("Cache-Control: private"), want: "hit; detail=stale-while-revalidate", behind: 1, status: 200, shows: "answer 1"})
		r.awaitRefreshes("failed", 1)
		if n := r.refreshes("replaced"); n != 0 {
			r.t.Errorf("%d refreshes are counted as having replaced something", n)
		}
	}}}},
}

// sameConnection demands that the origin got all requests on one connection.
func (r *caseRun) sameConnection() {
	r.t.Helper()
	used := map[int]bool{}
	for _, q := range r.asked() {
		used[q.Conn] = true
	}
	if len(used) > 1 {
		r.t.Errorf("%d requests came on %d connections", len(r.asked()), len(used))
	}
}

// refreshes is how often a refresh of a weir of the case's own ended like this.
func (r *caseRun) refreshes(result string) int64 {
	r.t.Helper()
	_, body, err := r.w.adminGet("/metrics")
	if err != nil {
		r.t.Fatal(err)
	}
	return metric(body, `weir_cache_refreshes_total{result="`+result+`",route="apart"}`)
}

func (r *caseRun) awaitRefreshes(result string, n int64) {
	r.t.Helper()
	await(r.t, "refreshes end as "+result, func() bool { return r.refreshes(result) >= n })
}
