package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/weirproxy/weir/internal/origintest"
)

// faultCases are about responses that break on their way (RFC 9111, section 3.3;
// RFC 9112, section 8), and about reloads of the configuration.
var faultCases = slices.Concat(everyByte(), endings, splitResponses, reloads)

// wholeAnswers are complete responses whose body is digits, by how it is framed.
var wholeAnswers = map[string]string{
	"by length": "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\n" + digits,
	"in chunks": "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n0123\r\n6\r\n456789\r\n0\r\nX-Sum: 1\r\n\r\n",
}

// everyByte makes a case for each framing and each way to end: the response is cut
// after each of its bytes, and then nothing of it must be stored.
func everyByte() []cacheCase {
	var cases []cacheCase
	for _, framing := range []string{"by length", "in chunks"} {
		for _, how := range []origintest.Ending{origintest.ByClose, origintest.ByReset, origintest.ByHalfClose, origintest.ByStall} {
			route := "strict"
			if how == origintest.ByStall {
				route = "slow"
			}
			cases = append(cases, cacheCase{"9111 §3.3", fmt.Sprintf("a response cut by %s after any byte is not stored as complete: %s", how, framing), route, []step{
				{do: func(r *caseRun) { r.cutEverywhere(wholeAnswers[framing], how) }},
			}})
		}
	}
	return cases
}

// cutEverywhere asks, for each k, for a response that is cut after k bytes, and
// then for the same thing again.
func (r *caseRun) cutEverywhere(whole string, how origintest.Ending) {
	var mu sync.Mutex
	cut := map[string]bool{}
	r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
		mu.Lock()
		again := cut[q.Target]
		cut[q.Target] = true
		mu.Unlock()
		if again {
			return c.Send(whole)
		}
		_, number, _ := strings.Cut(q.Target, "?")
		var k int
		fmt.Sscan(number, &k)
		c.Cut(whole, k, how)
		return origintest.ErrStopped
	}))
	var wg sync.WaitGroup
	for k := range len(whole) {
		wg.Go(func() { r.cutAfter(k) })
		if how != origintest.ByStall {
			wg.Wait()
		}
	}
	wg.Wait()
	r.askedTimes(2 * len(whole))
}

func (r *caseRun) cutAfter(k int) {
	s := &step{path: fmt.Sprintf("?%d", k)}
	if res, err := r.exchange(s); err == nil && res.status < 500 {
		r.t.Errorf("after %d bytes: the response looks complete: %v", k, res)
	}
	res, err := r.exchange(s)
	if err != nil || res.status != 200 || string(res.body) != digits {
		r.t.Errorf("after %d bytes, asked again: %v %v", k, err, res)
		return
	}
	if err := cacheStatus(res).fulfils("fwd=uri-miss; stored"); err != nil {
		r.t.Errorf("after %d bytes, asked again: %v", k, err)
	}
}

// bad is a case about a response that is not as it has to be: the client gets an
// error or can tell that it is cut, and the next one gets a good one.
func bad(section, name, raw string) cacheCase {
	return cacheCase{section, name + ": not stored", "strict", []step{{do: func(r *caseRun) {
		r.use(scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send(raw)
			return origintest.ErrStopped
		}))
		if res, err := r.exchange(&step{}); err == nil && res.status < 500 {
			r.t.Errorf("it looks complete: %v", res)
		}
		r.use(ok(minute).saying("good"))
		r.check("then", step{want: "fwd=uri-miss; stored", status: 200, shows: "good"})
	}}}}
}

const chunkedHead = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n"

