package e2e

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// A cacheBench is the weir and the origin that all cases share.
type cacheBench struct {
	w      *weir
	origin *origintest.Server
	runs   sync.Map // path → *caseRun
	count  atomic.Int32
}

// newCacheBench starts weir with further top-level keys.
func newCacheBench(t testing.TB, top string) *cacheBench {
	t.Helper()
	b := &cacheBench{}
	b.origin = origintest.New(t, b.serve)
	b.w = start(t, setup{top: cacheTop + top, conf: cacheConf(b.origin, deadAddr(t))})
	return b
}

// serve is the origin's script: the first segment of the path names the case.
func (b *cacheBench) serve(c *origintest.Conn) {
	c.Each(func(q *origintest.Request) error {
		body, err := c.ReadBody()
		if err != nil {
			return err
		}
		q.Body = body
		name, _, _ := strings.Cut(strings.TrimPrefix(q.Target, "/"), "/")
		name, _, _ = strings.Cut(name, "?")
		r, ok := b.runs.Load("/" + name)
		if !ok {
			return c.Send("HTTP/1.1 500 Stray\r\nContent-Length: 0\r\n\r\n")
		}
		return r.(*caseRun).serve(c, q)
	})
}

// A caseRun is one case while it runs. Its host and path are its own.
type caseRun struct {
	t     *testing.T
	bench *cacheBench
	w     *weir
	host  string
	path  string
	t0    time.Time

	mu       sync.Mutex // guards the following fields
	answer   *answer
	requests []origintest.Request // all that the origin got for this case
	given    int                  // answers that were not 304
	newest   given                // the last of them
	last     int                  // status of the last answer, 304 too; 0: it was none
}

// given is an answer as it was given.
type given struct {
	status int
	body   string
}

// run runs one case.
func (b *cacheBench) run(t *testing.T, c cacheCase) {
	route := c.route
	if route == "" {
		route = "plain"
	}
	n := b.count.Add(1)
	r := &caseRun{
		t: t, bench: b, w: b.w, t0: time.Now(), answer: ok(),
		host: fmt.Sprintf("c%d.%s.test", n, route), path: fmt.Sprintf("/c%05d", n), // none the beginning of another
	}
	b.runs.Store(r.path, r)
	expected := 0
	for i := range c.steps {
		r.step(fmt.Sprintf("step %d", i+1), &c.steps[i], &expected)
		if t.Failed() {
			return
		}
	}
	if got := len(r.asked()); got != expected && expected >= 0 {
		t.Errorf("the origin was asked %d times in all, want %d", got, expected)
	}
}

// use makes a the answer of the origin from now on.
func (r *caseRun) use(a *answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = a
}

// lastStatus is that of the origin's last answer.
func (r *caseRun) lastStatus() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// asked returns the requests that the origin got so far.
func (r *caseRun) asked() []origintest.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]origintest.Request(nil), r.requests...)
}

// serve answers one request to the origin.
func (r *caseRun) serve(c *origintest.Conn, q *origintest.Request) error {
	r.mu.Lock()
	a := r.answer
	r.requests = append(r.requests, *q)
	if a.status != 304 && a.status != 0 {
		r.given++
	}
	n := r.given
	text := a.body
	if !a.bodied {
		text = fmt.Sprintf("answer %d", n)
	}
	r.last = a.status
	if a.status != 304 && a.status != 0 {
		r.newest = given{a.status, text}
	}
	r.mu.Unlock()

	if a.hold != nil {
		if err := c.Wait(a.hold); err != nil {
			return err
		}
	}
	if a.script != nil {
		return a.script(c, q)
	}
	expand := func(s string) string { return r.expand(strings.ReplaceAll(s, "{n}", fmt.Sprint(n))) }
	err := c.Send(a.write(q.Method, text, expand))
	if a.cut > 0 && a.reset {
		c.Reset()
	}
	if a.cut > 0 || a.byClose {
		return io.EOF
	}
	return err
}

// expand replaces placeholders.
func (r *caseRun) expand(s string) string {
	s = strings.NewReplacer("{host}", r.host, "{HOST}", strings.ToUpper(r.host)).Replace(s)
	return expandTimes(strings.ReplaceAll(s, "{path}", r.path), r.t0)
}

// request writes the request of a step.
func (r *caseRun) request(s *step) (method, raw string) {
	if s.raw != "" {
		method, _, _ = strings.Cut(s.raw, " ")
		return method, r.expand(s.raw)
	}
	method, host := s.method, s.host
	if method == "" {
		method = "GET"
	}
	if host == "" {
		host = r.host
	}
	lines := append([]string{"Host: " + host}, s.req...)
	if s.body != "" {
		lines = append(lines, fmt.Sprintf("Content-Length: %d", len(s.body)))
	}
	return method, r.expand(request(method, r.path+s.path, lines...)) + s.body
}

