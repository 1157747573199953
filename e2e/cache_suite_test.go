package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// The conformance suite of the cache: a table of short conversations between a
// scripted client and a scripted origin, with one weir between them. A case is
// named by the section of the RFC it holds weir to. To add cases, write a table
// `var xyCases = []cacheCase{…}` in a file of its own and name it in cacheTopics;
// to try another configuration of a route, add a row to cacheRoutes.

// A cacheCase is one conversation. It has a host, a path and an answering origin
// of its own, so that cases know nothing of one another.
type cacheCase struct {
	section string // such as "9111 §4.2.1": the RFC without the word, then the section
	name    string // what weir has to do; unique in its section
	route   string // name of a row of cacheRoutes; "" is "plain"
	steps   []step // in order; the case ends at the first one that fails
}

// A step is one request, what the origin answers if it is asked, and what has to
// come of it.
//
// Texts in req, raw, path and in an answer may hold placeholders:
//
//	{now} {now-60} {now+60}        that time as a Date, when it is sent
//	{t0} {t0-60} {t0+60}           counted from the beginning of the case: the same in each step
//	{rfc850:now+60} {asctime:t0-5} the two obsolete formats
//	{host} {HOST} {path}           of the case, {path} without the step's own path
//	{n}                            in answers: which of the case's answers this is, from 1
type step struct {
	method string   // "" is GET
	path   string   // behind the path of the case: "", "?a=1", "/sub"
	host   string   // "" is the case's own; may hold {host}
	req    []string // field lines of the request
	body   string   // of the request; not empty: with Content-Length
	raw    string   // instead of all of these; placeholders are replaced

	res *answer // what the origin says if it is asked, and from then on; nil: as before

	// want is what Cache-Status (RFC 9211) has to say of weir, in its own words:
	// "hit", "hit; ttl=50..60", "fwd=uri-miss; stored", "fwd=stale; fwd-status=304",
	// "fwd; !stored; detail=private". Each word must be there with that value,
	// "fwd" alone with any, one with "!" must not be there; others may. "off": no
	// Cache-Status of weir's at all. "any": both is right, being asked and not; only
	// what the other members of the step say is checked.
	//
	// It also says how often the origin has to be asked (see asked).
	want string
	// asked is how often the origin is asked before the client has its answer.
	// 0: never for a hit and for collapsed, else once; none: never.
	asked int
	// behind is how often it is asked behind the client's back; awaited.
	behind int
	// status to the client. 0: the answer's, when the origin was asked; for a hit,
	// and when the answer was 304 and the client asked for no such thing, that of
	// the newest answer which was not 304.
	status int
	// shows is the body the client gets. "": by the rules of status; "-": none.
	shows string
	// has is what the fields of the response must be: "Name: value", all lines of
	// a field joined by " | "; "Name: *" for any value, "Name: 10..12" for a
	// number between these, "!Name" for no such field.
	has []string
	// asks is the same of the newest request that the origin got in this step.
	asks []string
	// patient repeats the step until want is fulfilled, for a few seconds: for what
	// time brings. Every repetition has to be a hit.
	patient bool
	// broken: the response is cut short, and the client can tell; or it is 502.
	broken bool

	// do is a step in Go, instead of everything above. It may use the methods of
	// the run and must report by r.t.
	do func(r *caseRun)
}

// none as step.asked: the origin is not asked.
const none = -1

// A cacheRoute is one way to configure a cached route. Hosts *.NAME.test are its.
type cacheRoute struct {
	name  string
	cache string // value of the key cache; "": the route does not cache
	pool  string // "" is "origin"
	more  string // further keys of the route, each as "key: value"
}

// cacheRoutes are the routes of the suite's weir.
var cacheRoutes = []cacheRoute{
	{name: "plain", cache: "{}"},
	{name: "off"},
	// strict has no grace: what is not fresh is never answered from the store alone.
	{name: "strict", cache: noGrace("")},
	{name: "heuristic", cache: noGrace("heuristic: 10%")},
	{name: "capped", cache: noGrace("heuristic: 50%, heuristic_max: 1h")},
	{name: "negative", cache: noGrace("negative: {404: 60s, 503: 30s}")},
	{name: "setcookie", cache: noGrace("store_set_cookie: true")},
	{name: "stubborn", cache: noGrace("client_revalidation: false")},
	{name: "targeted", cache: noGrace("targeted_headers: [Weir-Cache-Control, CDN-Cache-Control]")},
	{name: "untargeted", cache: noGrace("targeted_headers: off")},
	{name: "small", cache: "{ zone: small }"},
	{name: "emptied", cache: "{ zone: emptied }"},
	{name: "patient", cache: "{ stale_while_revalidate: 1h, stale_if_error: 1h }"},
	{name: "solo", cache: "{ collapse: false }"},
	{name: "hasty", cache: "{ collapse_wait: 100ms }"},
	{name: "onerror", cache: "{ stale_while_revalidate: 0s, stale_if_error: 60s }"},
	{name: "slow", cache: noGrace(""), more: "timeouts: { first_byte: 300ms, between_bytes: 300ms }"},
	{name: "dead", cache: "{}", pool: "dead"},
	{name: "showkey", cache: "{ show_key: true }"},
	{name: "sort", cache: "{ key: { query: { sort: true } } }"},
	{name: "allow", cache: "{ key: { query: { allow: [id, page*] } } }"},
	{name: "ignore", cache: "{ key: { query: { ignore: [utm_*, fbclid] } } }"},
	{name: "byfield", cache: "{ key: { headers: [X-Tenant, X-Region] } }"},
	{name: "byurl", cache: "{ key: { headers: [X-Original-URL] } }"},
	{name: "bycookie", cache: "{ key: { cookies: [session] } }"},
	{name: "bydevice", cache: "{ key: { device: true } }"},
	{name: "changing", cache: "{}", more: "headers: { response: { set: { X-Id: \"{request_id}\" }, remove: [X-Secret] } }"},
	{name: "trusting", cache: "{}"}, // by a weir that believes the client's X-Forwarded fields
}

