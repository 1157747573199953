package config

import (
	"reflect"
	"strings"
	"testing"
)

// FuzzParse: whatever the bytes, Parse returns a configuration or problems with
// places, and the same ones each time.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		frame, everyKey, "", "---\n---\n", "a: &a [*a]\n", "<<: { [a]: b }\n? { a: b }\n: c\n",
		"listen: ':1'\nroutes: [{ match: { pattern: '/{a}/{b...}' }, redirect: 'https://{host}/{a}{query}' }]\n",
		"listen: { address: '${A:-:1}', limits: { body_min_rate: 1B/s } }\nroutes:\n- match: { headers: { x: '${file:s}' } }\n  respond: { body: '$${A}' }\n",
		"listen: [[':1']]\nroutes: 5\npools: [a]\nadmin: x\ndrain: []\nlog: { access: [], level: {} }\n",
		"\xef\xbb\xbflisten: !!binary eA==\r\nroutes: !x []\n", "? [a]\n: 1\n", "%YAML 9.9\n---\na: 1\n", "a: \"\\q\"",
		frame + "cache: { memory: 1MiB, max_object: 128KiB, zones: { a: 1GiB, default: {} }, memory_limit: auto }\n",
		"listen: ':1'\npools: { a: { backends: 'x:1' } }\nroutes:\n- { match: {}, pool: a, cache: { zone: b, heuristic: 10%, negative: { 404: 1s }, key: { query: { allow: a* } } } }\n",
	} {
		f.Add([]byte(seed))
	}
	s := outside(map[string]string{"A": ":8080", "B": ""}, map[string]string{"s": "hunter2"})
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := s.Parse("f", data)
		second, again := s.Parse("f", data)
		if !reflect.DeepEqual(first, second) || !reflect.DeepEqual(err, again) {
			t.Fatalf("parsed twice:\n%+v %v\n%+v %v", first, err, second, again)
		}
		if (err == nil) != (first != nil) {
			t.Fatalf("%+v with %v", first, err)
		}
		if err != nil {
			checkProblems(t, err.(Problems), data)
			return
		}
		checkProblems(t, first.Warnings, data)
		checkComplete(t, first)
	})
}

// checkProblems fails when problems have no place in the file, or break lines.
func checkProblems(t *testing.T, all Problems, data []byte) {
	t.Helper()
	lines := 1 + strings.Count(string(data), "\n") + strings.Count(string(data), "\r") +
		strings.Count(string(data), "\u0085") + strings.Count(string(data), "\u2028") + strings.Count(string(data), "\u2029")
	for _, p := range all {
		if p.Line < 0 || p.Line > lines+1 || p.Line > 0 && p.Column < 1 || p.Message == "" || p.File != "f" {
			t.Errorf("%+v in a file of %d lines", p, lines)
		}
		if strings.ContainsAny(p.Error(), "\n\r\x1b") {
			t.Errorf("not one plain line: %q", p.Error())
		}
	}
}

// checkComplete fails when what Parse promises of a configuration is not there.
func checkComplete(t *testing.T, c *Config) {
	t.Helper()
	names := map[string]bool{}
	for i := range c.Routes {
		r := &c.Routes[i]
		actions := 0
		for _, is := range []bool{r.Pool != "", r.Redirect != nil, r.RedirectHTTPS, r.Respond != nil} {
			if is {
				actions++
			}
		}
		if actions != 1 || names[r.Name] || r.Name == "" || r.Line < 1 {
			t.Errorf("route %+v", r)
		}
		if r.Cache != nil {
			checkCacheComplete(t, c, r)
		}
		names[r.Name] = true
	}
	if len(c.Listeners) == 0 || len(c.Routes) == 0 {
		t.Errorf("%+v", c)
	}
}

// checkCacheComplete fails when a route's cache has no zone of a sound size.
func checkCacheComplete(t *testing.T, c *Config, r *Route) {
	t.Helper()
	found := 0
	for _, z := range c.Cache.Zones {
		if z.Name == r.Cache.Zone {
			found++
		}
		if z.Memory < minZoneMemory || z.Memory > maxZoneMemory || z.MaxObject < 0 || z.MaxObject > z.Memory/maxObjectShare {
			t.Errorf("zone %+v", z)
		}
	}
	k := &r.Cache.Key
	if found != 1 || r.Pool == "" || len(k.AllowQuery) > 0 && len(k.IgnoreQuery) > 0 || r.Cache.Heuristic < 0 || r.Cache.Heuristic > 1 {
		t.Errorf("route %s: %+v in %+v", r.Name, r.Cache, c.Cache)
	}
}
