package proxy

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/message"
)

// request parses a request head; the lines are joined by CRLF.
func request(t *testing.T, lines ...string) *message.Request {
	t.Helper()
	req := &message.Request{Conn: &message.ConnInfo{Listener: "test", Peer: netip.MustParseAddrPort("192.0.2.1:1234")}}
	if rej := req.Parse([]byte(strings.Join(lines, "\r\n")+"\r\n\r\n"), "http", &message.Limits{}); rej != nil {
		t.Fatalf("%q: %v", lines, rej)
	}
	return req
}

func routesOf(t *testing.T, specs ...config.Route) *router {
	t.Helper()
	var routes []*route
	for i := range specs {
		m, err := newMatch(&specs[i].Match)
		if err != nil {
			t.Fatal(err)
		}
		routes = append(routes, &route{name: specs[i].Name, spec: &specs[i], match: m})
	}
	return newRouter(routes)
}

func TestFindPrefersTheMostSpecificRoute(t *testing.T) {
	blue := "blue"
	r := routesOf(t,
		config.Route{Name: "any", Match: config.Match{}},
		config.Route{Name: "host", Match: config.Match{Hosts: []string{"a.test"}}},
		config.Route{Name: "wild", Match: config.Match{Hosts: []string{"*.a.test"}}},
		config.Route{Name: "longer wild", Match: config.Match{Hosts: []string{"*.b.a.test"}}},
		config.Route{Name: "api", Match: config.Match{Hosts: []string{"a.test"}, Prefix: "/api"}},
		config.Route{Name: "api v2", Match: config.Match{Hosts: []string{"a.test"}, Prefix: "/api/v2"}},
		config.Route{Name: "exact", Match: config.Match{Hosts: []string{"a.test"}, Path: "/api/v2/x"}},
		config.Route{Name: "user", Match: config.Match{Hosts: []string{"a.test"}, Pattern: "/users/{id}"}},
		config.Route{Name: "files", Match: config.Match{Hosts: []string{"a.test"}, Pattern: "/files/{path...}"}},
		config.Route{Name: "post", Match: config.Match{Hosts: []string{"a.test"}, Path: "/post", Methods: []string{"POST"}}},
		config.Route{Name: "blue", Match: config.Match{Hosts: []string{"a.test"}, Prefix: "/api", Fields: []config.ValueMatch{{Name: "X-Color", Equals: &blue}}}},
		config.Route{Name: "beta", Match: config.Match{Hosts: []string{"a.test"}, Prefix: "/api", Query: []config.ValueMatch{{Name: "beta", Matches: "^(1|yes)$"}}}},
		config.Route{Name: "first", Priority: 5, Match: config.Match{Prefix: "/urgent"}},
	)
	for _, c := range []struct{ want, target, host, field string }{
		{"any", "/", "other.test", ""},
		{"host", "/", "a.test", ""},
		{"host", "/", "A.TEST.:8080", ""},
		{"wild", "/", "x.a.test", ""},
		{"wild", "/", "x.y.a.test", ""},
		{"longer wild", "/", "x.b.a.test", ""},
		{"api", "/api", "a.test", ""},
		{"api", "/api/", "a.test", ""},
		{"api", "/api/v22", "a.test", ""},
		{"host", "/apis", "a.test", ""},
		{"api v2", "/api/v2/y", "a.test", ""},
		{"exact", "/api/v2/x", "a.test", ""},
		{"exact", "/x/../api/./v2/%78", "a.test", ""},
		{"user", "/users/7", "a.test", ""},
		{"host", "/users/", "a.test", ""},
		{"host", "/users/7/8", "a.test", ""},
		{"files", "/files/a/b", "a.test", ""},
		{"host", "/files", "a.test", ""},
		{"post", "/post", "a.test", "POST"},
		{"blue", "/api", "a.test", "X-Color: blue"},
		{"api", "/api", "a.test", "X-Color: red"},
		{"beta", "/api?x=2&beta=yes", "a.test", ""},
		{"beta", "/api?bet%61=1", "a.test", ""},
		{"api", "/api?beta=11", "a.test", ""},
		{"first", "/urgent/x", "a.test", ""},
	} {
		method, fields := "GET", []string{"Host: " + c.host}
		if c.field == "POST" {
			method = "POST"
		} else if c.field != "" {
			fields = append(fields, c.field)
		}
		var f finding
		r.find(request(t, append([]string{method + " " + c.target + " HTTP/1.1"}, fields...)...), &f)
		if f.route == nil || f.route.name != c.want {
			t.Errorf("%s at %s (%s): got %v, want %s", c.target, c.host, c.field, f.route, c.want)
		}
	}
}

