package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/weirproxy/weir/internal/origintest"
)

// besideCases are about purges and unsafe methods beside fetches that are under
// way, and about many requests and slow clients on what is stored.
var besideCases = slices.Concat(overtaken, onTheWire)

// overtaken is what a fetch brings that began before a purge or an unsafe method
// and ends after it: it may be what was meant to be forgotten.
var overtaken = []cacheCase{
	unrelated("purges of other URLs", `{"url":"http://{host}{path}/%d"}`), unrelated("hard purges of other URLs", `{"url":"http://{host}{path}/%d","hard":true}`),
	unrelated("purges of other tags", `{"tag":"{path}-%d","hard":true}`), unrelated("purges of other prefixes", `{"prefix":"{path}/%d","hard":true}`),
	unrelated("purges of other patterns", `{"pattern":"{path}/*.%d"}`), unrelated("purges of other hosts", `{"host":"other-%d-{host}","hard":true}`),
	unrelated("purges of other groups", `{"group":"other%d","origin":"http://{host}"}`), unrelated("unsafe methods on other URLs", ""),
	{"9111 §4", "purges and unsafe methods beside misses of other keys keep none from being stored", "strict", []step{{do: manyBeside}}},
	overtakenBy("9111 §4", "a hard purge of the URL", func(r *caseRun) { r.purge(`{"url":"http://{host}{path}","hard":true}`) }),
	overtakenBy("9111 §4", "a hard purge of the tag", func(r *caseRun) { r.purge(`{"tag":"{path}","hard":true}`) }),
	overtakenBy("9111 §4", "a hard purge of the prefix", func(r *caseRun) { r.purge(`{"prefix":"{path}","hard":true}`) }),
	overtakenBy("9111 §4.4", "an unsafe method", func(r *caseRun) { r.fetch(step{method: "PUT", body: "x"}) }),
	{"9111 §4.4", "a response that was asked for before an unsafe method is not used as fresh after it", "strict", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(ok(minute).heldBy(gate).saying("old"))
		k := r.begin(step{})
		r.awaitAsked(1)
		r.use(ok(minute).saying("new"))
		r.fetch(step{method: "PUT", body: "x"})
		close(gate)
		k.whole(200, "old")
		r.check("then", step{want: "fwd", shows: "new", status: 200})
	}}}},
	{"9111 §4", "a refresh that began before a hard purge does not bring back what was purged", "patient", []step{{do: func(r *caseRun) {
		r.use(ok("Cache-Control: max-age=10, stale-while-revalidate=1000", "Age: 100", `ETag: "a"`))
		r.fetch(step{})
		gate := make(chan struct{})
		r.use(ok(minute).heldBy(gate).saying("old"))
		r.check("stale", step{want: "hit; detail=stale-while-revalidate", behind: 1, shows: "answer 1", status: 200})
		r.purge(`{"url":"http://{host}{path}","hard":true}`)
		r.use(ok("Cache-Control: max-age=50").saying("new"))
		close(gate)
		r.check("afterwards", step{want: "fwd", status: 200, shows: "new"})
	}}}},
	{"9111 §4", "a validation that began before a hard purge does not bring back what was purged", "strict", []step{{do: func(r *caseRun) {
		r.use(staleAtOnce(`ETag: "a"`).saying("old"))
		r.fetch(step{})
		gate := make(chan struct{})
		r.use(renewed().heldBy(gate))
		k := r.begin(step{})
		r.awaitAsked(2)
		r.purge(`{"url":"http://{host}{path}","hard":true}`)
		r.use(ok(minute).saying("new"))
		close(gate)
		k.whole(200, "old")
		r.check("afterwards", step{want: "fwd", status: 200, shows: "new"})
	}}}},
}

