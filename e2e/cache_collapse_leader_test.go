package e2e

import "github.com/weirproxy/weir/internal/origintest"

// leaderGone are about clients that leave while others wait for the same.
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

// leaderFails are about fetches that break while others wait for them.
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
