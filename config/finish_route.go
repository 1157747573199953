package config

import (
	"fmt"
	"slices"
	"strings"
)

func (d *decoder) finishRoutes(c *Config) {
	pools := make([]string, len(c.Pools))
	for i, p := range c.Pools {
		pools[i] = p.Name
	}
	known := c.Pools != nil || !d.has("pools")
	for i := range c.Routes {
		r, path := &c.Routes[i], fmt.Sprintf("routes[%d]", i)
		at, _ := d.places.find(path)
		r.Line = at.line
		d.checkAction(r, path)
		if r.Pool != "" && known && !slices.Contains(pools, r.Pool) {
			d.failAt(path+".pool", "unknown pool %q%s", r.Pool, didYouMean(r.Pool, pools))
		}
		d.checkMatch(&r.Match, path+".match")
		d.checkAnswers(r, path)
		d.checkRewrite(r, path)
		if d.patternRead(r, path) {
			d.checkFieldOps(r, &r.RequestFields, path+".headers.request")
			d.checkFieldOps(r, &r.ResponseFields, path+".headers.response")
		}
	}
	d.checkRouteNames(c.Routes)
	nameRoutes(c.Routes)
}

func (d *decoder) checkRouteNames(routes []Route) {
	lines := map[string]int{}
	for i, r := range routes {
		if line, ok := lines[r.Name]; ok && r.Name != "" {
			d.failAt(fmt.Sprintf("routes[%d].name", i), "the route on line %d has the name %q already", line, r.Name)
			continue
		}
		lines[r.Name] = r.Line
	}
}

// actions are the keys of which a route has exactly one.
var actions = []string{"pool", "redirect", "redirect_https", "respond"}

func (d *decoder) checkAction(r *Route, path string) {
	var given []string
	for _, a := range actions {
		if d.has(path+"."+a) && (a != "redirect_https" || r.RedirectHTTPS) {
			given = append(given, a)
		}
	}
	switch {
	case len(given) == 0:
		d.failAt(path, "needs an action: %s", oneOf(actions))
	case len(given) > 1:
		d.failAt(path+"."+given[1], "a route has one action: this one has %s already", given[0])
	case given[0] != "pool":
		d.checkForwardingOnly(path, given[0])
	}
}

// forwardingOnly are the keys that concern what is sent to a backend.
var forwardingOnly = []string{"rewrite", "headers.request", "limits.body", "timeouts", "cache", "upgrade", "forwarded"}

func (d *decoder) checkForwardingOnly(path, action string) {
	for _, name := range forwardingOnly {
		if d.has(path + "." + name) {
			d.failAt(path+"."+name, "has no effect with %s, which asks no backend", action)
		}
	}
}

func (d *decoder) checkMatch(m *Match, path string) {
	var given []string
	for _, name := range []string{"path", "prefix", "pattern"} {
		if d.has(path + "." + name) {
			given = append(given, name)
		}
	}
	if len(given) > 1 {
		d.failAt(path+"."+given[1], "a match has one of path, prefix and pattern: this one has %s already", given[0])
	}
	d.checkTwice(m.Hosts, path+".host")
	d.checkTwice(m.Methods, path+".methods")
	d.checkSame(path+".headers", len(m.Fields), func(i int) string { return m.Fields[i].Name })
}

func (d *decoder) checkFieldOps(r *Route, ops *FieldOps, path string) {
	d.checkSame(path+".set", len(ops.Set), func(i int) string { return ops.Set[i].Name })
	d.checkTwice(ops.Remove, path+".remove")
	known := append(slices.Clone(fieldPlaceholders), patternNames(r.Match.Pattern)...)
	for _, n := range ops.Set {
		d.checkFieldText(n, known, join(path+".set", n.Name))
	}
	for _, n := range ops.Add {
		d.checkFieldText(n, known, join(path+".add", n.Name))
	}
}

func (d *decoder) checkFieldText(n NameValue, known []string, path string) {
	if err := checkFieldPlaceholders(n.Value, known); err != nil {
		d.failAt(path, "%s: %v", quote(n.redacted().Value), err)
	}
}

// checkTwice reports elements of a list that occur twice.
func (d *decoder) checkTwice(all []string, path string) {
	for i, s := range all {
		if s != "" && slices.Contains(all[:i], s) {
			d.failAt(fmt.Sprintf("%s[%d]", path, i), "%s is in the list already", quote(s))
		}
	}
}

// checkSame reports names of fields that differ in case only.
func (d *decoder) checkSame(path string, n int, name func(i int) string) {
	seen := map[string]string{}
	for i := range n {
		lower := strings.ToLower(name(i))
		if first, ok := seen[lower]; ok {
			d.failAt(join(path, name(i)), "is the same field as %s", first)
			continue
		}
		seen[lower] = name(i)
	}
}
