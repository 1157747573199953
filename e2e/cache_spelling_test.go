package e2e

import "slices"

// spellingCases are about the ways to write one URL: purges and unsafe methods
// reach what is stored under the others (RFC 9111, section 4.4).
var spellingCases = slices.Concat(
	reached("key.query.sort and a field", "sorting", "?b=2&a=1", "?a=1&b=2"),
	reached("key.query.allow and a cookie", "allowing", "?id=1&x=2", "?y=3&id=1"),
	reached("key.query.ignore and the device", "ignoring", "?id=1&utm_a=1", "?id=1"),
	defaultPort("", ":80"), defaultPort(":80", ""),
)

// reached makes cases about a route that leaves parameters out of a key which has
// more in it than the URL: what a request for one query stored is forgotten when
// the other one is named.
func reached(what, route, filled, named string) []cacheCase {
	return forgetting(what+": ", route, "", "", filled, named)
}

// defaultPort makes cases about a port that is the scheme's own, left out or not
// (RFC 9110, section 4.2.3).
func defaultPort(filled, named string) []cacheCase {
	return forgetting("Host "+filled+" stored, Host "+named+" named: ", "strict", filled, named, "", "")
}

// forgetting makes a case for each way to have a URL forgotten that is written
// otherwise than the one that was stored.
func forgetting(what, route, filledPort, namedPort, filled, named string) []cacheCase {
	store := []step{
		{host: "{host}" + filledPort, path: filled, res: ok(minute), want: "fwd=uri-miss; stored"},
		{host: "{host}" + filledPort, path: filled, want: "hit"},
	}
	gone := step{host: "{host}" + filledPort, path: filled, want: "fwd=uri-miss; stored"}
	if route != "strict" {
		store = append(store, step{path: named, want: "hit"})
	}
	ways := []struct {
		name string
		do   func(r *caseRun)
	}{
		{"POST", func(r *caseRun) { r.fetch(step{method: "POST", host: "{host}" + namedPort, path: named, body: "x"}) }},
		{"DELETE", func(r *caseRun) { r.fetch(step{method: "DELETE", host: "{host}" + namedPort, path: named}) }},
		{"PURGE", func(r *caseRun) {
			r.fetch(step{method: "PURGE", host: "{host}" + namedPort, path: named, req: lines{"Purge: hard"}}).expect(r.t, 200)
		}},
		{"a purge of the URL", func(r *caseRun) { r.purge(`{"url":"http://{host}` + namedPort + `{path}` + named + `","hard":true}`) }},
	}
	var cases []cacheCase
	for _, way := range ways {
		cases = append(cases, cacheCase{"9111 §4.4", what + way.name + " reaches it", route, append(slices.Clone(store), step{do: way.do}, gone)})
	}
	if filledPort != namedPort {
		cases = append(cases, cacheCase{"9875 §2.1", what + "a purge of the group reaches it", route, []step{
			{host: "{host}" + filledPort, res: lasting(`Cache-Groups: "{path}"`), want: "fwd=uri-miss; stored"},
			purging(`{"group":"{path}","origin":"http://{host}` + namedPort + `","hard":true}`),
			gone,
		}})
	}
	return cases
}
