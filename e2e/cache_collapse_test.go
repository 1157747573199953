package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// collapseCases are about requests that come while another one fetches the same
// (RFC 9111, section 4: a cache can use a response to satisfy several requests, as
// far as it is allowed to reuse it for them).
var collapseCases = slices.Concat(collapsed, streamed, leaderGone, leaderFails, notForAll, notAlike, slowOnes)

// heldAnswer makes the origin hold its first answer back until gate is closed; all
// later ones are "later N" at once, or what later says.
func (r *caseRun) heldAnswer(first string, gate <-chan struct{}, later func(n int, q *origintest.Request) string) {
	var mu sync.Mutex
	n := 0
	r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
		mu.Lock()
		n++
		mine := n
		mu.Unlock()
		if mine > 1 {
			return c.Send(later(mine, q))
		}
		if err := c.Wait(gate); err != nil {
			return err
		}
		return c.Send(first)
	}))
}

// raw200 is a response with a body and further lines.
func raw200(body string, fields ...string) string {
	head := append(lines{"HTTP/1.1 200 OK", fmt.Sprintf("Content-Length: %d", len(body))}, fields...)
	return strings.Join(head, "\r\n") + "\r\n\r\n" + body
}

const minute = "Cache-Control: max-age=60"

// laterOnes are answers after the first.
func laterOnes(fields ...string) func(int, *origintest.Request) string {
	return func(n int, _ *origintest.Request) string { return raw200(fmt.Sprintf("later %d", n), fields...) }
}

var collapsed = []cacheCase{
	{"9111 §4", "many requests for what is not stored: one fetch", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s")
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", minute), gate, laterOnes(minute))
		all := r.beginMany(30, step{})
		r.awaitRead(30)
		close(gate)
		forwarded := 0
		for _, k := range all {
			k.whole(200, "first")
			if got := cacheStatus(k.res); got.is("fwd") && !got.is("collapsed") {
				forwarded++
			}
		}
		if forwarded != 1 {
			r.t.Errorf("%d of the requests say that they were forwarded", forwarded)
		}
		r.askedTimes(1)
		r.isStored("first")
	}}}},
	{"9111 §4", "many requests for what is stale: one validation", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s, " + "stale_while_revalidate: 0s, stale_if_error: 0s")
		r.use(ok("Cache-Control: max-age=10", "Age: 20", `ETag: "a"`))
		r.fetch(step{})
		gate := make(chan struct{})
		r.use(renewed().heldBy(gate))
		all := r.beginMany(20, step{})
		r.awaitRead(21)
		close(gate)
		for _, k := range all {
			k.whole(200, "answer 1")
		}
		r.askedTimes(2)
	}}}},
	{"5861 §4", "many requests for what is stale while the origin fails: one attempt, all are served", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s, stale_while_revalidate: 0s")
		r.use(past(100, "stale-if-error=1000"))
		r.fetch(step{})
		gate := make(chan struct{})
		r.use(reply(503).heldBy(gate))
		all := r.beginMany(20, step{})
		r.awaitRead(21)
		close(gate)
		for _, k := range all {
			k.whole(200, "answer 1")
		}
		r.askedTimes(2)
	}}}},
	{"9111 §4", "requests for other keys do not wait", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", minute), gate, laterOnes(minute))
		leader := r.begin(step{path: "?a"})
		r.awaitAsked(1)
		r.begin(step{path: "?b"}).whole(200, "later 2")
		close(gate)
		leader.whole(200, "first")
	}}}},
	{"9111 §4", "a route may have every request fetched for itself", "solo", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", minute), gate, laterOnes(minute))
		leader := r.begin(step{})
		r.awaitAsked(1)
		k := r.begin(step{})
		k.whole(200, "later 2")
		k.is("fwd=uri-miss; !collapsed")
		close(gate)
		leader.whole(200, "first")
	}}}},
	{"9111 §4", "who waits longer than collapse_wait fetches for itself", "hasty", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", minute), gate, laterOnes(minute))
		leader := r.begin(step{})
		r.awaitAsked(1)
		k := r.begin(step{})
		k.whole(200, "later 2")
		k.is("fwd; !collapsed; detail=waited")
		close(gate)
		leader.whole(200, "first")
	}}}},
	{"9111 §4", "who waits does not count what it waited for as too long once it arrives", "hasty", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(pieces(gate, minute+"\r\nContent-Length: 6\r\n\r\nabc", "def"))
		leader := r.begin(step{})
		leader.head()
		k := r.begin(step{})
		k.is("collapsed")
		k.silentAfter("abc", 300*time.Millisecond)
		close(gate)
		k.whole(200, "abcdef")
		leader.whole(200, "abcdef")
		r.askedTimes(1)
	}}}},
}

