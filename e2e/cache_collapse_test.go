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
		r.use(staleAtOnce(`ETag: "a"`))
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

var leaderGone = []cacheCase{
	{"9111 §4", "the client of the first request leaves before the head: the others get it", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s")
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", minute), gate, laterOnes(minute))
		leader := r.begin(step{})
		r.awaitAsked(1)
		all := r.beginMany(5, step{})
		r.awaitRead(6)
		leader.leave()
		close(gate)
		for _, k := range all {
			k.whole(200, "first")
		}
		r.askedTimes(1)
	}}}},
	{"9111 §4", "the client of the first request leaves within the body: the others get it", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(pieces(gate, minute+"\r\nContent-Length: 8\r\n\r\nabcd", "efgh"))
		leader := r.begin(step{})
		leader.head()
		follower := r.begin(step{})
		follower.is("collapsed")
		leader.leave()
		close(gate)
		follower.whole(200, "abcdefgh")
		r.askedTimes(1)
		r.isStored("abcdefgh")
	}}}},
	{"9111 §4", "the only client leaves within the body: it is stored all the same", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(pieces(gate, minute+"\r\nContent-Length: 8\r\n\r\nabcd", "efgh"))
		leader := r.begin(step{})
		leader.head()
		leader.leave()
		close(gate)
		await(r.t, "it is stored", func() bool {
			res := r.fetch(step{req: lines{"Cache-Control: only-if-cached"}})
			return res.status == 200 && string(res.body) == "abcdefgh"
		})
		r.askedTimes(1)
	}}}},
	{"9111 §4", "a client that waits leaves: the others do not notice", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s")
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", minute), gate, laterOnes(minute))
		all := r.beginMany(6, step{})
		r.awaitRead(6)
		all[3].leave()
		all[4].leave()
		close(gate)
		for i, k := range all {
			if i != 3 && i != 4 {
				k.whole(200, "first")
			}
		}
		if n := len(r.asked()); n != 1 {
			r.t.Errorf("the origin was asked %d times", n)
		}
	}}}},
}

var leaderFails = []cacheCase{
	{"9111 §4", "the first fetch ends in a reset: the others fetch for themselves", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s")
		gate := make(chan struct{})
		r.use(scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			if err := c.Wait(gate); err != nil {
				return err
			}
			c.Reset()
			return origintest.ErrStopped
		}))
		all := r.beginMany(6, step{})
		r.awaitRead(6)
		r.awaitAsked(1)
		r.use(ok(minute).saying("second"))
		close(gate)
		failed := 0
		for _, k := range all {
			if k.head().status == 502 {
				failed++
				continue
			}
			k.whole(200, "second")
		}
		if failed > 1 {
			r.t.Errorf("%d clients got the failure of one fetch", failed)
		}
	}}}},
	{"9111 §3.3", "the fill breaks within the body: nobody gets it as complete, and it is not stored", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send("HTTP/1.1 200 OK\r\n" + minute + "\r\nContent-Length: 8\r\n\r\nabcd")
			if err := c.Wait(gate); err != nil {
				return err
			}
			c.Reset()
			return origintest.ErrStopped
		}))
		leader := r.begin(step{})
		leader.head()
		follower := r.begin(step{})
		follower.is("collapsed")
		close(gate)
		leader.broken()
		follower.broken()
		r.use(ok(minute).saying("whole"))
		r.check("then", step{want: "fwd=uri-miss; stored", shows: "whole"})
	}}}},
	{"9111 §3.3", "the fill breaks within a chunked body: nobody gets it as complete", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(pieces(gate, minute+"\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", "zz\r\n"))
		leader := r.begin(step{})
		leader.head()
		follower := r.begin(step{})
		follower.is("collapsed")
		close(gate)
		leader.broken()
		follower.broken()
		r.use(ok(minute).saying("whole"))
		r.check("then", step{want: "fwd=uri-miss; stored", shows: "whole"})
	}}}},
}

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

// byField is an origin whose answers differ by X-A and say so, or not; the first
// one is held.
func (r *caseRun) byField(gate <-chan struct{}) {
	first := true
	var mu sync.Mutex
	r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
		mu.Lock()
		hold := first
		first = false
		mu.Unlock()
		if hold {
			if err := c.Wait(gate); err != nil {
				return err
			}
		}
		return c.Send(raw200("for "+q.Value("X-A"), minute, "Vary: X-A"))
	}))
}

