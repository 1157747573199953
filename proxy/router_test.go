package proxy

import (
	"fmt"
	"math/rand/v2"
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

// bestOf finds the route of req by comparing all of them, as the configuration
// reference tells it.
func bestOf(routes []*route, req *message.Request) *route {
	var best *route
	bestHost := ""
	for _, rt := range routes {
		var captured captures
		host, ok := hostTaken(rt.spec.Match.Hosts, string(req.Hostname))
		if !ok || !rt.match.takesPath(req.Path, &captured) || !rt.match.takesMethod(req.Method) || !rt.match.takesValues(req) {
			continue
		}
		if best == nil || better(rt, host, best, bestHost) {
			best, bestHost = rt, host
		}
	}
	return best
}

func better(a *route, hostA string, b *route, hostB string) bool {
	if a.spec.Priority != b.spec.Priority {
		return a.spec.Priority > b.spec.Priority
	}
	if c := config.CompareHosts(hostA, hostB); c != 0 {
		return c < 0
	}
	return config.Compare(a.spec, b.spec) < 0
}

// hostTaken returns the most specific of hosts that takes host.
func hostTaken(hosts []string, host string) (best string, ok bool) {
	if len(hosts) == 0 {
		return "", true
	}
	for _, h := range hosts {
		if h == host || strings.HasPrefix(h, "*.") && strings.HasSuffix(host, h[1:]) && len(host) > len(h)-1 {
			if !ok || config.CompareHosts(h, best) < 0 {
				best, ok = h, true
			}
		}
	}
	return best, ok
}

func TestFindAgreesWithComparingAllRoutes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	for range 200 {
		var specs []config.Route
		for i := range 30 {
			r := config.Route{Name: fmt.Sprint(i), Priority: random.IntN(8) / 7}
			for range random.IntN(3) {
				r.Match.Hosts = append(r.Match.Hosts, pick("a.test", "b.a.test", "*.a.test", "*.b.a.test", "*.test"))
			}
			switch random.IntN(4) {
			case 0:
				r.Match.Path = pick("/", "/x", "/x/y", "/x/y/z")
			case 1:
				r.Match.Prefix = pick("/", "/x", "/x/y", "/y")
			case 2:
				r.Match.Pattern = pick("/{a}", "/x/{a}", "/{a}/y", "/x/{rest...}", "/{rest...}")
			}
			if random.IntN(3) == 0 {
				r.Match.Methods = []string{pick("GET", "POST")}
			}
			specs = append(specs, r)
		}
		r := routesOf(t, specs...)
		var all []*route
		for i := range r.tiers {
			t := &r.tiers[i]
			for _, m := range []map[string]*bucket{t.exact, t.wildcard, {"": t.any}} {
				for _, b := range m {
					all = append(all, b.rest...)
					for _, list := range b.byPath {
						all = append(all, list...)
					}
					for _, list := range b.bySegment {
						all = append(all, list...)
					}
				}
			}
		}
		for range 50 {
			req := request(t, pick("GET", "POST")+" "+pick("/", "/x", "/x/", "/x/y", "/x/y/z", "/y/y", "/z")+" HTTP/1.1",
				"Host: "+pick("a.test", "b.a.test", "c.b.a.test", "test", "other"))
			var f finding
			r.find(req, &f)
			want := bestOf(all, req)
			if f.route == want {
				continue
			}
			// Routes that nothing tells apart but their place in the file.
			if f.route == nil || want == nil || config.Compare(f.route.spec, want.spec) != 0 {
				t.Fatalf("%s %s at %s: got %+v, want %+v", req.Method, req.Path, req.Hostname, f.route, want)
			}
		}
	}
}
