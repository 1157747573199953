package e2e

import (
	"fmt"
	"strings"
	"sync"

	"github.com/weirproxy/weir/internal/origintest"
)

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
