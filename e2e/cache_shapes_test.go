package e2e

import "fmt"

// Shapes of cases that many tables share.

// reused is a case whose first answer, a 200 with these lines, is used again
// without asking; words are what Cache-Status says of that besides hit.
func reused(section, name, words string, lines ...string) cacheCase {
	return cacheCase{section, name, "strict", []step{
		{res: ok(lines...), want: "fwd=uri-miss; stored"},
		{want: "hit; " + words},
	}}
}

// notReused is a case whose first answer, a 200 with these lines, is not used
// again without asking. It has a validator: what is stored may be validated.
func notReused(section, name string, lines ...string) cacheCase {
	return cacheCase{section, name, "strict", []step{
		{res: ok(append([]string{`ETag: "{n}"`}, lines...)...), want: "fwd=uri-miss"},
		{want: "fwd"},
	}}
}

// notStored is a case whose first answer, a 200 with these lines, leaves nothing
// behind, not even for a validation; detail is the reason, "" for any.
func notStored(section, name, detail string, lines ...string) cacheCase {
	want := "fwd=uri-miss; !stored"
	if detail != "" {
		want += "; detail=" + detail
	}
	return cacheCase{section, name, "strict", []step{
		{res: ok(append([]string{`ETag: "{n}"`}, lines...)...), want: want},
		{want: want, asks: []string{"!If-None-Match", "!If-Modified-Since"}},
	}}
}

// on returns the case on another route.
func (c cacheCase) on(route string) cacheCase { c.route = route; return c }

// at returns the case with this behind its path in all of its requests.
func (c cacheCase) at(path string) cacheCase {
	c.steps = append([]step(nil), c.steps...)
	for i := range c.steps {
		c.steps[i].path = path
	}
	return c
}

// asking returns the case with field lines in all of its requests.
func (c cacheCase) asking(lines ...string) cacheCase {
	c.steps = append([]step(nil), c.steps...)
	for i := range c.steps {
		c.steps[i].req = append(append([]string(nil), c.steps[i].req...), lines...)
	}
	return c
}

// forStatus makes a case for each of these statuses.
func forStatus(of func(status int) cacheCase, statuses ...int) []cacheCase {
	var cases []cacheCase
	for _, status := range statuses {
		c := of(status)
		c.name = fmt.Sprintf(c.name, status)
		cases = append(cases, c)
	}
	return cases
}
