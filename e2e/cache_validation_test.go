package e2e

import (
	"slices"
	"strings"

	"github.com/weirproxy/weir/internal/origintest"
)

// validationCases are about validation (RFC 9111, section 4.3).
var validationCases = slices.Concat(weirAsks, clientAsks, preconditions, validated, merged)

// staleAtOnce are the lines of a response that is validated before each use.
func staleAtOnce(lines ...string) *answer {
	return ok(append([]string{"Cache-Control: max-age=0"}, lines...)...)
}

// weirAsks are about weir's own conditions towards the origin.
var weirAsks = []cacheCase{
	asksWith("a strong ETag", []string{`ETag: "a"`}, `If-None-Match: "a"`, "!If-Modified-Since"),
	asksWith("a weak ETag, as it is", []string{`ETag: W/"a"`}, `If-None-Match: W/"a"`),
	asksWith("an empty ETag", []string{`ETag: ""`}, `If-None-Match: ""`),
	asksWith("an ETag with a comma in it", []string{`ETag: "a,b"`}, `If-None-Match: "a,b"`),
	asksWith("Last-Modified", []string{"Last-Modified: {t0-3600}"}, "If-Modified-Since: {t0-3600}", "!If-None-Match"),
	asksWith("both, where there are both", []string{`ETag: "a"`, "Last-Modified: {t0-3600}"}, `If-None-Match: "a"`, "If-Modified-Since: {t0-3600}"),
	{"9111 §4.3.1", "without a validator weir asks for the whole", "strict", []step{
		{res: ok("Cache-Control: max-age=10", "Age: 20"), want: "fwd=uri-miss"},
		{want: "fwd", asks: []string{"!If-None-Match", "!If-Modified-Since"}, shows: "answer 2"},
	}},
	{"9111 §4.3.1", "a validation is no request for a part, whatever the client wants", "strict", []step{
		keeping(thing{etag: `"a"`, body: "0123456789", lines: []string{"Cache-Control: max-age=0"}}),
		{want: "fwd=uri-miss; stored"},
		{req: []string{"Range: bytes=2-4"}, want: "fwd=stale; fwd-status=304", status: 206, shows: "234",
			asks: []string{`If-None-Match: "a"`}, has: []string{"Content-Range: bytes 2-4/10"}},
	}},
	{"9111 §4.3.2", "a client's If-None-Match that fails does not keep weir from validating its own", "strict", []step{
		keeping(thing{etag: `"a"`, body: "same", lines: []string{"Cache-Control: max-age=0"}}),
		{want: "fwd=uri-miss; stored"},
		{req: []string{`If-None-Match: "b"`}, want: "fwd=stale; fwd-status=304", status: 200, shows: "same"},
	}},
	{"9111 §4.3.2", "a client that has what was just validated gets 304", "strict", []step{
		keeping(thing{etag: `"a"`, body: "same", lines: []string{"Cache-Control: max-age=0"}}),
		{want: "fwd=uri-miss; stored"},
		{req: []string{`If-None-Match: "a"`}, want: "fwd=stale; fwd-status=304", status: 304, has: []string{`ETag: "a"`}},
	}},
	{"9111 §4.3.3", "a client that has the old one gets the new one whole", "strict", []step{
		keeping(thing{etag: `"a"`, body: "old", lines: []string{"Cache-Control: max-age=0"}}),
		{want: "fwd=uri-miss; stored"},
		keeping(thing{etag: `"b"`, body: "new", lines: []string{"Cache-Control: max-age=60"}}),
		{req: []string{`If-None-Match: "a"`}, want: "fwd=stale; fwd-status=200; stored", status: 200, shows: "new"},
		{want: "hit", shows: "new"},
	}},
	{"9110 §13.1.3", "a client's If-Modified-Since does not take the place of weir's", "strict", []step{
		keeping(thing{modified: "{t0-3600}", body: "same", lines: []string{"Cache-Control: max-age=0"}}),
		{want: "fwd=uri-miss; stored"},
		{req: []string{"If-Modified-Since: {t0-7200}"}, want: "fwd=stale; fwd-status=304", status: 200, shows: "same", asks: []string{"If-Modified-Since: {t0-3600}"}},
	}},
}