// pieces is an origin that sends a 200 with these lines, the empty line and the
// beginning of the body, waits for gate and sends the rest.
func pieces(gate <-chan struct{}, first, rest string) *answer {
	return scripted(func(c *origintest.Conn, _ *origintest.Request) error {
		if err := c.Send("HTTP/1.1 200 OK\r\n" + first); err != nil {
			return err
		}
		if err := c.Wait(gate); err != nil {
			return err
		}
		return c.Send(rest)
	})
}

// silentAfter reads so much of the body and demands that no more comes for a while.
func (k *talk) silentAfter(body string, d time.Duration) {
	k.r.t.Helper()
	k.c.atLeast(k.head(), len(body))
	if string(k.res.body) != body {
		k.r.t.Fatalf("body %q, want %q", k.res.body, body)
	}
	k.silent(d)
}

// alongside is a case about a follower that gets a response piece by piece as the
// leader does.
func alongside(name, first, rest, begun, whole string) cacheCase {
	return cacheCase{"9111 §4", name, "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(pieces(gate, first, rest))
		leader := r.begin(step{})
		leader.is("fwd=uri-miss; !collapsed")
		follower := r.begin(step{})
		follower.is("fwd=uri-miss; collapsed")
		for _, k := range []*talk{leader, follower} {
			k.c.atLeast(k.head(), len(begun))
			if string(k.res.body) != begun {
				r.t.Fatalf("before the end of the fill the body is %q, want %q", k.res.body, begun)
			}
		}
		close(gate)
		leader.whole(200, whole)
		follower.whole(200, whole)
		r.askedTimes(1)
		r.isStored(whole)
	}}}}
}

var streamed = []cacheCase{
	alongside("who comes later gets what is there and then what arrives: by length", minute+"\r\nContent-Length: 8\r\n\r\nabcd", "efgh", "abcd", "abcdefgh"),
	alongside("who comes later gets what is there and then what arrives: in chunks", minute+"\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", "4\r\nefgh\r\n0\r\n\r\n", "abcd", "abcdefgh"),
	{"9111 §4", "a hundred who come at different times get all of it", "plain", []step{{do: func(r *caseRun) {
		body := crowdBody()[:600_000]
		next := make(chan struct{})
		r.use(scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Sendf("HTTP/1.1 200 OK\r\n%s\r\nContent-Length: %d\r\n\r\n", minute, len(body))
			for at := 0; at < len(body); at += 100_000 {
				if err := c.Wait(next); err != nil {
					return err
				}
				c.Send(body[at : at+100_000])
			}
			return nil
		}))
		var all []*talk
		for range 6 {
			all = append(all, r.beginMany(16, step{})...)
			deliver(r.t, next, struct{}{})
		}
		for _, k := range all {
			k.whole(200, body)
		}
		r.askedTimes(1)
	}}}},
	{"9111 §4", "who comes while a body of no known length outgrows the zone gets all of it", "small", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		big := crowdBody()[:200_000]
		r.use(pieces(gate, minute+"\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n"+big[:4]+"\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(big)-4, big[4:])))
		leader := r.begin(step{})
		leader.head()
		follower := r.begin(step{})
		follower.head()
		close(gate)
		leader.whole(200, big)
		follower.whole(200, big)
		r.check("then", step{want: "fwd", shows: big, status: 200})
	}}}},
}