// overtakenBy is a case about a client that comes after by has happened, while the
// response to one that came before is still arriving.
func overtakenBy(section, what string, by func(r *caseRun)) cacheCase {
	return cacheCase{section, "who comes after " + what + " does not get what was on its way before", "strict", []step{{do: func(r *caseRun) {
		gate, tag := make(chan struct{}), r.expand("Surrogate-Key: {path}\r\n")
		r.use(pieces(gate, tag+minute+"\r\nContent-Length: 6\r\n\r\nol", "d-on"))
		k := r.begin(step{})
		k.head()
		r.use(ok(minute).saying("new"))
		by(r)
		r.check("who comes after", step{want: "fwd; !collapsed", status: 200, shows: "new"})
		close(gate)
		k.whole(200, "old-on")
		r.check("and then", step{want: "any", status: 200, shows: "new"})
	}}}}
}

// unrelated is a case about a hundred purges, each of something else, while
// responses arrive: before their heads and within their bodies. Without an order
// they are POSTs.
func unrelated(what, order string) cacheCase {
	return cacheCase{"9111 §4", what + " while responses arrive do not keep them from being stored", "strict", []step{{do: func(r *caseRun) {
		const fills, purges = 60, 50
		r.apart("")
		start, rest := make(chan struct{}), make(chan struct{})
		r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
			if q.Method == "POST" {
				return c.Send(raw200("written"))
			}
			if err := c.Wait(start); err != nil {
				return err
			}
			c.Send("HTTP/1.1 200 OK\r\nSurrogate-Key: mine\r\nCache-Groups: \"mine\"\r\n" + minute + "\r\nContent-Length: 6\r\n\r\nabc")
			if err := c.Wait(rest); err != nil {
				return err
			}
			return c.Send("def")
		}))
		happen := func(from int) {
			for i := range purges {
				if order == "" {
					r.fetch(step{method: "POST", path: fmt.Sprintf("/%d", from+i), body: "x"})
				} else {
					r.purge(fmt.Sprintf(order, from+i))
				}
			}
		}
		all := make([]*talk, fills)
		for i := range all {
			all[i] = r.begin(step{path: fmt.Sprintf("?%d", i)})
		}
		r.awaitAsked(fills)
		happen(0)
		close(start)
		for _, k := range all {
			k.is("fwd=uri-miss; stored")
		}
		happen(1000)
		close(rest)
		lost := 0
		for i, k := range all {
			k.whole(200, "abcdef")
			res := r.fetch(step{path: fmt.Sprintf("?%d", i)})
			if got := cacheStatus(res); !got.is("hit") && !got.is("collapsed") {
				lost++
			}
		}
		if lost > 0 {
			r.t.Errorf("%d of %d responses were not to be had afterwards", lost, fills)
		}
	}}}}
}

// manyBeside has four clients ask for many keys while others purge, and write to,
// ever new things that have nothing to do with them.
func manyBeside(r *caseRun) {
	r.apart("")
	r.use(ok(minute))
	orders := []string{`{"url":"http://other.test/other%d","hard":true}`, `{"prefix":"/other%d"}`, `{"pattern":"/other%d*"}`, `{"tag":"other%d","hard":true}`}
	stop := make(chan struct{})
	var purgers, clients sync.WaitGroup
	for g := range 2 {
		purgers.Go(func() {
			for i := g; ; i += 2 {
				select {
				case <-stop:
					return
				default:
				}
				r.tryPurge(fmt.Sprintf(orders[i/2%len(orders)], i), "application/json")
				r.exchange(&step{method: "POST", path: fmt.Sprintf("/other%d", i), body: "x"})
			}
		})
	}
	var lost atomic.Int64
	for g := range 4 {
		clients.Go(func() {
			for i := range 500 {
				for _, want := range []string{"fwd=uri-miss; stored", "hit"} {
					res, err := r.exchange(&step{path: fmt.Sprintf("/%d-%d", g, i)})
					if err != nil {
						r.t.Error(err)
					} else if s := cacheStatus(res); s.fulfils(want) != nil && lost.Add(1) < 3 {
						r.t.Logf("%s, want %s", res.value("Cache-Status"), want)
					}
				}
			}
		})
	}
	clients.Wait()
	close(stop)
	purgers.Wait()
	// So many purges make the zone sweep its log of them now and then. A fetch that
	// began before one that is forgotten is not stored, to be on the safe side.
	if n := lost.Load(); n > 8 {
		r.t.Errorf("%d of 4000 responses were not what they had to be", n)
	}
}