var endings = []cacheCase{
	bad("9112 §7.1", "a chunk size that is none", chunkedHead+"4\r\n0123\r\nxyz\r\n"),
	bad("9112 §7.1", "a chunk longer than its size", chunkedHead+"4\r\n01234567\r\n0\r\n\r\n"),
	bad("9112 §7.1", "a chunk size of more than 64 bits", chunkedHead+"4\r\n0123\r\n10000000000000004\r\n0123\r\n0\r\n\r\n"),
	bad("9112 §7.1", "a negative chunk size", chunkedHead+"4\r\n0123\r\n-1\r\n0\r\n\r\n"),
	bad("9112 §6.3", "two different lengths", "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n01234"),
	bad("9112 §6.3", "a length that is no number", "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: +4\r\n\r\n0123"),
	bad("9112 §6.1", "a coding that is not chunked at the end", "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0123"),
	{"9112 §8", "a body that the orderly end of the connection ends is complete", "plain", []step{
		{res: ok(minute).saying("all of it").untilClose(), want: "fwd=uri-miss", status: 200},
		{want: "any", status: 200, shows: "all of it"},
	}},
	{"9112 §8", "a body that the connection would have ended, but reset: not stored", "strict", []step{{do: func(r *caseRun) {
		gate := make(chan struct{})
		r.use(scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\n0123")
			if err := c.Wait(gate); err != nil {
				return err
			}
			c.Reset()
			return origintest.ErrStopped
		}))
		k := r.begin(step{})
		k.c.atLeast(k.head(), 4)
		close(gate)
		k.broken()
		r.use(ok(minute).saying("good"))
		r.check("then", step{want: "fwd=uri-miss; stored", shows: "good"})
	}}}},
	{"9112 §8", "a body that the connection would have ended, but stalls: not stored", "slow", []step{{do: func(r *caseRun) {
		r.use(scripted(func(c *origintest.Conn, _ *origintest.Request) error {
			return c.Cut("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\n0123", 69, origintest.ByStall)
		}))
		if res, err := r.exchange(&step{}); err == nil && res.status < 500 {
			r.t.Errorf("it looks complete: %v", res)
		}
		r.use(ok(minute).saying("good"))
		r.check("then", step{want: "fwd=uri-miss; stored", shows: "good"})
	}}}},
	{"9111 §3.3", "a large response cut near its end is not stored as complete", "plain", []step{{do: func(r *caseRun) {
		body := crowdBody()[:700_000]
		r.use(ok(minute).saying(body).cutAt(len(body) - 1))
		if res, err := r.exchange(&step{}); err == nil {
			r.t.Errorf("it looks complete: %d bytes", len(res.body))
		}
		r.use(ok(minute).saying(body))
		r.check("then", step{want: "fwd=uri-miss; stored", shows: body})
		r.check("and then", step{want: "hit", shows: body})
	}}}},
	{"9111 §4.3.3", "a validation that breaks within the new response leaves the old one to be validated", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: ok(minute, `ETag: "b"`).saying("never whole").cutAt(4), want: "fwd=stale", broken: true},
		{res: ok(minute, `ETag: "b"`).saying("whole"), want: "fwd", shows: "whole"},
		{want: "hit", shows: "whole"},
	}},
	{"9111 §3.3", "one that breaks does not harm what is stored of another variant", "strict", []step{
		{res: ok(minute, "Vary: X-A"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{res: ok(minute, "Vary: X-A").cutAt(3), req: lines{"X-A: 2"}, want: "fwd=vary-miss", broken: true},
		{req: lines{"X-A: 1"}, want: "hit", shows: "answer 1", status: 200},
	}},
}

// splitResponses are about origins that send more than they say.
var splitResponses = []cacheCase{
	{"9112 §6.3", "what comes behind the length is not stored, nor taken for the next response", "strict", []step{{do: func(r *caseRun) {
		evil := "HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nContent-Length: 4\r\n\r\nevil"
		r.use(sends("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\ngood" + evil))
		for i := range 10 {
			path := fmt.Sprintf("?%d", i)
			for range 2 {
				if res := r.fetch(step{path: path}); string(res.body) != "good" {
					r.t.Fatalf("%s: %v", path, res)
				}
			}
		}
	}}}},
	{"9112 §6.3", "content behind a 304 is not taken for the next response", "strict", []step{{do: func(r *caseRun) {
		r.use(staleAtOnce(`ETag: "a"`).saying("good"))
		for i := range 5 {
			r.fetch(step{path: fmt.Sprintf("?%d", i)})
		}
		r.use(sends("HTTP/1.1 304 Same\r\nETag: \"a\"\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\n" +
			"HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nContent-Length: 4\r\n\r\nevil"))
		for i := range 5 {
			if res := r.fetch(step{path: fmt.Sprintf("?%d", i)}); string(res.body) == "evil" {
				r.t.Fatalf("got %v", res)
			}
		}
	}}}},
	{"9110 §9.3.2", "content behind the response to HEAD is not taken for the next response", "strict", []step{{do: func(r *caseRun) {
		r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
			if q.Method == "HEAD" {
				return c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\n" + raw200("evil", "Cache-Control: max-age=600"))
			}
			return c.Send(raw200("good", minute))
		}))
		for i := range 5 {
			r.fetch(step{method: "HEAD", path: fmt.Sprintf("?%d", i)})
			if res := r.fetch(step{path: fmt.Sprintf("?x%d", i)}); string(res.body) != "good" {
				r.t.Fatalf("got %v", res)
			}
		}
	}}}},
}