// asksWith is a case about what a stale response with these lines is validated by.
func asksWith(what string, lines []string, asks ...string) cacheCase {
	return cacheCase{"9111 §4.3.1", "weir validates with " + what, "strict", []step{
		{res: staleAtOnce(lines...), want: "fwd=uri-miss; stored", asks: []string{"!If-None-Match", "!If-Modified-Since"}},
		{res: reply(304, append([]string{"Cache-Control: max-age=60"}, lines...)...), want: "fwd=stale; fwd-status=304; stored", asks: asks, status: 200},
		{want: "hit", shows: "answer 1"},
	}}
}

// fromStore is a case about a client's conditions that the store answers: the
// response is a fresh 200 with these lines.
func fromStore(section, name string, lines []string, status int, conditions ...string) cacheCase {
	return cacheCase{section, name, "plain", []step{
		{res: ok(append([]string{"Cache-Control: max-age=60"}, lines...)...), want: "fwd=uri-miss; stored"},
		{req: conditions, want: "hit", status: status},
		{want: "hit", status: 200},
	}}
}

var (
	tagA     = []string{`ETag: "a"`}
	weakA    = []string{`ETag: W/"a"`}
	modified = []string{"Last-Modified: {t0-3600}"}
)

// clientAsks are about conditions of clients, answered from the store.
var clientAsks = []cacheCase{
	fromStore("9111 §4.3.2", "If-None-Match that names the ETag: 304", tagA, 304, `If-None-Match: "a"`),
	fromStore("9111 §4.3.2", "If-None-Match that names another: 200", tagA, 200, `If-None-Match: "b"`),
	fromStore("9110 §13.1.2", "If-None-Match compares weakly: strong stored, weak asked", tagA, 304, `If-None-Match: W/"a"`),
	fromStore("9110 §13.1.2", "If-None-Match compares weakly: weak stored, strong asked", weakA, 304, `If-None-Match: "a"`),
	fromStore("9110 §13.1.2", "If-None-Match compares weakly: both weak", weakA, 304, `If-None-Match: W/"a"`),
	fromStore("9110 §8.8.3", "the case of letters of an ETag counts", tagA, 200, `If-None-Match: "A"`),
	fromStore("9110 §8.8.3", "a part of an ETag is another", []string{`ETag: "a,b"`}, 200, `If-None-Match: "a", "b"`),
	fromStore("9110 §8.8.3", "an ETag with a comma in it is found in a list", []string{`ETag: "a,b"`}, 304, `If-None-Match: "x","a,b"`),
	fromStore("9110 §13.1.2", "If-None-Match with a list that has it", tagA, 304, `If-None-Match: "x", W/"y",,"a" , "z"`),
	fromStore("9110 §13.1.2", "If-None-Match with a list that has it not", tagA, 200, `If-None-Match: "x", "y"`),
	fromStore("9110 §13.1.2", "If-None-Match on several lines", tagA, 304, `If-None-Match: "x"`, `If-None-Match: "y", "a"`),
	fromStore("9110 §13.1.2", "If-None-Match with a hundred elements", tagA, 304, `If-None-Match: `+strings.Repeat(`"x", `, 99)+`"a"`),
	fromStore("9110 §13.1.2", "If-None-Match: * is any", tagA, 304, "If-None-Match: *"),
	fromStore("9110 §13.1.2", "If-None-Match: * is one without ETag too", nil, 304, "If-None-Match: *"),
	fromStore("9110 §13.1.2", "If-None-Match where nothing has an ETag: 200", modified, 200, `If-None-Match: "a"`),
	fromStore("9110 §13.1.3", "If-None-Match that fails is not saved by If-Modified-Since", append(tagA, modified...), 200, `If-None-Match: "b"`, "If-Modified-Since: {t0-3600}"),
	fromStore("9110 §13.1.3", "If-None-Match that holds is not spoilt by If-Modified-Since", append(tagA, modified...), 304, `If-None-Match: "a"`, "If-Modified-Since: {t0-7200}"),
	fromStore("9111 §4.3.2", "If-Modified-Since of Last-Modified: 304", modified, 304, "If-Modified-Since: {t0-3600}"),
	fromStore("9111 §4.3.2", "If-Modified-Since later than Last-Modified: 304", modified, 304, "If-Modified-Since: {t0-1800}"),
	fromStore("9111 §4.3.2", "If-Modified-Since earlier than Last-Modified: 200", modified, 200, "If-Modified-Since: {t0-3601}"),
	fromStore("9110 §5.6.7", "If-Modified-Since in the format of RFC 850", modified, 304, "If-Modified-Since: {rfc850:t0-3600}"),
	fromStore("9110 §5.6.7", "If-Modified-Since in the format of asctime", modified, 304, "If-Modified-Since: {asctime:t0-3600}"),
	fromStore("9110 §13.1.3", "If-Modified-Since that is no date is ignored", modified, 200, "If-Modified-Since: yesterday"),
	fromStore("9110 §13.1.3", "If-Modified-Since twice is ignored", modified, 200, "If-Modified-Since: {t0-3600}", "If-Modified-Since: {t0-3600}"),
	fromStore("9111 §4.3.2", "without Last-Modified, If-Modified-Since is held against Date: later", []string{"Date: {t0-20}"}, 304, "If-Modified-Since: {t0-10}"),
	fromStore("9111 §4.3.2", "without Last-Modified, If-Modified-Since is held against Date: earlier", []string{"Date: {t0-20}"}, 200, "If-Modified-Since: {t0-30}"),
	fromStore("9110 §13.1.4", "If-Range without Range means nothing", tagA, 200, `If-Range: "b"`),
	{"9110 §13.2.1", "conditions do not turn a stored 404 into a 304", "plain", []step{
		{res: reply(404, "Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{`If-None-Match: "a"`}, want: "hit", status: 404},
		{req: []string{"If-None-Match: *"}, want: "hit", status: 404},
	}},
	{"9110 §15.4.5", "a 304 from the store has the fields it must have", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`, "Expires: {t0+600}", "Vary: X-A", "Content-Location: {path}/x", "Date: {t0-5}"), want: "fwd=uri-miss; stored"},
		{req: []string{`If-None-Match: "a"`}, want: "hit", status: 304, has: []string{"Cache-Control: max-age=60", `ETag: "a"`, "Expires: {t0+600}",
			"Vary: X-A", "Content-Location: {path}/x", "Date: {t0-5}", "Age: 5..20"}},
	}},
	{"9110 §15.4.5", "a 304 from the store describes no content it does not have", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`, "Content-Type: text/plain", "Content-Language: de"), want: "fwd=uri-miss; stored"},
		{req: []string{`If-None-Match: "a"`}, want: "hit", status: 304, has: []string{"!Content-Type", "!Content-Language", "!Transfer-Encoding"}},
	}},
	{"9110 §8.6", "a 304 from the store has the length of the 200 or none", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{do: func(r *caseRun) {
			res := r.fetch(step{req: []string{`If-None-Match: "a"`}})
			if v := res.value("Content-Length"); res.status != 304 || v != "" && v != "8" {
				r.t.Errorf("status %d, Content-Length %q", res.status, v)
			}
		}},
	}},
	{"9110 §13.1.2", "If-None-Match of a POST is the origin's to decide", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{method: "POST", body: "x", req: []string{`If-None-Match: "a"`}, res: reply(412), want: "fwd=method; fwd-status=412", status: 412, asks: []string{`If-None-Match: "a"`}},
	}},
	{"9111 §4.3.2", "an unsatisfied client is answered from a stale one within its grace", "plain", []step{
		{res: ok("Cache-Control: max-age=10, stale-while-revalidate=1000", "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=60"), req: []string{`If-None-Match: "a"`}, want: "hit; detail=stale-while-revalidate", status: 304, behind: 1},
	}},
}

