package e2e

import (
	"fmt"
	"slices"
)

// identityCases are about whose a stored response is once the configuration has
// changed: a route whose answers may be others starts anew, and what nobody could
// purge meanwhile does not come back.
var identityCases = slices.Concat([]cacheCase{
	{"9111 §2", "what a route stored is its own as long as nothing about its answers changes", "strict", []step{{do: changedRoutes}}},
	{"9111 §4.4", "what was stored before a change that is taken back is as far out of reach as it was of purges", "strict", []step{{do: takenBack}}},
}, unnamed, underway)

// A routeChange is a change of one route, each text being what is behind its name
// and its match.
type routeChange struct {
	what          string
	before, after string
	kept          bool // what was stored may still answer
}

const cachedRoute = "pool: a, cache: { stale_while_revalidate: 0s }"

// routeChanges are changes that have a say in what is answered, and some that have
// none.
var routeChanges = []routeChange{
	{"nothing", cachedRoute, cachedRoute, true},
	{"fields of responses", cachedRoute, cachedRoute + ", headers: { response: { set: { X-New: \"1\" } } }", true},
	{"timeouts", cachedRoute, cachedRoute + ", timeouts: { first_byte: 7s }", true},
	{"lifetimes of what says nothing", cachedRoute, "pool: a, cache: { stale_while_revalidate: 1s, negative: { 404: 1s } }", true},
	{"the pool", cachedRoute, "pool: b, cache: { stale_while_revalidate: 0s }", false},
	{"the host of the pool", "pool: c, cache: {}", "pool: c, cache: {}", false},
	{"rewriting", cachedRoute, cachedRoute + ", rewrite: { add_prefix: /other }", false},
	{"fields of requests", cachedRoute, cachedRoute + ", headers: { request: { set: { X-Audience: staff } } }", false},
	{"the key's fields", cachedRoute, "pool: a, cache: { key: { headers: [X-T] } }", false},
	{"the key's parameters", cachedRoute, "pool: a, cache: { key: { query: { sort: true } } }", false},
	{"cookies that are stored", cachedRoute, "pool: a, cache: { store_set_cookie: true }", false},
	{"targeted fields", cachedRoute, "pool: a, cache: { targeted_headers: [Weir-Cache-Control] }", false},
	{"the zone", cachedRoute, "pool: a, cache: { zone: z }", false},
	{"caching at all", cachedRoute, "pool: a", false},
}

// changing writes the configuration before or after all of the changes. Each has
// a path below the case's own; its match changes only if match is given.
func (r *caseRun) changing(after bool, match string) setup {
	host := "before.test"
	if after {
		host = "after.test"
	}
	conf := regressionPools(r.bench.origin, "a", "retries: 0", "b", "retries: 0", "c", "retries: 0, host: "+host) + "routes:\n"
	for i, c := range routeChanges {
		text := c.before
		if after {
			text = c.after
		}
		conf += fmt.Sprintf("  - { name: r%d, match: { prefix: %q%s }, %s }\n", i, r.path+fmt.Sprintf("/%d", 100+i), match, text)
	}
	return setup{top: "cache: { zones: { z: 1MiB }, purge_from: [127.0.0.1/32] }", conf: conf}
}

func (r *caseRun) eachChange(do func(c routeChange, at step)) {
	for i, c := range routeChanges {
		do(c, step{path: fmt.Sprintf("/%d", 100+i)})
	}
}

// isHit tells whether a response to a step came from the store.
func (r *caseRun) isHit(s step) bool {
	r.t.Helper()
	got := cacheStatus(r.fetch(s))
	return got.is("hit")
}

func changedRoutes(r *caseRun) {
	r.use(ok(minute))
	for _, match := range []string{"", ", headers: { X-Admin: secret }", ", host: [\"{host}\"]"} {
		r.w = start(r.t, r.changing(false, ""))
		r.eachChange(func(_ routeChange, at step) { r.fetch(at) })
		r.eachChange(func(c routeChange, at step) {
			if !r.isHit(at) {
				r.t.Fatalf("before a change of %s: not stored", c.what)
			}
		})
		r.reload(r.changing(true, r.expand(match)))
		r.eachChange(func(c routeChange, at step) {
			at.req = lines{"X-Admin: secret"}
			if hit := r.isHit(at); hit != (c.kept && match == "") {
				r.t.Errorf("after a change of %s, of the match %q: hit %v", c.what, match, hit)
			}
		})
	}
}