// zoned is a configuration with this section cache and a route with this key.
func (r *caseRun) zoned(top, route string) setup {
	return setup{top: top, conf: fmt.Sprintf(apartConf, r.bench.origin.Addr(), route)}
}

// reloadedWords are logged after each reload that succeeds.
const reloadedWords = `msg="configuration in force"`

// reload gives a weir of the case's own another configuration and waits for it.
func (r *caseRun) reload(s setup) {
	r.t.Helper()
	before := strings.Count(r.w.stderr.String(), reloadedWords)
	r.w.write(s)
	r.w.signal(syscall.SIGHUP)
	await(r.t, "the reload", func() bool { return strings.Count(r.w.stderr.String(), reloadedWords) > before })
}

// reloads are about what a change of the configuration leaves of what is stored.
var reloads = []cacheCase{
	{"9111 §2", "a reload keeps what is stored", "strict", []step{{do: func(r *caseRun) {
		s := r.zoned("cache: { memory: 16MiB }", "")
		r.w = start(r.t, s)
		r.check("stored", step{res: ok(minute), want: "fwd=uri-miss; stored"})
		s.top += "\ntrusted_proxies: [10.0.0.0/8]"
		r.reload(s)
		r.check("after the reload", step{want: "hit", shows: "answer 1"})
	}}}},
	{"9111 §2", "a reload with another budget keeps what fits", "strict", []step{{do: func(r *caseRun) {
		r.w = start(r.t, r.zoned("cache: { memory: 16MiB }", ""))
		r.check("stored", step{res: ok(minute), want: "fwd=uri-miss; stored"})
		r.reload(r.zoned("cache: { memory: 64MiB }", ""))
		r.check("after it grew", step{want: "hit", shows: "answer 1"})
		r.reload(r.zoned("cache: { memory: 1MiB }", ""))
		r.check("after it shrank", step{want: "hit", shows: "answer 1"})
	}}}},
	{"9111 §2", "a reload with a smaller budget brings the memory down to it", "strict", []step{{do: func(r *caseRun) {
		r.w = start(r.t, r.zoned("cache: { memory: 64MiB }", ""))
		r.use(ok(minute).saying(crowdBody()[:500_000]))
		for i := range 20 {
			r.fetch(step{path: fmt.Sprintf("?%d", i)})
		}
		r.reload(r.zoned("cache: { memory: 2MiB, max_object: 256KiB }", ""))
		await(r.t, "the zone holds no more than its budget", func() bool {
			_, body, err := r.w.adminGet("/metrics")
			return err == nil && metric(body, `weir_cache_zone_bytes{zone="default"}`) <= 2<<20+2<<16
		})
		for i := range 20 {
			if res := r.fetch(step{path: fmt.Sprintf("?%d", i)}); len(res.body) != 500_000 {
				r.t.Errorf("%d bytes", len(res.body))
			}
		}
	}}}},
	{"9111 §2", "a route that moves to another zone starts anew there", "strict", []step{{do: func(r *caseRun) {
		top := "cache: { zones: { a: 1MiB, b: 1MiB } }"
		r.w = start(r.t, r.zoned(top, "zone: a"))
		r.check("stored", step{res: ok(minute), want: "fwd=uri-miss; stored"})
		r.reload(r.zoned(top, "zone: b"))
		r.check("elsewhere", step{want: "fwd=uri-miss; stored", shows: "answer 2"})
		r.check("elsewhere again", step{want: "hit", shows: "answer 2"})
	}}}},
	{"9111 §2", "a zone that was removed does not come back with what it held", "strict", []step{{do: func(r *caseRun) {
		r.w = start(r.t, r.zoned("cache: { zones: { a: 1MiB, b: 1MiB } }", "zone: a"))
		r.check("stored", step{res: ok(minute), want: "fwd=uri-miss; stored"})
		r.reload(r.zoned("cache: { zones: { b: 1MiB } }", "zone: b"))
		r.check("elsewhere", step{want: "fwd=uri-miss; stored", shows: "answer 2"})
		r.reload(r.zoned("cache: { zones: { a: 1MiB, b: 1MiB } }", "zone: a"))
		r.check("anew", step{want: "fwd=uri-miss; stored", shows: "answer 3"})
		r.check("anew again", step{want: "hit", shows: "answer 3"})
	}}}},
	{"9111 §2", "a reload while a response arrives does it no harm", "strict", []step{{do: func(r *caseRun) {
		r.w = start(r.t, r.zoned("cache: { memory: 16MiB }", ""))
		gate := make(chan struct{})
		r.use(pieces(gate, minute+"\r\nContent-Length: 8\r\n\r\nabcd", "efgh"))
		leader := r.begin(step{})
		leader.head()
		r.reload(r.zoned("cache: { memory: 32MiB }", ""))
		follower := r.begin(step{})
		follower.is("collapsed")
		close(gate)
		leader.whole(200, "abcdefgh")
		follower.whole(200, "abcdefgh")
		r.isStored("abcdefgh")
	}}}},
	{"9111 §2", "a zone that is removed while a response arrives cuts nobody off", "strict", []step{{do: func(r *caseRun) {
		r.w = start(r.t, r.zoned("cache: { zones: { a: 1MiB } }", "zone: a"))
		gate := make(chan struct{})
		r.use(pieces(gate, minute+"\r\nContent-Length: 8\r\n\r\nabcd", "efgh"))
		leader := r.begin(step{})
		leader.head()
		follower := r.begin(step{})
		follower.is("collapsed")
		r.reload(r.zoned("cache: { zones: { b: 1MiB } }", "zone: b"))
		close(gate)
		leader.whole(200, "abcdefgh")
		follower.whole(200, "abcdefgh")
		r.check("then", step{want: "fwd=uri-miss", status: 200, shows: "abcdefgh"})
	}}}},
	{"9111 §2", "a configuration that is refused changes nothing", "strict", []step{{do: func(r *caseRun) {
		r.w = start(r.t, r.zoned("cache: { memory: 16MiB }", ""))
		r.check("stored", step{res: ok(minute), want: "fwd=uri-miss; stored"})
		r.w.write(r.zoned("cache: { memory: 16MiB }", "zone: nowhere"))
		r.w.signal(syscall.SIGHUP)
		r.w.awaitOutput("nowhere")
		r.check("afterwards", step{want: "hit", shows: "answer 1"})
	}}}},
	{"9111 §5.2.2.4", "a lifetime that a reload gives holds for what comes then", "strict", []step{{do: func(r *caseRun) {
		r.w = start(r.t, r.zoned("cache: { memory: 16MiB }", "negative: {404: 60s}"))
		r.check("stored", step{res: reply(404), want: "fwd=uri-miss; stored"})
		r.reload(r.zoned("cache: { memory: 16MiB }", ""))
		r.check("another", step{path: "?x", want: "fwd=uri-miss; !stored"})
	}}}},
}