// preconditions are about conditions that are not a cache's to decide, and about
// those of clients that ask for something nothing is stored of.
var preconditions = []cacheCase{
	{"9110 §13.1.1", "If-Match goes to the origin, and its 412 to the client", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{`If-Match: "b"`}, res: reply(412), want: "fwd; fwd-status=412; !stored; detail=precondition", asks: []string{`If-Match: "b"`}},
		{want: "hit", status: 200, shows: "answer 1"},
	}},
	{"9110 §13.1.4", "If-Unmodified-Since goes to the origin, and its 412 to the client", "plain", []step{
		{res: ok("Cache-Control: max-age=60", "Last-Modified: {t0-3600}"), want: "fwd=uri-miss; stored"},
		{req: []string{"If-Unmodified-Since: {t0-7200}"}, res: reply(412), want: "fwd; fwd-status=412; !stored; detail=precondition", asks: []string{"If-Unmodified-Since: {t0-7200}"}},
		{want: "hit", status: 200, shows: "answer 1"},
	}},
	{"9110 §13.1.1", "If-Match that holds gets what the origin says", "plain", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{req: []string{`If-Match: "a"`}, want: "fwd; fwd-status=200; detail=precondition", asks: []string{`If-Match: "a"`, "!If-None-Match"}, shows: "answer 2"},
	}},
	{"9111 §4.3.2", "If-None-Match with nothing stored: 304 when the origin still has it", "plain", []step{
		keeping(thing{etag: `"a"`, body: "whole", lines: []string{"Cache-Control: max-age=60"}}),
		{req: []string{`If-None-Match: "a"`}, want: "any", status: 304, shows: "-"},
		{want: "any", status: 200, shows: "whole"},
		{want: "hit", status: 200, shows: "whole"},
	}},
	{"9111 §4.3.2", "If-None-Match with nothing stored: 200 when the origin has another", "plain", []step{
		keeping(thing{etag: `"b"`, body: "whole", lines: []string{"Cache-Control: max-age=60"}}),
		{req: []string{`If-None-Match: "a"`}, want: "fwd=uri-miss; fwd-status=200", status: 200, shows: "whole"},
		{want: "any", status: 200, shows: "whole"},
	}},
	{"9111 §4.3.2", "If-Modified-Since with nothing stored", "plain", []step{
		keeping(thing{modified: "{t0-3600}", body: "whole", lines: []string{"Cache-Control: max-age=60"}}),
		{req: []string{"If-Modified-Since: {t0-3600}"}, want: "any", status: 304, shows: "-"},
		{want: "any", status: 200, shows: "whole"},
	}},
	{"9110 §15.4.5", "a 304 that nobody asked for does not reach the client", "plain", []step{
		{do: func(r *caseRun) {
			r.use(reply(304, `ETag: "a"`, "Cache-Control: max-age=60"))
			if res := r.fetch(step{}); res.status == 304 {
				r.t.Errorf("an unconditional request got %v", res)
			}
			r.use(ok("Cache-Control: max-age=60"))
			r.check("then", step{want: "fwd=uri-miss; stored", status: 200})
		}},
	}},
	{"9111 §4.3.2", "a 304 for one client is not stored for others", "off", []step{
		{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=60"), req: []string{`If-None-Match: "a"`}, want: "off", status: 304},
		{res: ok("Cache-Control: max-age=60"), want: "off", status: 200},
	}},
}

