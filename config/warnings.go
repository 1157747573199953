package config

import (
	"fmt"
	"strconv"
	"strings"
)

// warnings returns what is worth a second look in a configuration that can run.
func (d *decoder) warnings(c *Config) []Problem {
	var all Problems
	warn := func(path, format string, args ...any) {
		at, path := d.places.find(path)
		all = append(all, d.problem(at, path, fmt.Sprintf(format, args...)))
	}
	for i, p := range c.TrustedProxies {
		if p.Bits() == 0 {
			warn(fmt.Sprintf("trusted_proxies[%d]", i), "%s lets every client say which address it comes from", p)
		}
	}
	for _, p := range c.Pools {
		if p.TLS != nil && p.TLS.Insecure {
			warn(join("pools", p.Name)+".tls.insecure", "backends are not verified: whoever is on the way can answer for them")
		}
	}
	d.cacheWarnings(c, warn)
	for i, by := range hidden(c.Routes) {
		if by != nil {
			warn(fmt.Sprintf("routes[%d]", i), "can never match: %s", takenBy(c.Routes, by))
		}
	}
	return all.Sorted()
}

// takenBy says which routes take the requests of a hidden one.
func takenBy(routes []Route, by []int) string {
	if len(by) == 1 {
		r := &routes[by[0]]
		return fmt.Sprintf("the route on line %d (%s) takes all its requests", r.Line, r.Name)
	}
	lines := make([]string, len(by))
	for i, at := range by {
		lines[i] = strconv.Itoa(routes[at].Line)
	}
	return "the routes on lines " + strings.Join(lines[:len(lines)-1], ", ") + " and " + lines[len(lines)-1] + " take all its requests"
}