// noGrace is a route's cache without grace, but with another key.
func noGrace(more string) string {
	if more != "" {
		more += ", "
	}
	return "{ " + more + "stale_while_revalidate: 0s, stale_if_error: 0s }"
}

// cacheTop is the top-level key cache of the suite's weir.
const cacheTop = "cache: { memory: 64MiB, zones: { small: { memory: 1MiB, max_object: 4KiB }, emptied: 1MiB }, purge_from: [127.0.0.1/32] }"

// A cacheTopic is the table of one file.
type cacheTopic struct {
	name  string
	cases []cacheCase
}

// cacheTopics are all tables, in the order in which they are listed.
func cacheTopics() []cacheTopic {
	return []cacheTopic{
		{"framework", frameworkCases},
		{"storing", storingCases},
		{"freshness", freshnessCases},
		{"heuristics", heuristicCases},
		{"negative", negativeCases},
		{"requests", requestCases},
		{"targeted", targetedCases},
		{"key", keyCases},
		{"status", statusCases},
		{"interim", interimCases},
		{"validation", validationCases},
		{"vary", varyCases},
		{"head", headCases},
		{"invalidation", invalidationCases},
		{"range", rangeCases},
		{"stale", staleCases},
		{"purge", purgeCases},
		{"collapse", collapseCases},
		{"fault", faultCases},
		{"beside", besideCases},
	}
}

// TestCacheConformance runs every case and lists them with their results.
func TestCacheConformance(t *testing.T) {
	t.Parallel()
	direct, trusting := newCacheBench(t, ""), newCacheBench(t, "\ntrusted_proxies: [127.0.0.1/32]")
	results := &caseResults{failed: map[string]bool{}}
	t.Run("case", func(t *testing.T) {
		for _, topic := range cacheTopics() {
			for _, c := range topic.cases {
				results.add(t, c)
				t.Run(c.title(), func(t *testing.T) {
					t.Parallel()
					t.Cleanup(func() { results.done(c, t.Failed()) })
					if c.route == "trusting" {
						trusting.run(t, c)
						return
					}
					direct.run(t, c)
				})
			}
		}
	})
	t.Log(results.list())
}

func (c *cacheCase) title() string { return c.section + " " + c.name }

// cacheConf writes pools and routes for the suite.
func cacheConf(origin *origintest.Server, dead string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "pools:\n  origin: { backends: [%q], retries: 0, max_requests: 10000 }\n", origin.Addr())
	fmt.Fprintf(&s, "  dead: { backends: [%q], retries: 0 }\nroutes:\n", dead)
	for _, r := range cacheRoutes {
		pool := r.pool
		if pool == "" {
			pool = "origin"
		}
		fmt.Fprintf(&s, "  - name: %s\n    match: { host: \"*.%s.test\" }\n    pool: %s\n", r.name, r.name, pool)
		if r.cache != "" {
			fmt.Fprintf(&s, "    cache: %s\n", r.cache)
		}
		if r.more != "" {
			fmt.Fprintf(&s, "    %s\n", r.more)
		}
	}
	return s.String()
}

// caseResults collects what became of the cases.
type caseResults struct {
	mu     sync.Mutex // guards the following fields
	cases  []cacheCase
	failed map[string]bool // by title, once it is known
}

// add registers a case and refuses a second one of the same name.
func (l *caseResults) add(t *testing.T, c cacheCase) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, other := range l.cases {
		if other.title() == c.title() {
			t.Errorf("two cases are called %q", c.title())
		}
	}
	l.cases = append(l.cases, c)
}

func (l *caseResults) done(c cacheCase, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed[c.title()] = failed
}

// list writes all cases that ran, with their results, by section.
func (l *caseResults) list() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	bySection := map[string][]string{}
	passed, ran := 0, 0
	for _, c := range l.cases {
		failed, ok := l.failed[c.title()]
		if !ok {
			continue
		}
		ran++
		word := "FAIL"
		if !failed {
			passed++
			word = "pass"
		}
		bySection[c.section] = append(bySection[c.section], fmt.Sprintf("  %s  %s\n", word, c.name))
	}
	var s strings.Builder
	for _, section := range slices.SortedFunc(maps.Keys(bySection), compareSections) {
		fmt.Fprintf(&s, "\nRFC %s\n%s", section, strings.Join(bySection[section], ""))
	}
	fmt.Fprintf(&s, "\n%d of %d cases pass\n", passed, ran)
	return s.String()
}

// compareSections orders "9111 §4.2" by number.
func compareSections(a, b string) int {
	split := func(s string) []string {
		return strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	}
	return slices.CompareFunc(split(a), split(b), func(x, y string) int {
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(x, y)
	})
}