var notAlike = []cacheCase{
	{"9111 §4.1", "who waited for a variant that is not its own gets its own", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s")
		gate := make(chan struct{})
		r.byField(gate)
		leader := r.begin(step{req: lines{"X-A: 1"}})
		r.awaitAsked(1)
		others := append(r.beginMany(3, step{req: lines{"X-A: 2"}}), r.beginMany(3, step{req: lines{"X-A: 1"}})...)
		r.awaitRead(7)
		close(gate)
		leader.whole(200, "for 1")
		for i, k := range others {
			if i < 3 {
				k.whole(200, "for 2")
			} else {
				k.whole(200, "for 1")
			}
		}
		if n := len(r.asked()); n > 4 {
			r.t.Errorf("the origin was asked %d times for two variants", n)
		}
	}}}},
	{"9111 §4.1", "once Vary is known, requests for different variants do not wait for each other", "strict", []step{{do: func(r *caseRun) {
		open := make(chan struct{})
		close(open)
		r.byField(open)
		r.check("known", step{req: lines{"X-A: 0"}, want: "fwd=uri-miss; stored", shows: "for 0"})
		gate := make(chan struct{})
		r.byField(gate)
		one := r.begin(step{req: lines{"X-A: 1"}})
		r.awaitAsked(2)
		r.begin(step{req: lines{"X-A: 2"}}).whole(200, "for 2")
		close(gate)
		one.whole(200, "for 1")
	}}}},
	{"9111 §4", "an unsafe method does not wait", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", minute), gate, laterOnes())
		leader := r.begin(step{})
		r.awaitAsked(1)
		r.begin(step{method: "POST", body: "x"}).whole(200, "later 2")
		close(gate)
		leader.whole(200, "first")
	}}}},
	{"9110 §9.3.2", "HEAD beside a fill gets the head", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
			head := "HTTP/1.1 200 OK\r\n" + minute + "\r\nX-Test: 1\r\nContent-Length: 8\r\n\r\n"
			if q.Method == "HEAD" {
				return c.Send(head)
			}
			c.Send(head + "abcd")
			if err := c.Wait(gate); err != nil {
				return err
			}
			return c.Send("efgh")
		}))
		leader := r.begin(step{})
		leader.head()
		k := r.begin(step{method: "HEAD"})
		k.whole(200, "")
		if k.res.value("X-Test") != "1" || k.res.value("Content-Length") != "8" {
			r.t.Errorf("got %v", k.res)
		}
		close(gate)
		leader.whole(200, "abcdefgh")
	}}}},
	{"9110 §14.2", "a range beside a fill gets its part, or the whole", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
			if q.Has("Range") {
				return c.Send("HTTP/1.1 206 Part\r\n" + minute + "\r\nContent-Range: bytes 2-4/10\r\nContent-Length: 3\r\n\r\n234")
			}
			c.Send("HTTP/1.1 200 OK\r\n" + minute + "\r\nContent-Length: 10\r\n\r\n01")
			if err := c.Wait(gate); err != nil {
				return err
			}
			return c.Send(digits[2:])
		}))
		leader := r.begin(step{})
		leader.head()
		k := r.begin(step{req: lines{"Range: bytes=2-4"}})
		r.begin(step{req: lines{"Range: bytes=50-"}})
		close(gate)
		k.c.rest(k.head())
		rightBytes(r, k.res, "234", "2-4/10")
		leader.whole(200, digits)
		r.isStored(digits)
	}}}},
	{"9111 §4.3.2", "a condition beside a fill is held against what arrives", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
			if q.Value("If-None-Match") == `"a"` {
				return c.Send("HTTP/1.1 304 Same\r\n" + minute + "\r\nETag: \"a\"\r\n\r\n")
			}
			c.Send("HTTP/1.1 200 OK\r\n" + minute + "\r\nETag: \"a\"\r\nContent-Length: 8\r\n\r\nabcd")
			if err := c.Wait(gate); err != nil {
				return err
			}
			return c.Send("efgh")
		}))
		leader := r.begin(step{})
		leader.head()
		r.begin(step{req: lines{`If-None-Match: "a"`}}).whole(304, "")
		other := r.begin(step{req: lines{`If-None-Match: "b"`}})
		other.head()
		close(gate)
		leader.whole(200, "abcdefgh")
		other.whole(200, "abcdefgh")
		r.isStored("abcdefgh")
	}}}},
	{"9111 §5.2.1.7", "only-if-cached beside a fill is 504 or what arrives, and nobody is asked for it", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.heldAnswer(raw200("first", minute), gate, laterOnes(minute))
		leader := r.begin(step{})
		r.awaitAsked(1)
		k := r.begin(step{req: lines{"Cache-Control: only-if-cached"}})
		if status := k.head().status; status != 504 {
			r.t.Errorf("status %d", status)
		}
		close(gate)
		leader.whole(200, "first")
		r.askedTimes(1)
	}}}},
}

var slowOnes = []cacheCase{
	{"9111 §4", "a client that takes nothing does not slow the others", "strict", []step{{do: func(r *caseRun) {
		r.apart("")
		body := strings.Repeat(crowdBody(), 3)
		gate := make(chan struct{})
		r.use(pieces(gate, fmt.Sprintf("%s\r\nContent-Length: %d\r\n\r\n%s", minute, len(body), body[:4]), body[4:]))
		leader := r.begin(step{})
		leader.head()
		idle := r.beginMany(3, step{})
		for _, k := range idle {
			k.head()
		}
		quick := r.begin(step{})
		quick.is("collapsed")
		close(gate)
		quick.whole(200, body)
		leader.whole(200, body)
		r.isStored(body)
		for _, k := range idle {
			k.whole(200, body)
		}
		r.askedTimes(1)
	}}}},
	{"9111 §4", "a first client that takes nothing does not slow the others", "strict", []step{{do: func(r *caseRun) {
		r.apart("")
		body := strings.Repeat(crowdBody(), 3)
		gate := make(chan struct{})
		r.use(pieces(gate, fmt.Sprintf("%s\r\nContent-Length: %d\r\n\r\n%s", minute, len(body), body[:4]), body[4:]))
		leader := r.begin(step{})
		leader.head()
		quick := r.begin(step{})
		quick.is("collapsed")
		close(gate)
		quick.whole(200, body)
		r.isStored(body)
		leader.whole(200, body)
		r.askedTimes(1)
	}}}},
}
