package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestListenersThatCannotLiveTogether(t *testing.T) {
	rows := []struct {
		a, b    string
		overlap bool
	}{
		{":80", ":80", true},
		{":80", ":81", false},
		{":80", "127.0.0.1:80", true},
		{":80", "[::1]:80", true},
		{"[::]:80", "10.0.0.1:80", true},
		{"0.0.0.0:80", "10.0.0.1:80", true},
		{"0.0.0.0:80", "[::1]:80", false},
		{"10.0.0.1:80", "10.0.0.2:80", false},
		{"127.0.0.1:0", "127.0.0.1:0", false},
		{"unix:/a", "unix:/a", true},
		{"unix:/a", "unix:/b", false},
		{"unix:/a", ":80", false},
	}
	for _, row := range rows {
		for _, pair := range [][2]string{{row.a, row.b}, {row.b, row.a}} {
			_, err := Parse("f", fmt.Appendf(nil, "listen: [%q, %q]\nroutes: [{ match: {}, respond: 404 }]\n", pair[0], pair[1]))
			if (err != nil) != row.overlap {
				t.Errorf("%s: %v", pair, err)
			}
			if err != nil && !strings.HasSuffix(err.Error(), "listen[1]: cannot listen on "+pair[1]+" beside listen[0] on "+pair[0]) {
				t.Errorf("%s: %v", pair, err)
			}
		}
	}
}

func TestThingsThatHaveToDiffer(t *testing.T) {
	got := rejected(t, `listen:
  - { name: a, address: ":1" }
  - { name: a, address: ":2" }
pools:
  p: { backends: ["x:1", "y:1", { address: "x:1" }] }
  q: { backends: "unix:/run/x", tls: true }
routes:
  - { name: r, match: {}, pool: p }
  - { name: r, match: { path: / }, pool: q }
`)
	want := `f:3:13: listen[1].name: another listener has the name "a"
f:5:44: pools.p.backends[2].address: x:1 is backends[0] already: give that one more weight instead
f:6:38: pools.q.tls: backends[0] is a unix socket: server_name has to say which name its certificate is verified against
f:9:13: routes[1].name: the route on line 8 has the name "r" already`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNamesAreMadeWhereNoneIsGiven(t *testing.T) {
	long := strings.Repeat("é", 60)
	c := mustParse(t, `listen: ["127.0.0.1:0", "127.0.0.1:0", { name: x, address: ":9" }]
pools: { p: { backends: "x:1" } }
routes:
  - { match: {}, pool: p }
  - { match: { headers: { A: b } }, pool: p }
  - { match: { headers: { A: c } }, pool: p }
  - { match: { path: / }, pool: p }
  - { match: { prefix: / }, pool: p }
  - { match: { host: a.com }, pool: p }
  - { name: b.com, match: {  path: /b }, pool: p }
  - { match: { host: b.com, methods: [GET, PUT] }, pool: p }
  - { match: { host: b.com }, pool: p }
  - { match: { host: [b.com, c.com], pattern: "/{x}" }, pool: p }
  - { match: { path: /`+long+` }, pool: p }
`)
	var got []string
	for _, l := range c.Listeners {
		got = append(got, l.Name)
	}
	for _, r := range c.Routes {
		got = append(got, r.Name)
	}
	want := []string{
		"127.0.0.1:0", "127.0.0.1:0 #2", "x",
		"*", "* #2", "* #3", "/", "/*", "a.com", "b.com", "GET,PUT b.com", "b.com #2", "b.com,.../{x}", "/" + strings.Repeat("é", 49) + "...",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
