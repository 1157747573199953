package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// Parts of cases in Go: an origin that does as it is told by conditions and
// ranges, exchanges beside one another, and a weir of one's own.

// A thing is what an origin has under a URL.
type thing struct {
	etag     string // "" for none
	modified string // Last-Modified; "" for none
	body     string
	lines    []string // further field lines
	whole    bool     // Range is ignored
}

// keep makes the origin one that has x and answers conditions and single ranges
// as RFC 9110 wants it.
func (r *caseRun) keep(x thing) {
	r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
		status, part, extra := x.answer(r, q)
		r.mu.Lock()
		r.last = status
		if status != 304 {
			r.newest = given{200, x.body}
		}
		r.mu.Unlock()
		a := &answer{status: status, fields: slices.Concat(x.fields(), extra), body: part, bodied: true}
		return c.Send(a.write(q.Method, part, r.expand))
	}))
}

func (x thing) fields() []string {
	lines := slices.Clone(x.lines)
	if x.etag != "" {
		lines = append(lines, "ETag: "+x.etag)
	}
	if x.modified != "" {
		lines = append(lines, "Last-Modified: "+x.modified)
	}
	return lines
}

// answer decides about one request: status, body and further lines.
func (x thing) answer(r *caseRun, q *origintest.Request) (status int, body string, lines []string) {
	weak := strings.TrimPrefix(x.etag, "W/")
	if none := q.Value("If-None-Match"); none != "" {
		if none == "*" || weak != "" && strings.Contains(none, weak) {
			return 304, "", nil
		}
	} else if since := q.Value("If-Modified-Since"); since != "" && since == r.expand(x.modified) {
		return 304, "", nil
	}
	from, to, ok := strings.Cut(strings.TrimPrefix(q.Value("Range"), "bytes="), "-")
	first, err := strconv.Atoi(from)
	if x.whole || !ok || err != nil || q.Method != "GET" {
		return 200, x.body, nil
	}
	if cond := q.Value("If-Range"); cond != "" && cond != x.etag && cond != r.expand(x.modified) {
		return 200, x.body, nil
	}
	if first >= len(x.body) {
		return 416, "", []string{fmt.Sprintf("Content-Range: bytes */%d", len(x.body))}
	}
	last, err := strconv.Atoi(to)
	if err != nil || last >= len(x.body) {
		last = len(x.body) - 1
	}
	return 206, x.body[first : last+1], []string{fmt.Sprintf("Content-Range: bytes %d-%d/%d", first, last, len(x.body))}
}

// keeping is a step that makes the origin keep x.
func keeping(x thing) step { return step{do: func(r *caseRun) { r.keep(x) }} }

// check runs a step within a step in Go and tells whether all was well.
func (r *caseRun) check(name string, s step) bool {
	r.t.Helper()
	n := -1
	r.step(name, &s, &n)
	return !r.t.Failed()
}

// fetch exchanges a step and demands a whole response, but looks at nothing.
func (r *caseRun) fetch(s step) *response {
	r.t.Helper()
	res, err := r.exchange(&s)
	if err != nil {
		r.t.Fatalf("%v; received %v", err, res)
	}
	return res
}

// A talk is an exchange that goes on beside others.
type talk struct {
	r      *caseRun
	c      *client
	method string
	res    *response // once there is a head
}

// begin sends the request of a step and does not wait.
func (r *caseRun) begin(s step) *talk {
	r.t.Helper()
	method, raw := r.request(&s)
	c := r.w.dial(r.t)
	c.send(raw)
	return &talk{r: r, c: c, method: method}
}

// beginMany sends the same request n times, on a connection each.
func (r *caseRun) beginMany(n int, s step) []*talk {
	r.t.Helper()
	all := make([]*talk, n)
	for i := range all {
		all[i] = r.begin(s)
	}
	return all
}

// head waits for the head of the response.
func (k *talk) head() *response {
	k.r.t.Helper()
	if k.res == nil {
		k.res = k.c.head(k.method)
	}
	return k.res
}

// whole demands a status and a body, and returns the response.
func (k *talk) whole(status int, body string) *response {
	k.r.t.Helper()
	res := k.head()
	k.c.rest(res)
	if res.status != status || string(res.body) != body {
		k.r.t.Fatalf("status %d and %d bytes %.60q, want %d and %d bytes %.60q\n%s", res.status, len(res.body), res.body, status, len(body), body, res.head)
	}
	return res
}

// is demands words of Cache-Status.
func (k *talk) is(want string) {
	k.r.t.Helper()
	if err := cacheStatus(k.head()).fulfils(want); err != nil {
		k.r.t.Fatalf("%v\n%s", err, k.head().head)
	}
}

// broken demands that the response does not look complete.
func (k *talk) broken() {
	k.r.t.Helper()
	if k.res == nil {
		res, err := k.c.tryResponse(k.method)
		if err == nil && res.status < 500 {
			k.r.t.Errorf("the response looks complete: %v", res)
		}
		return
	}
	for {
		_, err := k.c.piece(k.res)
		if errors.Is(err, errCut) {
			return
		}
		if err != nil {
			k.r.t.Errorf("the response ended with %v: %v", err, k.res)
			return
		}
	}
}

// silent demands that no byte of a response comes within a while.
func (k *talk) silent(d time.Duration) {
	k.r.t.Helper()
	k.c.conn.SetReadDeadline(time.Now().Add(d))
	var buf [64]byte
	if n, err := k.c.conn.Read(buf[:]); err == nil {
		k.r.t.Fatalf("received %q where nothing was to come", buf[:n])
	}
}

// leave ends the connection from the client's side.
func (k *talk) leave() { k.c.conn.Close() }

// awaitAsked waits until the origin has been asked n times in all.
func (r *caseRun) awaitAsked(n int) {
	r.t.Helper()
	await(r.t, fmt.Sprintf("the origin is asked %d times", n), func() bool { return len(r.asked()) >= n })
}

// askedTimes demands that the origin was asked n times in all.
func (r *caseRun) askedTimes(n int) {
	r.t.Helper()
	if got := len(r.asked()); got != n {
		r.t.Fatalf("the origin was asked %d times, want %d", got, n)
	}
}

// isStored demands that a request is answered with this body and without asking
// the origin: from the store, or by a fill that is just ending.
func (r *caseRun) isStored(body string) {
	r.t.Helper()
	before := len(r.asked())
	res := r.fetch(step{})
	if got := cacheStatus(res); !got.is("hit") && !got.is("collapsed") || res.status != 200 || string(res.body) != body {
		r.t.Fatalf("not what is stored: %v", res)
	}
	r.askedTimes(before)
}

// apartConf is a weir of one route.
const apartConf = `pools: { origin: { backends: [%q], retries: 0, max_requests: 10000 } }
routes:
  - { name: apart, match: {}, pool: origin, cache: { %s } }`

// apart gives the case a weir of its own with one route that caches like this.
func (r *caseRun) apart(cache string) {
	r.t.Helper()
	r.w = start(r.t, setup{conf: fmt.Sprintf(apartConf, r.bench.origin.Addr(), cache)})
}

// awaitRead waits until a weir of the case's own has read n requests in all.
func (r *caseRun) awaitRead(n int) {
	r.t.Helper()
	await(r.t, fmt.Sprintf("weir has read %d requests", n), func() bool {
		_, body, err := r.w.adminGet("/metrics")
		return err == nil && metric(body, `weir_listener_requests_total{listener="main"}`) >= int64(n)
	})
}