// validated are about what the origin says to a validation.
var validated = []cacheCase{
	{"9111 §4.3.3", "a new response to a validation takes the place of the old", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: ok("Cache-Control: max-age=60", `ETag: "b"`), want: "fwd=stale; fwd-status=200; stored", shows: "answer 2"},
		{want: "hit", shows: "answer 2", has: []string{`ETag: "b"`}},
	}},
	{"9111 §4.3.3", "a new response with the ETag of the old takes its place too", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`), want: "fwd=stale; fwd-status=200", shows: "answer 2"},
		{want: "hit", shows: "answer 2"},
	}},
	{"9111 §4.3.3", "what a new response forbids to store does not leave the old in use", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: ok("Cache-Control: no-store", `ETag: "b"`), want: "fwd=stale; fwd-status=200; !stored", shows: "answer 2"},
		{want: "fwd", shows: "answer 3"},
	}},
	{"9111 §4.3.3", "without grace a 5xx to a validation reaches the client, and the old stays", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(500), want: "fwd=stale; fwd-status=500; !stored", status: 500},
		{res: reply(304, `ETag: "a"`), want: "fwd=stale; fwd-status=304", asks: []string{`If-None-Match: "a"`}, status: 200, shows: "answer 1"},
	}},
	{"9111 §4.3.3", "a 4xx to a validation reaches the client", "plain", []step{
		{res: ok("Cache-Control: max-age=10", "Age: 30", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(404), want: "fwd=stale; fwd-status=404", status: 404},
	}},
	{"9111 §4.3.4", "a 304 with another strong ETag renews nothing and reaches nobody", "strict", []step{
		{do: func(r *caseRun) {
			r.use(staleAtOnce(`ETag: "a"`))
			r.check("first", step{want: "fwd=uri-miss; stored"})
			r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
				if q.Has("If-None-Match") {
					return c.Send("HTTP/1.1 304 Odd\r\nETag: \"b\"\r\nCache-Control: max-age=60\r\n\r\n")
				}
				return c.Send("HTTP/1.1 200 OK\r\nETag: \"b\"\r\nCache-Control: max-age=60\r\nContent-Length: 3\r\n\r\nnew")
			}))
			r.check("the odd 304", step{want: "fwd=stale", asked: 2, status: 200, shows: "new"})
		}},
	}},
	{"9111 §4.3.4", "a 304 without a validator, to a response with one, serves the right body", "strict", []step{
		{do: func(r *caseRun) {
			r.use(staleAtOnce(`ETag: "a"`).saying("same"))
			r.check("first", step{want: "fwd=uri-miss; stored"})
			r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
				if q.Has("If-None-Match") {
					return c.Send("HTTP/1.1 304 OK\r\nCache-Control: max-age=60\r\n\r\n")
				}
				return c.Send("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\nsame")
			}))
			if res := r.fetch(step{}); res.status != 200 || string(res.body) != "same" {
				r.t.Errorf("got %v", res)
			}
		}},
	}},
	{"9111 §4.3.4", "a 304 with the same Last-Modified renews", "strict", []step{
		{res: staleAtOnce("Last-Modified: {t0-3600}"), want: "fwd=uri-miss; stored"},
		{res: reply(304, "Last-Modified: {t0-3600}", "Cache-Control: max-age=60"), want: "fwd=stale; fwd-status=304; stored", status: 200},
		{want: "hit", shows: "answer 1"},
	}},
	{"9111 §4.3.4", "a 304 that forbids to store leaves nothing fresh behind", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, "Cache-Control: no-store, max-age=60"), want: "fwd=stale; fwd-status=304; !stored", status: 200, shows: "answer 1"},
		{res: ok("Cache-Control: max-age=60"), want: "fwd", shows: "answer 2"},
	}},
	{"9111 §4.3.4", "a 304 that says private leaves nothing fresh behind", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, "Cache-Control: private, max-age=60"), want: "fwd=stale; fwd-status=304; !stored", status: 200, shows: "answer 1"},
		{res: ok("Cache-Control: max-age=60"), want: "fwd", shows: "answer 2"},
	}},
}

// renews is a case about what a 304 with these lines makes of a stored response.
// Both the client that had it validated and the next one see has.
func renews(section, name string, stored, lines, has []string, words string) cacheCase {
	return cacheCase{section, name, "strict", []step{
		{res: ok(append([]string{`ETag: "a"`}, stored...)...), want: "fwd=uri-miss; stored"},
		{res: reply(304, append([]string{`ETag: "a"`}, lines...)...), want: "fwd=stale; fwd-status=304; stored", status: 200, has: has, shows: "answer 1"},
		{want: "hit; " + words, has: has, shows: "answer 1"},
	}}
}

// merged are about the fields of a 304 (RFC 9111, sections 3.2 and 4.3.4).
var merged = []cacheCase{
	renews("9111 §3.2", "a field of a 304 replaces that of the stored response",
		[]string{"Cache-Control: max-age=0", "X-Test: 1"}, []string{"Cache-Control: max-age=60", "X-Test: 2"}, []string{"X-Test: 2", "Cache-Control: max-age=60"}, "ttl=58..60"),
	renews("9111 §3.2", "fields that a 304 does not have stay",
		[]string{"Cache-Control: max-age=0", "X-Test: 1", "Content-Type: text/plain"}, []string{"Cache-Control: max-age=60"}, []string{"X-Test: 1", "Content-Type: text/plain"}, ""),
	renews("9111 §3.2", "a field that only the 304 has is added",
		[]string{"Cache-Control: max-age=0"}, []string{"Cache-Control: max-age=60", "X-New: 1"}, []string{"X-New: 1"}, ""),
	renews("9111 §3.2", "all lines of a field are replaced by all lines of the 304",
		[]string{"Cache-Control: max-age=0", "X-Test: 1", "X-Test: 2", "X-Other: 1"}, []string{"Cache-Control: max-age=60", "x-test: 3", "X-Other: 2", "X-Other: 3"}, []string{"X-Test: 3", "X-Other: 2 | 3"}, ""),
	renews("9111 §3.2", "a field whose name begins with Content is replaced like any other",
		[]string{"Cache-Control: max-age=0", "Content-Foo: 1", "Content-Security-Policy: a"}, []string{"Cache-Control: max-age=60", "Content-Foo: 2", "Content-Security-Policy: b"}, []string{"Content-Foo: 2", "Content-Security-Policy: b"}, ""),
	renews("9111 §3.2", "Content-Length of a 304 does not change the stored one: 0",
		[]string{"Cache-Control: max-age=0"}, []string{"Cache-Control: max-age=60", "Content-Length: 0"}, []string{"Content-Length: 8"}, ""),
	renews("9111 §3.2", "Content-Length of a 304 does not change the stored one: too many",
		[]string{"Cache-Control: max-age=0"}, []string{"Cache-Control: max-age=60", "Content-Length: 9999"}, []string{"Content-Length: 8"}, ""),
	renews("9111 §3.2", "fields that Connection of the 304 names are not stored",
		[]string{"Cache-Control: max-age=0", "X-Test: 1"}, []string{"Cache-Control: max-age=60", "Connection: X-Test", "X-Test: 2"}, []string{"X-Test: 1", "!Connection"}, ""),
	renews("9111 §4.3.4", "a 304 counts freshness anew",
		[]string{"Cache-Control: max-age=60", "Age: 100"}, nil, []string{"Cache-Control: max-age=60"}, "ttl=57..60"),
	renews("9111 §4.3.4", "the Age of a 304 counts",
		[]string{"Cache-Control: max-age=60", "Age: 100"}, []string{"Age: 30"}, []string{"Age: 30..34"}, "ttl=26..30"),
	renews("9111 §4.3.4", "the Date of a 304 replaces the stored one",
		[]string{"Cache-Control: max-age=60", "Date: {t0-100}"}, []string{"Date: {t0-7}"}, []string{"Date: {t0-7}"}, ""),
	renews("9111 §4.3.4", "Expires of a 304 is the new lifetime",
		[]string{"Expires: {now-1}", "Date: {now-2}"}, []string{"Expires: {t0+60}"}, []string{"Expires: {t0+60}"}, "ttl=50..60"),
	{"9111 §4.3.4", "a weak ETag that is stored is renewed by a 304 with it", "strict", []step{
		{res: staleAtOnce(`ETag: W/"a"`, "X-Test: 1"), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: W/"a"`, "Cache-Control: max-age=60", "X-Test: 2"), want: "fwd=stale; fwd-status=304; stored", status: 200},
		{want: "hit", has: []string{"X-Test: 2"}, shows: "answer 1"},
	}},
	{"9111 §3.2", "a cookie that a 304 sets is not given to others", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=60", "Set-Cookie: id=1"), want: "fwd=stale; fwd-status=304", status: 200},
		{res: ok("Cache-Control: no-store"), want: "any", has: []string{"!Set-Cookie"}},
	}},
	{"9111 §4.3.4", "a targeted field of a 304 counts", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=0", "CDN-Cache-Control: max-age=60"), want: "fwd=stale; fwd-status=304; stored", status: 200},
		{want: "hit; ttl=58..60", shows: "answer 1"},
	}},
}
