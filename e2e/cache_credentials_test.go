package e2e

import (
	"fmt"

	"github.com/weirproxy/weir/internal/origintest"
)

// credentialCases are about answers that are one client's own: refusals, and what
// it got for its credentials. They take nothing from others.
var credentialCases = append([]cacheCase{
	refusedOne("a client with wrong credentials", reply(401, "WWW-Authenticate: Basic"), "Authorization: bad"),
	refusedOne("a client with credentials whose answer is its own", ok(minute).saying("own"), "Authorization: good"),
	refusedOne("a client with credentials that finds nothing", reply(404), "Authorization: good"),
	{"9111 §4.3.5", "HEAD with credentials leaves what is stored", "strict", []step{
		variant("de", "fwd=uri-miss; stored"), variant("en", "fwd=vary-miss; stored"),
		{method: "HEAD", req: lines{"Accept-Language: en", "Authorization: good", "Cache-Control: no-cache"}, res: ok(minute, "Vary: Accept-Language", `ETag: "other"`), want: "fwd=request; !stored", status: 200},
		variant("de", "hit"), variant("en", "hit"),
	}},
	{"9111 §3.5", "an answer to credentials does not make the others ask one by one", "strict", []step{{do: func(r *caseRun) {
		r.apart("collapse_wait: 60s")
		r.use(ok(minute).saying("own"))
		r.check("with credentials", step{req: lines{"Authorization: x"}, want: "fwd=uri-miss; !stored", shows: "own"})
		gate := make(chan struct{})
		r.use(ok(minute).heldBy(gate).saying("for all"))
		all := r.beginMany(10, step{})
		r.awaitRead(11)
		close(gate)
		for _, k := range all {
			k.whole(200, "for all")
		}
		r.askedTimes(2)
	}}}},
	{"5861 §3", "a refresh for a client with credentials does not take the stale response from others", "strict", []step{{do: func(r *caseRun) {
		r.use(past(20, "stale-while-revalidate=1000").saying("old"))
		r.check("stored", step{want: "fwd=uri-miss; stored"})
		r.use(scripted(func(c *origintest.Conn, q *origintest.Request) error {
			if q.Value("Authorization") != "" {
				return c.Send(raw200("own", minute))
			}
			return c.Send(raw200("for all", minute))
		}))
		r.check("with credentials", step{req: lines{"Authorization: x"}, want: "hit; detail=stale-while-revalidate", behind: 1, status: 200, shows: "old"})
		await(r.t, "it has been refreshed for all", func() bool {
			res := r.fetch(step{})
			if got := cacheStatus(res); !got.is("hit") || string(res.body) == "own" {
				r.t.Fatalf("meanwhile: %v", res)
			}
			return string(res.body) == "for all"
		})
	}}}},
}, refusals()...)

// variant is a request for one of two languages.
func variant(language, want string) step {
	return step{req: lines{"Accept-Language: " + language}, res: ok(minute, "Vary: Accept-Language", `ETag: "`+language+`"`).saying("in " + language), want: want, status: 200, shows: "in " + language}
}

// refusedOne is a case about a client that insists on an answer of the origin's
// and gets one that is not for others.
func refusedOne(who string, a *answer, line string) cacheCase {
	return cacheCase{"9111 §4.3.3", who + " leaves what is stored to the others", "strict", []step{
		variant("de", "fwd=uri-miss; stored"), variant("en", "fwd=vary-miss; stored"),
		{req: lines{"Accept-Language: en", "Cache-Control: no-cache", line}, res: a, want: "fwd=request; !stored", status: a.status},
		variant("de", "hit"), variant("en", "hit"),
	}}
}

// refusals are those that have to do with how a client asks, and, to tell them
// apart, those that tell what has become of the resource.
func refusals() []cacheCase {
	var cases []cacheCase
	for _, status := range []int{400, 401, 403, 406, 429, 431} {
		cases = append(cases, refusedOne(fmt.Sprintf("a client that is refused with %d", status), reply(status), "Cookie: far-too-long"))
	}
	for _, status := range []int{404, 410, 451} {
		cases = append(cases, cacheCase{"9111 §4.3.3", fmt.Sprintf("a client that learns of a %d takes the old response from all", status), "strict", []step{
			{res: ok(minute), want: "fwd=uri-miss; stored"},
			{req: lines{"Cache-Control: no-cache"}, res: reply(status), want: "fwd=request; !stored", status: status},
			{want: "fwd", status: status},
		}})
	}
	return cases
}
