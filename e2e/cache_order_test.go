package e2e

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weirproxy/weir/internal/origintest"
)

// orderCases are about what happens beside one another and arrives in another
// order than it was asked for.
var orderCases = slices.Concat([]cacheCase{
	{"9111 §4", "an older response that arrives later does not replace a newer one", "strict", []step{{do: olderLater}}},
	{"5861 §4", "who forbids stale responses is given none, whoever asked first", "strict", []step{{do: forbiddenBesideError}}},
	{"9111 §4", "responses that have to be validated each time are asked for side by side", "strict", []step{{do: alwaysValidated}}},
	{"9111 §4.3.5", "what a HEAD renews is not older than the purges before it", "strict", []step{{do: func(r *caseRun) { r.renewedAfter(`{"all":true}`) }}}},
	{"9111 §4.3.5", "what a HEAD renews is not older than the hard purges before it", "strict", []step{{do: func(r *caseRun) { r.renewedAfter(`{"all":true,"hard":true}`) }}}},
	{"9111 §4.3.5", "what a HEAD renews is not older than the bans before it", "strict", []step{{do: func(r *caseRun) { r.renewedAfter(`{"prefix":"{path}","hard":true}`) }}}},
}, purgedWhileValidated)

// olderLater has a response with an early Date end its body after a later one has
// been stored.
func olderLater(r *caseRun) {
	r.apart("stale_while_revalidate: 0s, stale_if_error: 0s")
	gate := make(chan struct{})
	r.use(pieces(gate, r.expand("Date: {t0-5}\r\n")+minute+"\r\nContent-Length: 3\r\n\r\no", "ld"))
	first := r.begin(step{})
	first.head()
	r.use(ok(minute, "Date: {t0}").saying("new"))
	r.check("a reload in a browser", step{req: lines{"Cache-Control: no-cache"}, want: "fwd; stored", shows: "new"})
	r.check("then", step{want: "hit", shows: "new"})
	close(gate)
	first.whole(200, "old")
	r.awaitFills()
	r.check("in the end", step{want: "hit", status: 200, shows: "new"})
}

// forbiddenBesideError has clients with and without demands wait for one attempt,
// which fails.
func forbiddenBesideError(r *caseRun) {
	r.apart("collapse_wait: 60s, stale_while_revalidate: 0s")
	r.use(past(100, "stale-if-error=1000"))
	r.fetch(step{})
	gate := make(chan struct{})
	r.use(reply(503).heldBy(gate).saying("down"))
	leader := r.begin(step{})
	r.awaitAsked(2)
	demands := []string{"Cache-Control: no-cache", "Cache-Control: max-age=0", "Cache-Control: min-fresh=10"}
	var strict []*talk
	for _, demand := range demands {
		strict = append(strict, r.begin(step{req: lines{demand}}))
	}
	plain := r.begin(step{})
	r.awaitRead(3 + len(demands))
	close(gate)
	leader.whole(200, "answer 1")
	plain.whole(200, "answer 1")
	for i, k := range strict {
		if res := k.head(); res.status != 503 {
			r.t.Errorf("%s: got %v", demands[i], res)
		}
	}
}

// alwaysValidated has waves of requests for what says no-cache. The first one
// learns it; after that none waits for another.
func alwaysValidated(r *caseRun) {
	r.apart("collapse_wait: 60s")
	r.use(ok("Cache-Control: no-cache", `ETag: "{n}"`))
	r.fetch(step{})
	const wave = 6
	for i := range 3 {
		gate := make(chan struct{})
		r.use(ok("Cache-Control: no-cache", `ETag: "{n}"`).heldBy(gate))
		all := r.beginMany(wave, step{})
		r.awaitAsked(1 + (i+1)*wave) // none has an answer yet
		close(gate)
		for _, k := range all {
			if res := k.head(); res.status != 200 {
				r.t.Errorf("got %v", res)
			}
			k.c.rest(k.res)
		}
	}
}

// renewedAfter purges with an order that is about more than what is stored later,
// and has a HEAD renew that.
func (r *caseRun) renewedAfter(order string) {
	r.apart("")
	r.purge(order)
	answer := func(n int) *answer {
		return ok(minute, `ETag: "a"`, "X-N: "+fmt.Sprint(n)).saying("same")
	}
	r.check("stored", step{res: answer(1), want: "fwd=uri-miss; stored"})
	r.check("renewed", step{method: "HEAD", req: lines{"Cache-Control: no-cache"}, res: answer(2), want: "fwd=request; stored", status: 200})
	r.check("then", step{want: "hit; ttl=50..60; !detail", status: 200, shows: "same", has: lines{"X-N: 2"}})
}

// purgedWhileValidated are about a stale response that is purged while the origin
// is asked about it.
var purgedWhileValidated = []cacheCase{
	{"9111 §4.4", "who comes after a hard purge does not get what is just found unchanged", "strict", []step{{do: func(r *caseRun) {
		r.purgedBeside(renewed())
	}}}},
	{"5861 §4", "who comes after a hard purge does not get what stands in for an error", "strict", []step{{do: func(r *caseRun) {
		first := r.purgedBeside(reply(503).saying("down"))
		if res := first.head(); res.status != 503 {
			r.t.Errorf("the one that was there before gets what was purged: %v", res)
		}
	}}}},
}

// purgedBeside purges what is being validated, asks once more and only then lets
// the origin say its verdict. It returns the exchange that began before.
func (r *caseRun) purgedBeside(verdict *answer) *talk {
	r.t.Helper()
	r.apart("collapse_wait: 60s, stale_while_revalidate: 0s")
	r.use(past(100, "stale-if-error=1000").saying("purged"))
	r.fetch(step{})
	gate := make(chan struct{})
	r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
		if q.Value("If-None-Match") == "" {
			return c.Send(raw200("new", minute))
		}
		if err := c.Wait(gate); err != nil {
			return err
		}
		return c.Send(verdict.write(q.Method, verdict.body, r.expand))
	}))
	first := r.begin(step{})
	r.awaitAsked(2)
	r.purge(`{"url":"http://{host}{path}","hard":true}`)
	second := r.begin(step{})
	r.awaitRead(3)
	close(gate)
	res := second.head()
	second.c.rest(res)
	if strings.Contains(string(res.body), "purged") || res.status == 200 && string(res.body) != "new" {
		r.t.Errorf("who came after the purge got %v", res)
	}
	r.check("afterwards", step{want: "any", status: 200, shows: "new"})
	return first
}
