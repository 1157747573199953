package config

import (
	"strings"
	"testing"
)

func TestProblemsFoundLaterHaveTheirPlace(t *testing.T) {
	const text = `listen: ":8080"
routes:
  - { match: {}, pool: a.b }
pools:
  a.b:
    backends: "10.0.0.1:80"
    tls: { ca: /ca.pem }
`
	c, err := outside(nil, nil).Parse("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		path []any
		want string
	}{
		{[]any{"pools", "a.b", "tls", "ca"}, `f:7:16: pools."a.b".tls.ca: x`},
		{[]any{"pools", "a.b", "tls", "key"}, `f:7:10: pools."a.b".tls: x`},
		{[]any{"pools", "a.b", "backends", 0, "weight"}, `f:6:5: pools."a.b": x`},
		{[]any{"pools", "none"}, `f:5:3: pools: x`},
		{[]any{"routes", 0}, `f:3:5: routes[0]: x`},
		{[]any{"routes", 0, "match", "pattern"}, `f:3:5: routes[0]: x`},
		{nil, `f:1:1: x`},
	}
	for _, row := range rows {
		if got := c.Problem("x", row.path...).Error(); got != row.want {
			t.Errorf("%v: got %s, want %s", row.path, got, row.want)
		}
	}
}

// What a configuration remembers of its file is a small part of it.
func TestFewPlacesAreRemembered(t *testing.T) {
	text := frame + "trusted_proxies: [" + strings.Repeat("10.0.0.1, ", maxTrustedProxies-1) + "10.0.0.1]\n"
	c, err := outside(nil, nil).Parse("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.origin.places); n > 10 {
		t.Errorf("%d places", n)
	}
}

// Whoever inspects a configuration with problems adds to them, in the order of
// the file; one without problems is not inspected.
func TestInspectAddsToTheProblems(t *testing.T) {
	s := outside(nil, nil)
	s.Inspect = func(c *Config) Problems {
		return Problems{c.Problem("later", "routes", 0), c.Problem("earlier", "pools", "api")}
	}
	_, err := s.Parse("f", []byte(frame+"zzz: 1\n"))
	if want := "f:3:8: pools.api: earlier\nf:5:5: routes[0]: later\nf:6:1: zzz: unknown key"; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if _, err := s.Parse("f", []byte(frame)); err != nil {
		t.Errorf("a sound file: %v", err)
	}
}
