package e2e

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// purgeCases are about purges: of URLs, tags, groups, prefixes, patterns, hosts and
// everything, soft and hard. What has no RFC is held to RFC 9111, section 4: a
// response that is marked stale is validated, one that is removed is gone.
var purgeCases = slices.Concat(purgedURLs, purgedTags, purgedPaths, purgedFills, purgeMethod, purgeCommands)

// purge sends an order to the operators' listener; it may hold placeholders.
func (r *caseRun) purge(order string) {
	r.t.Helper()
	if status, body := r.tryPurge(r.expand(order), "application/json"); status != 200 {
		r.t.Fatalf("purge %s: %d %s", order, status, body)
	}
}

func (r *caseRun) tryPurge(order, contentType string) (status int, body string) {
	r.t.Helper()
	resp, err := adminClient.Post("http://"+r.w.admin+"/purge", contentType, strings.NewReader(order))
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// purging is a step that purges.
func purging(order string) step { return step{do: func(r *caseRun) { r.purge(order) }} }

const purgeURL = `{"url":"http://{host}{path}"}`

// gone and marked are what a request finds after a hard and after a soft purge of
// a response with ETag "a", on a route without grace.
func gone(path string, req ...string) step {
	return step{path: path, req: req, want: "fwd=uri-miss", asks: lines{"!If-None-Match"}}
}

func marked(path string, req ...string) step {
	return step{path: path, req: req, want: "fwd=stale; detail=purged", asks: lines{`If-None-Match: "a"`}}
}

func kept(path string, n int) step {
	return step{path: path, want: "hit", shows: fmt.Sprintf("answer %d", n)}
}

func lasting(more ...string) *answer {
	return ok(append(lines{"Cache-Control: max-age=60", `ETag: "a"`}, more...)...)
}

func stored(path string, a *answer) step {
	return step{path: path, res: a, want: "fwd=uri-miss; stored"}
}

var purgedURLs = []cacheCase{
	{"9111 §4", "purge of a URL: what is marked is validated, and used again", "strict", []step{
		stored("", lasting()), purging(purgeURL),
		{res: renewed(), want: "fwd=stale; fwd-status=304; detail=purged", asks: lines{`If-None-Match: "a"`}, status: 200, shows: "answer 1"},
		kept("", 1),
	}},
	{"9111 §4", "hard purge of a URL: it is gone", "strict", []step{
		stored("", lasting()), purging(`{"url":"http://{host}{path}","hard":true}`), gone(""), kept("", 2),
	}},
	{"5861 §3", "purge of a URL: what is marked is served within its grace", "plain", []step{
		stored("", lasting()), purging(purgeURL),
		{res: renewed(), want: "hit; detail=stale-while-revalidate", behind: 1, status: 200},
		{patient: true, want: "hit; ttl=50..60", shows: "answer 1"},
	}},
	{"5861 §3", "grace counts from the purge, however long it was fresh", "plain", []step{
		stored("", ok("Cache-Control: max-age=3600, stale-while-revalidate=5", "Age: 1800", `ETag: "a"`)), purging(purgeURL),
		{res: renewed(), want: "hit; detail=stale-while-revalidate", behind: 1, status: 200},
	}},
	{"5861 §4", "purge of a URL: what is marked is served when the origin fails", "onerror", []step{
		stored("", lasting()), purging(purgeURL),
		{res: reply(503), want: "detail=stale-if-error", asked: 1, status: 200, shows: "answer 1"},
	}},
	{"5861 §4", "hard purge of a URL: it is not served when the origin fails", "patient", []step{
		stored("", lasting()), purging(`{"url":"http://{host}{path}","hard":true}`),
		{res: reply(503), want: "fwd=uri-miss; fwd-status=503", status: 503},
	}},
	{"9111 §5.2.2.2", "purge of a URL: what must be revalidated is, grace or not", "plain", []step{
		stored("", ok("Cache-Control: max-age=60, must-revalidate", `ETag: "a"`)), purging(purgeURL), marked(""),
	}},
	{"9111 §4.1", "purge of a URL marks all variants", "strict", []step{
		{res: lasting("Vary: X-A"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{req: lines{"X-A: 2"}, want: "fwd=vary-miss; stored"},
		purging(purgeURL), marked("", "X-A: 1"), marked("", "X-A: 2"),
	}},
	{"9111 §4.1", "hard purge of a URL removes all variants", "strict", []step{
		{res: lasting("Vary: X-A"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{req: lines{"X-A: 2"}, want: "fwd=vary-miss; stored"},
		purging(`{"url":"http://{host}{path}","hard":true}`),
		{req: lines{"X-A: 1"}, want: "fwd", asks: lines{"!If-None-Match"}},
		{req: lines{"X-A: 2"}, want: "fwd", asks: lines{"!If-None-Match"}},
	}},
	{"9111 §2", "purge of a URL is of its query only", "strict", []step{
		stored("?a=1", lasting()), stored("?a=2", lasting()), purging(`{"url":"http://{host}{path}?a=1"}`), kept("?a=2", 2), marked("?a=1"),
	}},
	{"9111 §2", "purge of a URL: a host in other letters is the same", "strict", []step{
		stored("", lasting()), purging(`{"url":"http://{HOST}{path}"}`), marked(""),
	}},
	{"9111 §2", "purge of a URL of another host is another's", "strict", []step{
		stored("", lasting()), purging(`{"url":"http://other-{host}{path}","hard":true}`), kept("", 1),
	}},
	{"9111 §2", "purge of a URL of another scheme is another's", "strict", []step{
		stored("", lasting()), purging(`{"url":"https://{host}{path}","hard":true}`), kept("", 1),
	}},
	{"9111 §2", "purge of a URL reaches what the route keeps apart by fields", "byfield", []step{
		{res: lasting(), req: lines{"X-Tenant: a"}, want: "fwd=uri-miss; stored"},
		{req: lines{"X-Tenant: b"}, want: "fwd=uri-miss; stored"},
		purging(`{"url":"http://{host}{path}","hard":true}`), gone("", "X-Tenant: a"), gone("", "X-Tenant: b"),
	}},
	{"9111 §2", "purge of a URL of which the route ignores a part", "ignore", []step{
		stored("?id=1&utm_x=1", lasting()), purging(`{"url":"http://{host}{path}?id=1","hard":true}`), gone("?id=1&utm_x=2"),
	}},
}

// tagged is a case about a purge of the tag called name after a response with
// this field line was stored.
func tagged(section, what string, reached bool, line, name string) cacheCase {
	order := fmt.Sprintf(`{"tag":%q}`, name)
	then := kept("", 1)
	if reached {
		then = marked("")
	}
	return cacheCase{section, what, "strict", []step{stored("", lasting(line)), purging(order), then}}
}

var purgedTags = []cacheCase{
	tagged("9111 §4", "purge of a tag: one of Surrogate-Key", true, "Surrogate-Key: x {path} y", "{path}"),
	tagged("9111 §4", "purge of a tag: one of Cache-Tag", true, "Cache-Tag: x,{path} , y", "{path}"),
	tagged("9875 §2", "purge of a tag: one of Cache-Groups", true, `Cache-Groups: "x", "{path}"`, "{path}"),
	tagged("9111 §4", "purge of another tag", false, "Surrogate-Key: x{path} y", "{path}"),
	tagged("9111 §4", "purge of a tag in other letters", false, "Surrogate-Key: {path}-tag", "{path}-TAG"),
	tagged("9111 §4", "a tag of Surrogate-Key may hold a comma", true, "Surrogate-Key: {path},b", "{path},b"),
	{"9875 §2", "purge of a group with a space and a comma in its name", "strict", []step{
		stored("", lasting(`Cache-Groups: "a, {path}"`)), purging(`{"group":"a, {path}","origin":"http://{host}"}`), marked(""),
	}},
	{"9111 §4", "hard purge of a tag: it is gone", "strict", []step{
		stored("", lasting("Surrogate-Key: {path}")), purging(`{"tag":"{path}","hard":true}`), gone(""), kept("", 2),
	}},
	{"9111 §4", "purge of a tag reaches all of its lines and keys, and no others", "strict", []step{
		stored("/1", lasting("Surrogate-Key: a {path}", "Surrogate-Key: b")), stored("/2", lasting("Cache-Tag: a", "Cache-Tag: {path}")),
		stored("/3", lasting("Surrogate-Key: a")), purging(`{"tag":"{path}"}`), marked("/1"), marked("/2"), kept("/3", 3),
	}},
	{"9111 §4", "what was fetched after the purge of its tag is not purged by it", "strict", []step{
		stored("", lasting("Surrogate-Key: {path}")), purging(`{"tag":"{path}","hard":true}`), gone(""), kept("", 2),
		purging(`{"tag":"{path}"}`), marked(""), kept("", 3),
	}},
	{"9111 §4", "a new response without the tag is not reached by it", "strict", []step{
		stored("", lasting("Surrogate-Key: {path}")), purging(`{"tag":"{path}","hard":true}`),
		{res: lasting(), want: "fwd=uri-miss; stored"}, purging(`{"tag":"{path}","hard":true}`), kept("", 2),
	}},
	{"9111 §3.2", "a tag that a 304 brings counts from then on", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=60", "Surrogate-Key: {path}"), want: "fwd=stale; fwd-status=304; stored", status: 200},
		kept("", 1), purging(`{"tag":"{path}"}`),
		{res: lasting(), want: "fwd=stale; detail=purged"},
	}},
	{"9111 §4.1", "purge of a tag that only one variant has", "strict", []step{
		{res: lasting("Vary: X-A", "Surrogate-Key: {path}"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{res: lasting("Vary: X-A"), req: lines{"X-A: 2"}, want: "fwd=vary-miss; stored"},
		purging(`{"tag":"{path}"}`), marked("", "X-A: 1"),
		{req: lines{"X-A: 2"}, want: "hit", shows: "answer 2"},
	}},
	{"9111 §4", "the sixty-fourth tag counts", "strict", []step{
		stored("", lasting("Surrogate-Key: "+numbered(63)+" {path}")), purging(`{"tag":"{path}"}`), marked(""),
	}},
	{"9875 §2.1", "purge of a group of an origin is of that origin only", "strict", []step{
		stored("/1", lasting(`Cache-Groups: "g{path}"`)),
		{path: "/1", host: "other-{host}", want: "fwd=uri-miss; stored"},
		purging(`{"group":"g{path}","origin":"http://{host}"}`),
		{path: "/1", host: "other-{host}", want: "hit", shows: "answer 2"},
		marked("/1"),
	}},
	{"9875 §2.1", "purge of a group that is a tag of another field", "strict", []step{
		stored("", lasting(`Surrogate-Key: g{path}`)), purging(`{"group":"g{path}","origin":"http://{host}","hard":true}`), kept("", 1),
	}},
	{"9111 §4", "after the purge of a tag of many keys each is fetched at most once", "plain", []step{{do: manyKeysPurged}}},
}

// numbered is t1 t2 … tn.
func numbered(n int) string {
	var s []string
	for i := range n {
		s = append(s, fmt.Sprintf("t%d", i+1))
	}
	return strings.Join(s, " ")
}

// manyKeysPurged stores 40 keys of one tag, purges it and has five clients ask for
// each key at once.
func manyKeysPurged(r *caseRun) {
	const keys, clients = 40, 5
	r.use(lasting("Surrogate-Key: {path}"))
	for i := range keys {
		r.fetch(step{path: fmt.Sprintf("/%d", i)})
	}
	r.purge(`{"tag":"{path}","hard":true}`)
	var wg sync.WaitGroup
	for i := range keys * clients {
		wg.Go(func() {
			if res, err := r.exchange(&step{path: fmt.Sprintf("/%d", i%keys)}); err != nil || res.status != 200 {
				r.t.Errorf("%v: %v", err, res)
			}
		})
	}
	wg.Wait()
	r.askedTimes(2 * keys)
}

var purgedPaths = []cacheCase{
	{"9111 §4", "purge of a prefix", "strict", []step{
		stored("/a/1", lasting()), stored("/a/2?x", lasting()), stored("/b", lasting()),
		purging(`{"prefix":"{path}/a/"}`), marked("/a/1"), marked("/a/2?x"), kept("/b", 3),
	}},
	{"9111 §4", "hard purge of a prefix", "strict", []step{
		stored("/a/1", lasting()), stored("/b", lasting()), purging(`{"prefix":"{path}/a","hard":true}`), gone("/a/1"), kept("/b", 2),
	}},
	{"9111 §4", "purge of a prefix with a query", "strict", []step{
		stored("?a=1&b", lasting()), stored("?a=2&b", lasting()), purging(`{"prefix":"{path}?a=1"}`), marked("?a=1&b"), kept("?a=2&b", 2),
	}},
	{"9111 §4", "what is stored after the purge of a prefix is not purged by it", "strict", []step{
		stored("/a", lasting()), purging(`{"prefix":"{path}/","hard":true}`), gone("/a"), kept("/a", 2), stored("/b", lasting()), kept("/b", 3),
	}},
	{"9111 §4", "purge of a pattern", "strict", []step{
		stored("/x/1.png", lasting()), stored("/y/2.png", lasting()), stored("/x/1.jpg", lasting()), stored("/x/1.png?v", lasting()),
		purging(`{"pattern":"{path}/*.png"}`), marked("/x/1.png"), marked("/y/2.png"), kept("/x/1.jpg", 3), kept("/x/1.png?v", 4),
	}},
	{"9111 §4", "purge of a pattern: what is not a star stands for itself", "strict", []step{
		stored("/axb", lasting()), stored("/a.b", lasting()), purging(`{"pattern":"{path}/a.b"}`), kept("/axb", 1), marked("/a.b"),
	}},
	{"9111 §4", "purge of a pattern is of the whole path", "strict", []step{
		stored("/ab", lasting()), purging(`{"pattern":"{path}/a"}`), kept("/ab", 1),
	}},
	{"9111 §4", "purge of a prefix of one host", "strict", []step{
		stored("/a", lasting()), {path: "/a", host: "other-{host}", want: "fwd=uri-miss; stored"},
		purging(`{"prefix":"{path}/","host":"{host}","hard":true}`),
		{path: "/a", host: "other-{host}", want: "hit", shows: "answer 2"}, gone("/a"),
	}},
	{"9111 §4", "purge of a host", "strict", []step{
		stored("/a", lasting()), {path: "/a", host: "other-{host}", want: "fwd=uri-miss; stored"},
		purging(`{"host":"{host}"}`),
		{path: "/a", host: "other-{host}", want: "hit", shows: "answer 2"}, marked("/a"),
	}},
	{"9111 §4", "purge of all hosts below one", "strict", []step{
		{host: "a.{host}", res: lasting(), want: "fwd=uri-miss; stored"}, {host: "b.a.{host}", want: "fwd=uri-miss; stored"},
		{host: "x{host}", want: "fwd=uri-miss; stored"},
		purging(`{"host":"*.{host}","hard":true}`),
		{host: "a.{host}", want: "fwd=uri-miss"}, {host: "b.a.{host}", want: "fwd=uri-miss"}, {host: "x{host}", want: "hit", shows: "answer 3"},
	}},
	{"9111 §4", "purge of everything in one zone", "emptied", []step{
		stored("/a", lasting()), stored("/b", lasting()), purging(`{"all":true,"zone":"emptied","hard":true}`), gone("/a"), gone("/b"), kept("/a", 3),
		purging(`{"all":true,"zone":"emptied"}`),
		{path: "/a", want: "hit; detail=stale-while-revalidate", shows: "answer 3", behind: 1},
	}},
	{"9111 §4", "purge in another zone does not reach what is here", "strict", []step{
		stored("", lasting("Surrogate-Key: {path}")), purging(`{"tag":"{path}","zone":"small","hard":true}`),
		purging(`{"url":"http://{host}{path}","zone":"small","hard":true}`), kept("", 1),
	}},
	{"9111 §4", "orders that name nothing, too much or what is not there are refused", "strict", []step{{do: func(r *caseRun) {
		for _, order := range []string{`{}`, `{"tag":""}`, `{"tag":"a","all":true}`, `{"tag":"a","zone":"nowhere"}`, `{"tga":"a"}`, `{"tag":"a","tag":"b"}`,
			`{"group":"a"}`, `{"url":"/a"}`, `{"tag":1}`, `[]`, `x`, `{"tag":"a"} {}`, ``} {
			if status, body := r.tryPurge(order, "application/json"); status != 400 {
				r.t.Errorf("%s: %d %s", order, status, body)
			}
		}
		if status, _ := r.tryPurge(`{"tag":"a"}`, "text/plain"); status != 415 {
			r.t.Errorf("as text/plain: %d", status)
		}
		if status, _ := r.tryPurge(`{"tag":"`+strings.Repeat("a", 65<<10)+`"}`, "application/json"); status != 413 {
			r.t.Errorf("of 65 KiB: %d", status)
		}
	}}}},
}
