package e2e

import (
	"fmt"
	"slices"
	"strings"
)

// varyCases are about Vary (RFC 9111, section 4.1).
var varyCases = slices.Concat(varyMatching, varyNormal, varyStar, varyMany)

// varies is a case about two requests for a response with these Vary lines: is it
// the same to the second as to the first?
func varies(name string, same bool, vary string, first, second []string) cacheCase {
	lines := []string{"Cache-Control: max-age=60"}
	for v := range strings.SplitSeq(vary, "|") {
		lines = append(lines, "Vary: "+v)
	}
	again := step{req: second, want: "hit", shows: "answer 1"}
	if !same {
		again = step{req: second, want: "fwd=vary-miss; stored", shows: "answer 2"}
	}
	return cacheCase{"9111 §4.1", name, "strict", []step{
		{res: ok(lines...), req: first, want: "fwd=uri-miss; stored"},
		again,
		{req: first, want: "hit", shows: "answer 1", has: []string{"Vary: " + strings.ReplaceAll(vary, "|", " | ")}},
	}}
}

type lines = []string

var varyMatching = []cacheCase{
	varies("the same value matches", true, "X-A", lines{"X-A: 1"}, lines{"X-A: 1"}),
	varies("another value does not", false, "X-A", lines{"X-A: 1"}, lines{"X-A: 2"}),
	varies("a value does not match its beginning", false, "X-A", lines{"X-A: 12"}, lines{"X-A: 1"}),
	varies("absent matches absent", true, "X-A", nil, nil),
	varies("absent does not match present", false, "X-A", lines{"X-A: 1"}, nil),
	varies("present does not match absent", false, "X-A", nil, lines{"X-A: 1"}),
	varies("empty does not match absent", false, "X-A", nil, lines{"X-A:"}),
	varies("fields that Vary does not name make no difference", true, "X-A", lines{"X-A: 1", "X-B: 1"}, lines{"X-A: 1", "X-B: 2"}),
	varies("the case of letters of names makes no difference", true, "x-A", lines{"X-a: 1"}, lines{"X-A: 1"}),
	varies("the case of letters of a value counts", false, "X-A", lines{"X-A: a"}, lines{"X-A: A"}),
	varies("space around a value makes no difference", true, "X-A", lines{"X-A: 1"}, lines{"X-A:   1 "}),
	varies("the order of elements of an unknown field counts", false, "X-A", lines{"X-A: 1, 2"}, lines{"X-A: 2, 1"}),
	varies("all of two fields match", true, "X-A, X-B", lines{"X-A: 1", "X-B: 2"}, lines{"X-B: 2", "X-A: 1"}),
	varies("one of two fields does not match", false, "X-A, X-B", lines{"X-A: 1", "X-B: 2"}, lines{"X-A: 1", "X-B: 3"}),
	varies("the value of one field does not pass for that of another", false, "X-A, X-B", lines{"X-A: 1"}, lines{"X-B: 1"}),
	varies("Vary on several lines", false, "X-A|X-B", lines{"X-A: 1", "X-B: 2"}, lines{"X-A: 1", "X-B: 3"}),
	varies("Vary on several lines, matched", true, "X-A|,X-B,", lines{"X-A: 1", "X-B: 2"}, lines{"X-A: 1", "X-B: 2"}),
	varies("a second line of the request's field counts", false, "X-A", lines{"X-A: 1"}, lines{"X-A: 1", "X-A: 2"}),
	varies("the same two lines match", true, "X-A", lines{"X-A: 1", "X-A: 2"}, lines{"X-A: 1", "X-A: 2"}),
	varies("Vary: Cookie", false, "Cookie", lines{"Cookie: a=1"}, lines{"Cookie: a=2"}),
	varies("Vary: User-Agent", false, "User-Agent", lines{"User-Agent: a"}, lines{"User-Agent: b"}),
	varies("Vary: Origin, for one without", false, "Origin", lines{"Origin: http://a.example"}, nil),
	varies("a name that no field has makes no difference", true, "X-Nobody", lines{"X-A: 1"}, lines{"X-A: 2"}),
	{"9111 §4.1", "an empty Vary makes no difference", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Vary:"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{req: lines{"X-A: 2"}, want: "hit"},
	}},
	{"9111 §3.5", "Vary: Authorization keeps users apart who may be stored", "strict", []step{
		{res: ok("Cache-Control: max-age=60, public", "Vary: Authorization"), req: lines{"Authorization: Basic YTph"}, want: "fwd=uri-miss; stored"},
		{req: lines{"Authorization: Basic Yjpi"}, want: "fwd=vary-miss; stored", shows: "answer 2"},
		{want: "fwd=vary-miss; stored", shows: "answer 3"},
		{req: lines{"Authorization: Basic YTph"}, want: "hit", shows: "answer 1"},
	}},
	{"9111 §4.1", "each variant has its own validator", "strict", []step{
		{res: staleAtOnce(`ETag: "{n}"`, "Vary: X-A"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{req: lines{"X-A: 2"}, want: "fwd=vary-miss; stored"},
		{res: reply(304, `ETag: "1"`, "Cache-Control: max-age=60", "Vary: X-A"), req: lines{"X-A: 1"}, want: "fwd=stale; fwd-status=304", asks: lines{`If-None-Match: "1"`}, status: 200, shows: "answer 1"},
		{res: reply(304, `ETag: "2"`, "Cache-Control: max-age=0", "Vary: X-A"), req: lines{"X-A: 2"}, want: "fwd=stale; fwd-status=304", asks: lines{`If-None-Match: "2"`}, status: 200, shows: "answer 2"},
		{req: lines{"X-A: 1"}, want: "hit", shows: "answer 1"},
	}},
	{"9111 §4.1", "a 304 from the store shows Vary", "strict", []step{
		{res: ok("Cache-Control: max-age=60", `ETag: "a"`, "Vary: X-A"), req: lines{"X-A: 1"}, want: "fwd=uri-miss; stored"},
		{req: lines{"X-A: 1", `If-None-Match: "a"`}, want: "hit", status: 304, has: lines{"Vary: X-A"}},
		{req: lines{"X-A: 2", `If-None-Match: "b"`}, want: "fwd=vary-miss", status: 200},
	}},
	{"9111 §4.1", "of several that match the most recent is used", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Vary: X-A", "Date: {t0-10}"), req: lines{"X-A: 1", "X-B: 1"}, want: "fwd=uri-miss; stored"},
		{res: ok("Cache-Control: max-age=60", "Vary: X-B"), req: lines{"X-A: 2", "X-B: 1"}, want: "fwd=vary-miss; stored"},
		{req: lines{"X-A: 1", "X-B: 1"}, want: "hit", shows: "answer 2"},
	}},
	{"9111 §4.1", "a response that varies by more keeps those apart who were one", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Vary: X-A", "Date: {t0-10}"), req: lines{"X-A: 1", "X-B: 1"}, want: "fwd=uri-miss; stored"},
		{res: ok("Cache-Control: max-age=60", "Vary: X-A, X-B"), req: lines{"X-A: 2", "X-B: 1"}, want: "fwd=vary-miss; stored"},
		{req: lines{"X-A: 2", "X-B: 2"}, want: "fwd=vary-miss; stored", shows: "answer 3"},
		{req: lines{"X-A: 2", "X-B: 1"}, want: "hit", shows: "answer 2"},
	}},
	{"9111 §4.1", "a response that was for all does not answer for those kept apart later", "strict", []step{
		{res: ok("Cache-Control: max-age=10", "Age: 20", `ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: ok("Cache-Control: max-age=60", "Vary: X-A"), req: lines{"X-A: 1"}, want: "fwd=stale; stored"},
		{req: lines{"X-A: 1"}, want: "hit", shows: "answer 2"},
		{req: lines{"X-A: 2"}, want: "fwd", shows: "answer 3"},
	}},
}

// varyNormal are about fields whose form may differ without a difference in what
// they mean.
var varyNormal = []cacheCase{
	varies("Accept-Encoding in another order is the same", true, "Accept-Encoding", lines{"Accept-Encoding: gzip, br"}, lines{"Accept-Encoding: br,gzip"}),
	varies("Accept-Encoding in other letters is the same", true, "Accept-Encoding", lines{"Accept-Encoding: gzip, br"}, lines{"Accept-Encoding: GZip, BR"}),
	varies("Accept-Encoding on two lines is the same as on one", true, "Accept-Encoding", lines{"Accept-Encoding: gzip, br"}, lines{"Accept-Encoding: gzip", "Accept-Encoding: br"}),
	varies("Accept-Encoding with another coding is another", false, "Accept-Encoding", lines{"Accept-Encoding: gzip, br"}, lines{"Accept-Encoding: gzip"}),
	varies("Accept-Encoding with a coding refused is another", false, "Accept-Encoding", lines{"Accept-Encoding: gzip"}, lines{"Accept-Encoding: gzip;q=0"}),
	varies("Accept-Encoding with other weights is another", false, "Accept-Encoding", lines{"Accept-Encoding: gzip;q=0.1, br"}, lines{"Accept-Encoding: gzip, br;q=0.1"}),
	varies("Accept-Encoding empty is not Accept-Encoding absent", false, "Accept-Encoding", lines{"Accept-Encoding:"}, nil),
	varies("Accept-Encoding identity is not absent", false, "Accept-Encoding", lines{"Accept-Encoding: identity"}, nil),
	varies("Accept-Encoding that makes no sense is not what it resembles", false, "Accept-Encoding", lines{"Accept-Encoding: gzip"}, lines{"Accept-Encoding: gzip gzip"}),
	varies("Accept-Language in other letters is the same", true, "Accept-Language", lines{"Accept-Language: en-GB, de;q=0.5"}, lines{"Accept-Language: EN-gb,DE;q=0.5"}),
	varies("Accept-Language of equal weight in another order is another", false, "Accept-Language", lines{"Accept-Language: en, de"}, lines{"Accept-Language: de, en"}),
	varies("Accept-Language with other weights is another", false, "Accept-Language", lines{"Accept-Language: en;q=0.5, de"}, lines{"Accept-Language: en, de;q=0.5"}),
	varies("Accept-Language with a region is another", false, "Accept-Language", lines{"Accept-Language: en"}, lines{"Accept-Language: en-GB"}),
	varies("Accept-Language refused is another", false, "Accept-Language", lines{"Accept-Language: en"}, lines{"Accept-Language: en;q=0"}),
	varies("both at once", true, "Accept-Language, Accept-Encoding", lines{"Accept-Language: en", "Accept-Encoding: br, gzip"}, lines{"Accept-Encoding: gzip, br", "Accept-Language: EN"}),
	{"9111 §4.1", "the origin gets Accept-Encoding as the client wrote it", "strict", []step{
		{res: ok("Cache-Control: max-age=60", "Vary: Accept-Encoding"), req: lines{"Accept-Encoding: GZip;q=0.5, br"}, want: "fwd=uri-miss", asks: lines{"Accept-Encoding: GZip;q=0.5, br"}},
	}},
}

var varyStar = []cacheCase{
	notStored("9111 §4.1", "Vary: * is never reused", "vary-star", "Cache-Control: max-age=60", "Vary: *"),
	notStored("9111 §4.1", "Vary: * among others is never reused", "vary-star", "Cache-Control: max-age=60", "Vary: X-A, *"),
	notStored("9111 §4.1", "Vary: * on a second line is never reused", "vary-star", "Cache-Control: max-age=60", "Vary: X-A", "Vary: ,* "),
	{"9111 §4.1", "a 304 with Vary: * makes what is stored fit nobody", "strict", []step{
		{res: staleAtOnce(`ETag: "a"`), want: "fwd=uri-miss; stored"},
		{res: reply(304, `ETag: "a"`, "Cache-Control: max-age=60", "Vary: *"), want: "fwd=stale; fwd-status=304; !stored", status: 200},
		{res: ok("Cache-Control: max-age=60"), want: "fwd"},
	}},
}

// manyVariants asks for n variants, each by a field of its own value.
func (r *caseRun) manyVariants(n int) {
	r.use(ok("Cache-Control: max-age=60", "Vary: X-A"))
	for i := range n {
		if !r.check(fmt.Sprintf("variant %d", i+1), step{req: lines{fmt.Sprintf("X-A: %d", i+1)}, want: "fwd; stored"}) {
			return
		}
	}
}

var varyMany = []cacheCase{
	{"9111 §4.1", "32 variants of a key are kept", "strict", []step{{do: func(r *caseRun) {
		r.manyVariants(32)
		for i := range 32 {
			r.check("again", step{req: lines{fmt.Sprintf("X-A: %d", i+1)}, want: "hit", shows: fmt.Sprintf("answer %d", i+1)})
		}
	}}}},
	{"9111 §4.1", "the 33rd variant takes the place of the oldest", "strict", []step{{do: func(r *caseRun) {
		r.manyVariants(33)
		for i := 32; i > 0; i-- {
			r.check("again", step{req: lines{fmt.Sprintf("X-A: %d", i+1)}, want: "hit", shows: fmt.Sprintf("answer %d", i+1)})
		}
		r.check("the oldest", step{req: lines{"X-A: 1"}, want: "fwd=vary-miss"})
	}}}},
	{"9111 §4.1", "a Vary of many names is obeyed or not stored", "strict", []step{{do: func(r *caseRun) {
		var names []string
		for i := range 200 {
			names = append(names, fmt.Sprintf("X-Field-%d", i))
		}
		r.use(ok("Cache-Control: max-age=60", "Vary: "+strings.Join(names, ", ")))
		r.fetch(step{req: lines{"X-Field-199: 1"}})
		r.check("another", step{req: lines{"X-Field-199: 2"}, want: "fwd", shows: "answer 2"})
	}}}},
}
