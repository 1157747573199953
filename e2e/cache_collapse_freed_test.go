package e2e

import (
	"fmt"
	"sync"

	"github.com/weirproxy/weir/internal/origintest"
)

// meeting makes the origin answer only once n requests are there at the same time.
func (r *caseRun) meeting(n int, response func(i int) string) {
	var mu sync.Mutex
	there, all := 0, make(chan struct{})
	r.use(scripted(func(c *origintest.Conn, _ *origintest.Request) error {
		mu.Lock()
		there++
		mine := there
		if there == n {
			close(all)
		}
		mu.Unlock()
		if err := c.Wait(all); err != nil {
			return err
		}
		return c.Send(response(mine))
	}))
}

// freed is a case about a first answer that is not for everybody: those who waited
// get answers of their own, all at the same time, and so do the next ones.
func freed(section, what string, fields ...string) cacheCase {
	return cacheCase{section, what + " is not for those who waited: each fetches, all at once, and later too", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s")
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", fields...), gate, laterOnes())
		leader := r.begin(step{})
		r.awaitAsked(1)
		all := r.beginMany(8, step{})
		r.awaitRead(9)
		own := func(i int) string { return raw200(fmt.Sprintf("own %d", i), fields...) }
		r.meeting(8, own)
		close(gate)
		leader.whole(200, "first")
		r.demandOwn(all)
		r.meeting(8, own)
		r.demandOwn(r.beginMany(8, step{}))
		r.askedTimes(17)
	}}}}
}

// demandOwn demands that each got another answer.
func (r *caseRun) demandOwn(all []*talk) {
	r.t.Helper()
	bodies := map[string]bool{}
	for _, k := range all {
		k.c.rest(k.head())
		bodies[string(k.res.body)] = true
		k.is("fwd; !collapsed; !stored")
	}
	if len(bodies) != len(all) {
		r.t.Errorf("%d clients got %d answers", len(all), len(bodies))
	}
}

var notForAll = []cacheCase{
	freed("9111 §5.2.2.7", "private", "Cache-Control: private, max-age=60"),
	freed("9111 §5.2.2.5", "no-store", "Cache-Control: no-store"),
	freed("9111 §3", "what says nothing about freshness"),
	freed("9111 §7.3", "what sets a cookie", minute, "Set-Cookie: id=1"),
	freed("9111 §4.1", "Vary: *", minute, "Vary: *"),
	{"9111 §5.2.2.4", "no-cache is not for those who waited: each is validated or fetched", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s")
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", "Cache-Control: no-cache", `ETag: "a"`), gate, func(n int, q *origintest.Request) string {
			return raw200("new", "Cache-Control: no-cache", `ETag: "b"`)
		})
		leader := r.begin(step{})
		r.awaitAsked(1)
		all := r.beginMany(3, step{})
		r.awaitRead(4)
		close(gate)
		leader.whole(200, "first")
		for _, k := range all {
			k.whole(200, "new")
		}
	}}}},
	{"9111 §3.5", "what an authorized client got without leave is not for those who waited", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s")
		gate := make(chan struct{})
		r.heldAnswer(raw200("secret", minute), gate, laterOnes(minute))
		leader := r.begin(step{req: lines{authorization}})
		r.awaitAsked(1)
		all := r.beginMany(3, step{})
		close(gate)
		leader.whole(200, "secret")
		for _, k := range all {
			k.c.rest(k.head())
			if string(k.res.body) == "secret" {
				r.t.Errorf("the secret came to %v", k.res)
			}
		}
	}}}},
	{"9111 §5.2.1.5", "what a client with no-store got is not for others", "strict", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", minute), gate, laterOnes(minute))
		leader := r.begin(step{req: lines{"Cache-Control: no-store"}})
		r.awaitAsked(1)
		r.begin(step{}).whole(200, "later 2")
		close(gate)
		leader.whole(200, "first")
		r.isStored("later 2")
	}}}},
	{"9111 §4", "what was not for all is remembered only until something is", "plain", []step{
		{res: ok("Cache-Control: private"), want: "fwd=uri-miss; !stored"},
		{res: ok(minute), want: "fwd=uri-miss; stored"},
		{want: "hit", shows: "answer 2"},
	}},
	{"9111 §4", "an error is not stored, and those who waited fetch for themselves", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s")
		gate := make(chan struct{})
		r.heldAnswer("HTTP/1.1 500 Oh\r\nContent-Length: 5\r\n\r\nfirst", gate, laterOnes(minute))
		leader := r.begin(step{})
		r.awaitAsked(1)
		all := r.beginMany(5, step{})
		r.awaitRead(6)
		close(gate)
		leader.whole(500, "first")
		for _, k := range all {
			if k.head().status != 200 {
				r.t.Errorf("got %v", k.res)
			}
		}
	}}}},
}
