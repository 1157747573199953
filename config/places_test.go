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