// exchange sends the request of a step and reads what comes.
func (r *caseRun) exchange(s *step) (*response, error) {
	method, raw := r.request(s)
	c := r.w.dial(r.t)
	defer c.conn.Close()
	c.send(raw)
	return c.tryResponse(method)
}

// step runs one step; expected counts the requests to the origin there have to be
// at the end of the case, and is -1 once nobody can say.
func (r *caseRun) step(name string, s *step, expected *int) {
	if s.res != nil {
		r.use(s.res)
	}
	if s.do != nil {
		s.do(r)
		*expected = -1
		return
	}
	before := len(r.asked())
	res, err := r.exchange(s)
	for deadline := time.Now().Add(5 * time.Second); s.patient && err == nil; {
		got := cacheStatus(res)
		if got.fulfils(s.want) == nil || got.fulfils("hit") != nil || time.Now().After(deadline) {
			break
		}
		time.Sleep(20 * time.Millisecond)
		res, err = r.exchange(s)
	}
	if err := errors.Join(r.judge(s, res, err, before)...); err != nil {
		r.t.Errorf("%s: %v\nresponse: %v", name, err, res)
		for _, q := range r.asked()[before:] {
			r.t.Logf("the origin was asked %q", q.Head)
		}
		return
	}
	if s.asking() == anyNumber {
		*expected = -1
	}
	if *expected >= 0 {
		*expected += s.asking() + s.behind
	}
}

// anyNumber of requests to the origin is right.
const anyNumber = -2

// asking is how often the origin has to be asked before the client has its answer.
func (s *step) asking() int {
	words := wordsOf(s.want)
	switch {
	case s.want == "any":
		return anyNumber
	case s.asked > 0:
		return s.asked
	case s.asked == none || words["hit"].demanded() || words["collapsed"].demanded():
		return 0
	}
	return 1
}

// judge returns everything that is wrong with the response to a step.
func (r *caseRun) judge(s *step, res *response, err error, before int) (wrong []error) {
	note := func(e error) {
		if e != nil {
			wrong = append(wrong, e)
		}
	}
	if err != nil && !(s.broken && errors.Is(err, errCut)) {
		return []error{err}
	}
	if s.broken && err == nil && res.status != 502 {
		note(errors.New("the response looks complete"))
	}
	got := cacheStatus(res)
	note(got.fulfils(s.want))
	note(r.checkAsked(s, before))
	note(r.checkAnswer(s, got, res))
	requests := r.asked()[before:]
	for _, err := range lint(s, got, res, requests, r.lastStatus()) {
		note(err)
	}
	for _, want := range s.has {
		note(fieldIs(r.expand(want), res.values))
	}
	if len(s.asks) > 0 && len(requests) == 0 {
		note(errors.New("the origin was not asked"))
	}
	for _, want := range s.asks {
		if len(requests) > 0 {
			note(wrap("to the origin", fieldIs(r.expand(want), requests[len(requests)-1].Values)))
		}
	}
	return wrong
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// checkAsked demands the number of requests to the origin.
func (r *caseRun) checkAsked(s *step, before int) error {
	want := s.asking() + s.behind
	if s.asking() == anyNumber {
		return nil
	}
	if s.behind > 0 {
		await(r.t, "the origin is asked behind the client's back", func() bool { return len(r.asked())-before >= want })
	}
	if got := len(r.asked()) - before; got != want {
		return fmt.Errorf("the origin was asked %d times, want %d", got, want)
	}
	return nil
}

// checkAnswer demands status and body.
func (r *caseRun) checkAnswer(s *step, got status9211, res *response) error {
	r.mu.Lock()
	newest, last := r.newest, r.last
	r.mu.Unlock()
	method, raw := r.request(s)
	status, body := newest.status, newest.body
	if s.asking() > 0 && last == 304 && conditional(raw) {
		status = 304
	}
	if s.status != 0 {
		status = s.status
	}
	if s.broken && res.status == 502 || s.want == "any" && s.status == 0 && s.shows == "" {
		return nil
	}
	if res.status != status {
		return fmt.Errorf("status %d, want %d", res.status, status)
	}
	switch {
	case s.shows == "-" || method == "HEAD" || s.shows == "" && (status == 204 || status == 304):
		body = ""
	case s.shows != "":
		body = s.shows
	}
	if s.broken && strings.HasPrefix(body, string(res.body)) || s.shows == "" && (s.asking() == 0 || last == 0) && !got.is("hit") {
		return nil // a cut answer, or one of weir's own making
	}
	if string(res.body) != body {
		return fmt.Errorf("body %.80q, want %.80q", res.body, body)
	}
	return nil
}

// conditional tells whether a request asks for 304 as an answer.
func conditional(raw string) bool {
	raw = strings.ToLower(raw)
	return strings.Contains(raw, "\r\nif-none-match:") || strings.Contains(raw, "\r\nif-modified-since:")
}