func takenBack(r *caseRun) {
	r.use(ok(minute))
	ways := []struct {
		what string
		do   func(at step)
	}{
		{"nothing at all", func(step) {}},
		{"POST", func(at step) { at.method, at.body = "POST", "x"; r.fetch(at) }},
		{"PURGE", func(at step) { at.method, at.req = "PURGE", lines{"Purge: hard"}; r.fetch(at) }},
		{"a purge of the URL", func(at step) { r.purge(`{"url":"http://{host}{path}` + at.path + `","hard":true}`) }},
	}
	for _, way := range ways {
		r.w = start(r.t, r.changing(false, ""))
		r.eachChange(func(_ routeChange, at step) { r.fetch(at) })
		r.reload(r.changing(true, ""))
		r.eachChange(func(_ routeChange, at step) { way.do(at) })
		r.reload(r.changing(false, ""))
		r.eachChange(func(c routeChange, at step) {
			if hit := r.isHit(at); hit != (c.kept && way.what == "nothing at all") {
				r.t.Errorf("a change of %s, %s, and the change taken back: hit %v", c.what, way.what, hit)
			}
		})
	}
}

// unnamedRoutes writes routes without names, for all and for those who know a secret.
func (r *caseRun) unnamedRoutes(order ...string) setup {
	routes := map[string]string{
		"staff":  "  - { match: { prefix: /, headers: { X-Admin: secret } }, pool: a, cache: {} }\n",
		"public": "  - { match: { prefix: / }, pool: b, cache: {} }\n",
		"first":  "  - { match: { prefix: /, headers: { X-First: \"1\" } }, pool: a, cache: {} }\n",
	}
	conf := regressionPools(r.bench.origin, "a", "retries: 0", "b", "retries: 0") + "routes:\n"
	for _, name := range order {
		conf += routes[name]
	}
	return setup{conf: conf}
}

// moved is a case about routes without names that change places: the public must
// not get what staff was answered, nor staff what the public was.
func moved(what string, before, after []string) cacheCase {
	return cacheCase{"9111 §2", "routes without names: " + what, "strict", []step{{do: func(r *caseRun) {
		r.w = start(r.t, r.unnamedRoutes(before...))
		secret := lines{"X-Admin: secret"}
		r.use(ok(minute).saying("for staff"))
		r.fetch(step{req: secret})
		r.use(ok(minute).saying("for all"))
		r.fetch(step{path: "?public"})
		r.reload(r.unnamedRoutes(after...))
		r.use(ok(minute).saying("anew"))
		if res := r.fetch(step{}); string(res.body) != "anew" {
			r.t.Errorf("the public gets %v", res)
		}
		r.check("what the public got before", step{path: "?public", want: "hit", status: 200, shows: "for all"})
		if res := r.fetch(step{path: "?public", req: secret}); slices.Contains(after, "staff") && after[0] != "public" && string(res.body) != "anew" {
			r.t.Errorf("staff gets %v", res)
		}
	}}}}
}

var unnamed = []cacheCase{
	moved("the first is removed", []string{"staff", "public"}, []string{"public"}),
	moved("they are swapped", []string{"staff", "public"}, []string{"public", "staff"}),
	moved("another one comes first", []string{"staff", "public"}, []string{"first", "staff", "public"}),
}

// duringReload is a case about an unsafe request that is under way while a reload
// changes how its URL is cached.
func duringReload(what, before, after string) cacheCase {
	return cacheCase{"9111 §4.4", "an unsafe request that a reload overtakes invalidates what is stored since: " + what, "strict", []step{{do: func(r *caseRun) {
		conf := func(cache string) setup {
			return setup{top: "cache: { memory: 4MiB, zones: { z: 1MiB } }", conf: regressionPools(r.bench.origin, "a", "retries: 0") +
				"routes:\n  - { match: { prefix: / }, pool: a" + cache + " }\n"}
		}
		r.w = start(r.t, conf(before))
		gate := make(chan struct{})
		r.use(ok().heldBy(gate))
		k := r.begin(step{method: "POST", body: "x"})
		r.awaitAsked(1)
		r.reload(conf(after))
		r.use(ok(minute).saying("old"))
		r.fetch(step{})
		r.check("stored", step{want: "hit", status: 200, shows: "old"})
		close(gate)
		if res := k.head(); res.status != 200 {
			r.t.Fatalf("got %v", res)
		}
		r.use(ok(minute).saying("new"))
		r.check("afterwards", step{want: "fwd", status: 200, shows: "new"})
	}}}}
}

var underway = []cacheCase{
	duringReload("another key", ", cache: {}", ", cache: { key: { query: { sort: true } } }"),
	duringReload("another zone", ", cache: {}", ", cache: { zone: z }"),
	duringReload("cached at all", "", ", cache: {}"),
}
