package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// Conversations that once went wrong: cases as in the conformance suite, on routes
// of their own, each of which is the only one that shows what it shows.

// regressionRoutes are the routes of those cases that have no weir of their own.
var regressionRoutes = []cacheRoute{
	{name: "plain", cache: "{}"},
	{name: "strict", cache: noGrace("")},
	{name: "off"},
	{name: "sorting", cache: noGrace("key: { headers: [X-T], query: { sort: true } }")},
	{name: "allowing", cache: noGrace("key: { cookies: [c], query: { allow: [id] } }")},
	{name: "ignoring", cache: noGrace("key: { device: true, query: { ignore: [utm_*] } }")},
	{name: "tenants", cache: noGrace("key: { headers: [X-Tenant] }")},
	{name: "telling", cache: noGrace(""), more: `headers: { request: { set: { X-Peer: "{client_ip}", X-Same: same }, add: { X-Trace: "{request_id}" } } }`},
	{name: "again", cache: noGrace(""), pool: "again"},
}

// regressionTopics are their tables, one of each file.
func regressionTopics() []cacheTopic {
	return []cacheTopic{
		{"identity", identityCases},
		{"spelling", spellingCases},
		{"poison", poisonCases},
		{"credentials", credentialCases},
		{"order", orderCases},
		{"outage", outageCases},
		{"fields", fieldReturnCases},
		{"held", heldCases},
	}
}

// TestCacheRegressions runs them.
func TestCacheRegressions(t *testing.T) {
	t.Parallel()
	b := &cacheBench{}
	b.origin = origintest.New(t, b.serve)
	b.w = start(t, setup{top: "cache: { memory: 64MiB, purge_from: [127.0.0.1/32] }", conf: regressionConf(b.origin)})
	for _, topic := range regressionTopics() {
		for _, c := range topic.cases {
			t.Run(topic.name+"/"+c.title(), func(t *testing.T) {
				t.Parallel()
				b.run(t, c)
			})
		}
	}
}

// regressionConf writes pools and routes: the pool again asks twice.
func regressionConf(origin *origintest.Server) string {
	conf := regressionPools(origin, "origin", "retries: 0", "again", "retries: 1") + "routes:\n"
	for _, r := range regressionRoutes {
		lines := []string{fmt.Sprintf("  - { name: %s, match: { host: \"*.%s.test\" }", r.name, r.name), "pool: " + r.pool}
		if r.pool == "" {
			lines[1] = "pool: origin"
		}
		if r.cache != "" {
			lines = append(lines, "cache: "+r.cache)
		}
		if r.more != "" {
			lines = append(lines, r.more)
		}
		conf += strings.Join(lines, ", ") + " }\n"
	}
	return conf
}

// regressionPools writes pools of one backend: names, each with what else is said
// of it.
func regressionPools(origin *origintest.Server, pools ...string) string {
	conf := "pools:\n"
	for p := range slices.Chunk(pools, 2) {
		conf += fmt.Sprintf("  %s: { backends: [%q], max_requests: 10000, %s }\n", p[0], origin.Addr(), p[1])
	}
	return conf
}

// zoneFigure is a figure of the default zone of a weir of the case's own.
func (r *caseRun) zoneFigure(name string) int64 {
	r.t.Helper()
	_, body, err := r.w.adminGet("/metrics")
	if err != nil {
		r.t.Fatal(err)
	}
	return metric(body, `weir_cache_zone_`+name+`{zone="default"}`)
}

// awaitFills waits until nothing arrives any more at a weir of the case's own.
func (r *caseRun) awaitFills() {
	r.t.Helper()
	await(r.t, "no response is on its way into the zone", func() bool { return r.zoneFigure("pending_bytes") == 0 })
}