func TestFindTellsAllowedMethods(t *testing.T) {
	r := routesOf(t,
		config.Route{Name: "read", Match: config.Match{Path: "/x", Methods: []string{"GET"}}},
		config.Route{Name: "write", Match: config.Match{Path: "/x", Methods: []string{"PUT", "GET"}}},
	)
	var f finding
	r.find(request(t, "DELETE /x HTTP/1.1", "Host: a"), &f)
	if f.route != nil || joinMethods(f.allow) != "GET, HEAD, PUT" && joinMethods(f.allow) != "PUT, GET, HEAD" {
		t.Errorf("route %v, allow %q", f.route, joinMethods(f.allow))
	}
}

func TestRewrittenTargets(t *testing.T) {
	for _, c := range []struct {
		rewrite          config.Rewrite
		pattern          string
		target, rewriten string
	}{
		{config.Rewrite{}, "", "/a/%62?q=1", "/a/%62?q=1"},
		{config.Rewrite{StripPrefix: "/api"}, "", "/api/x?q=/api", "/x?q=/api"},
		{config.Rewrite{StripPrefix: "/api"}, "", "/api", "/"},
		{config.Rewrite{StripPrefix: "/api/"}, "", "/api/x", "/x"},
		{config.Rewrite{StripPrefix: "/api"}, "", "/%61pi/a%20b", "/a%20b"},
		{config.Rewrite{StripPrefix: "/api"}, "", "/x/../api/y%2Fz", "/y%2Fz"},
		{config.Rewrite{StripPrefix: "/api"}, "", "/other", "/other"},
		{config.Rewrite{AddPrefix: "/v1"}, "", "/x?y", "/v1/x?y"},
		{config.Rewrite{Path: "/u/{id}.json"}, "/users/{id}", "/users/a%20b%3F?z", "/u/a%20b%3F.json?z"},
	} {
		rt := &route{}
		x := &exchange{req: request(t, "GET "+c.target+" HTTP/1.1", "Host: a"), route: rt}
		if c.pattern != "" {
			rt.match.pattern = newPattern(c.pattern)
			if !rt.match.pattern.match(x.req.Path, &x.found.captures) {
				t.Fatalf("%s does not match %s", c.target, c.pattern)
			}
		}
		rt.rewrite = newRewrite(&c.rewrite, rt.match.pattern)
		if got := string(rt.rewrite.target(x)); got != c.rewriten {
			t.Errorf("%+v of %s: got %s, want %s", c.rewrite, c.target, got, c.rewriten)
		}
	}
}

func TestLoggedTargetHoldsNoCredentials(t *testing.T) {
	for in, want := range map[string]string{
		"/a":                            "/a",
		"/a?b=c&d":                      "/a?b=c&d",
		"/a?access_token=s3cret&x=1":    "/a?access_token=redacted&x=1",
		"/a?x=1&API%5fKEY=s&Password=s": "/a?x=1&API%5fKEY=redacted&Password=redacted",
		"/a?code=s&sig=s&encoding=gzip": "/a?code=redacted&sig=redacted&encoding=gzip",
		"/a\"\xff?":                     "/a\\\"\uFFFD?",
	} {
		if got := string(appendTarget(nil, []byte(in))); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