// onTheWire are about connections that carry several responses from the store.
var onTheWire = []cacheCase{
	{"9112 §9.3.2", "requests of all kinds in one go are answered in order", "plain", []step{{do: func(r *caseRun) {
		r.use(ok(minute, `ETag: "a"`).saying(digits))
		r.fetch(step{})
		conditional, part, none := lines{`If-None-Match: "a"`}, lines{"Range: bytes=2-4"}, lines{"Range: bytes=50-"}
		kinds := []struct {
			s      step
			status int
			body   string
		}{
			{step{}, 200, digits}, {step{req: conditional}, 304, ""}, {step{method: "HEAD"}, 200, ""}, {step{req: part}, 206, "234"},
			{step{method: "HEAD", req: conditional}, 304, ""}, {step{req: none}, 416, "*"}, {step{req: lines{"Cache-Control: only-if-cached"}, path: "?nothing"}, 504, "*"}, {step{}, 200, digits},
		}
		c := r.w.dial(r.t)
		var all strings.Builder
		for _, k := range kinds {
			_, raw := r.request(&k.s)
			all.WriteString(raw)
		}
		c.send(all.String())
		for i, k := range kinds {
			method, _ := r.request(&k.s)
			res := c.response(method)
			if res.status != k.status || k.body != "*" && string(res.body) != k.body {
				r.t.Fatalf("response %d: %v, want %d %q", i+1, res, k.status, k.body)
			}
		}
		r.askedTimes(1)
	}}}},
	{"9111 §4", "a client that is slow to take what is stored gets all of it, purged or not", "strict", []step{{do: func(r *caseRun) {
		r.apart("")
		body := strings.Repeat(crowdBody(), 3)
		r.use(ok(minute).saying(body))
		r.fetch(step{})
		slow := r.beginMany(3, step{})
		for _, k := range slow {
			k.is("hit")
		}
		r.purge(`{"all":true,"hard":true}`)
		r.use(ok(minute).saying(strings.ToUpper(strings.Repeat("another", len(body)/7))))
		for i := range 4 {
			r.fetch(step{path: strings.Repeat("/x", i)})
		}
		for _, k := range slow {
			k.whole(200, body)
		}
	}}}},
	{"9112 §6.3", "a client of HTTP/1.0 beside a fill in chunks gets it whole", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(pieces(gate, minute+"\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", "4\r\nefgh\r\n0\r\n\r\n"))
		leader := r.begin(step{})
		leader.head()
		old := r.begin(step{raw: "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n"})
		if res := old.head(); len(res.values("Transfer-Encoding")) > 0 {
			r.t.Errorf("got %v", res)
		}
		close(gate)
		old.whole(200, "abcdefgh")
		leader.whole(200, "abcdefgh")
		r.askedTimes(1)
	}}}},
	{"9112 §8", "a client of HTTP/1.0 beside a fill that breaks can tell", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send(chunkedHead + "4\r\nabcd\r\n")
			if err := c.Wait(gate); err != nil {
				return err
			}
			c.Reset()
			return origintest.ErrStopped
		}))
		leader := r.begin(step{})
		leader.head()
		old := r.begin(step{raw: "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n"})
		old.head()
		close(gate)
		leader.broken()
		old.broken()
	}}}},
	{"9112 §9.3", "a connection goes on after a response that was collapsed", "plain", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(pieces(gate, minute+"\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", "4\r\nefgh\r\n0\r\n\r\n"))
		leader := r.begin(step{})
		leader.head()
		follower := r.begin(step{})
		follower.head()
		close(gate)
		for _, k := range []*talk{leader, follower} {
			k.whole(200, "abcdefgh")
			_, raw := r.request(&step{req: lines{"Range: bytes=2-4"}})
			k.c.send(raw)
			k.res = nil
			k.whole(206, "cde")
		}
		r.askedTimes(1)
	}}}},
}
