package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// respond is a route that answers with its own name.
func respond(name, match string) string {
	return fmt.Sprintf("  - { name: %s, match: %s, respond: { status: 200, body: %s } }\n", name, match, name)
}

func TestRequestsFindTheirRoute(t *testing.T) {
	t.Parallel()
	w := start(t, setup{conf: "routes:\n" +
		respond("exact-host", "{ host: api.example.com, prefix: / }") +
		respond("wildcard", `{ host: "*.example.com", prefix: / }`) +
		respond("two-hosts", "{ host: [one.test, two.test], prefix: / }") +
		respond("ipv6", `{ host: "[::1]", prefix: / }`) +
		respond("exact-path", "{ path: /a/b }") +
		respond("prefix", "{ prefix: /a }") +
		respond("long-prefix", "{ prefix: /a/long }") +
		respond("pattern", `{ pattern: "/users/{id}/posts" }`) +
		respond("pattern-rest", `{ pattern: "/files/{name...}" }`) +
		respond("get-only", "{ path: /m, methods: [GET] }") +
		respond("put-only", "{ path: /m, methods: [PUT] }") +
		respond("field", "{ path: /f, headers: { X-Kind: special } }") +
		respond("field-regexp", `{ path: /f, headers: { X-Kind: { matches: "^v[0-9]+$" } } }`) +
		respond("field-present", "{ path: /f, headers: { X-Other: { present: true } } }") +
		respond("query", "{ path: /q, query: { kind: special } }") +
		respond("query-present", "{ path: /q, query: { debug: { present: true } } }") +
		respond("two-conditions", "{ path: /both, headers: { X-A: a }, query: { b: b } }") +
		"  - { name: forced, match: { prefix: /forced }, priority: 5, respond: { status: 200, body: forced } }\n" +
		respond("less", "{ path: /forced/exact }")})
	rows := []struct {
		method, target string
		lines          []string
		want           string // name of the route, or a status
	}{
		{"GET", "/", []string{"Host: api.example.com"}, "exact-host"},
		{"GET", "/", []string{"Host: API.Example.COM"}, "exact-host"},
		{"GET", "/", []string{"Host: api.example.com:8080"}, "exact-host"},
		{"GET", "/", []string{"Host: api.example.com."}, "exact-host"},
		{"GET", "/", []string{"Host: www.example.com"}, "wildcard"},
		{"GET", "/", []string{"Host: a.b.example.com"}, "wildcard|404"},
		{"GET", "/", []string{"Host: example.com"}, "404"},
		{"GET", "/", []string{"Host: notexample.com"}, "404"},
		{"GET", "/", []string{"Host: two.test"}, "two-hosts"},
		{"GET", "/", []string{"Host: [::1]:80"}, "ipv6"},
		{"GET", "http://api.example.com/", []string{"Host: api.example.com"}, "exact-host"},
		{"GET", "/a/b", nil, "exact-path"},
		{"GET", "/a/%62", nil, "exact-path"},
		{"GET", "/a/x/../b", nil, "exact-path"},
		{"GET", "/a/./b", nil, "exact-path"},
		{"GET", "//a//b", nil, "exact-path|400"},
		{"GET", "/a", nil, "prefix"},
		{"GET", "/a/", nil, "prefix"},
		{"GET", "/a/b/c", nil, "prefix"},
		{"GET", "/ab", nil, "404"},
		{"GET", "/A/b", nil, "404"},
		{"GET", "/a/long", nil, "long-prefix"},
		{"GET", "/a/long/x?y", nil, "long-prefix"},
		{"GET", "/a/longer", nil, "prefix"},
		{"GET", "/x/../a/long", nil, "long-prefix"},
		{"GET", "/a/long/../c", nil, "prefix"},
		{"GET", "/a/long/%2e%2e/c", nil, "prefix"},
		{"GET", "/users/17/posts", nil, "pattern"},
		{"GET", "/users/17/posts/2", nil, "404"},
		{"GET", "/users//posts", nil, "404"},
		{"GET", "/files/x/y/z", nil, "pattern-rest"},
		{"GET", "/m", nil, "get-only"},
		{"HEAD", "/m", nil, "get-only"},
		{"PUT", "/m", nil, "put-only"},
		{"DELETE", "/m", nil, "405"},
		{"get", "/m", nil, "405"},
		{"GET", "/f", []string{"X-Kind: special"}, "field"},
		{"GET", "/f", []string{"x-kind: special"}, "field"},
		{"GET", "/f", []string{"X-Kind: v12"}, "field-regexp"},
		{"GET", "/f", []string{"X-Other:"}, "field-present"},
		{"GET", "/f", []string{"X-Kind: plain"}, "404"},
		{"GET", "/f", nil, "404"},
		{"GET", "/q?kind=special", nil, "query"},
		{"GET", "/q?a=b&kind=%73pecial", nil, "query"},
		{"GET", "/q?debug", nil, "query-present"},
		{"GET", "/q?xkind=special", nil, "404"},
		{"GET", "/both?b=b", []string{"X-A: a"}, "two-conditions"},
		{"GET", "/both?b=b", nil, "404"},
		{"GET", "/both", []string{"X-A: a"}, "404"},
		{"GET", "/forced/exact", nil, "forced"},
		{"GET", "/nowhere", nil, "404"},
		{"GET", "/a/x%2fb", nil, "400"},
		{"GET", "/a/x%5cb", nil, "400"},
		{"GET", "/a/x\\b", nil, "400"},
		{"GET", "/a/x%00", nil, "400"},
		{"GET", "/../a", nil, "400"},
		{"GET", "/%2e%2e/a/b", nil, "400"},
		{"GET", "/x%2fb", nil, "400|404"},
		{"GET", "/a/%2e%2e/%2e%2e/b", nil, "400|404"},
		{"GET", "/a%", nil, "400"},
		{"GET", "/a%zz", nil, "400"},
	}
	for _, row := range rows {
		r := w.do(t, request(row.method, row.target, row.lines...))
		got := string(r.body)
		if row.method == "HEAD" && r.status == 200 {
			got = row.want
		} else if r.status != 200 {
			got = fmt.Sprint(r.status)
		}
		if !oneOf(got, row.want) {
			t.Errorf("%s %s %q: %s, want %s", row.method, row.target, row.lines, got, row.want)
		}
		if r.status == 405 {
			allow := strings.ReplaceAll(r.value("Allow"), " ", "")
			for _, method := range []string{"GET", "HEAD", "PUT"} {
				if !strings.Contains(","+allow+",", ","+method+",") {
					t.Errorf("%s %s: Allow %q lacks %s", row.method, row.target, allow, method)
				}
			}
		}
	}
}

func oneOf(got, wants string) bool {
	for want := range strings.SplitSeq(wants, "|") {
		if got == want {
			return true
		}
	}
	return false
}

func TestPathsAreRewritten(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.ReplyWith(func(r *origintest.Request) string { return origintest.OK(r.Target) }))
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - { match: { prefix: /strip }, pool: api, rewrite: { strip_prefix: /strip } }
  - { match: { prefix: /add }, pool: api, rewrite: { add_prefix: /v1 } }
  - { match: { pattern: "/users/{id}/{rest...}" }, pool: api, rewrite: { path: "/u/{rest}/of/{id}" } }
  - { match: { prefix: /odd }, pool: api, allow_in_path: [encoded_slash, above_root] }
  - { match: { prefix: / }, pool: api }
`, origin.Addr())})
	for target, want := range map[string]string{
		"/strip":                  "/",
		"/strip/":                 "/",
		"/strip/a%20b?q=%2f":      "/a%20b?q=%2f",
		"/strip?q":                "/?q",
		"/add/x?y":                "/v1/add/x?y",
		"/users/7/a/b?c=d":        "/u/a/b/of/7?c=d",
		"/users/a%2Cb/c":          "/u/c/of/a%2Cb|/u/c/of/a,b",
		"/raw/%41/./x/%2e%2e/y?z": "/raw/%41/./x/%2e%2e/y?z",
		"/odd/a%2fb":              "/odd/a%2fb",
	} {
		if r := w.get(t, target).expect(t, 200); !oneOf(string(r.body), want) {
			t.Errorf("%s was forwarded as %s, want %s", target, r.body, want)
		}
	}
}

// TestStripCannotBeFooled: what is matched and what is forwarded may not be two
// different resources.
func TestStripCannotBeFooled(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.ReplyWith(func(r *origintest.Request) string { return origintest.OK(r.Target) }))
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - { match: { prefix: /public }, pool: api, rewrite: { strip_prefix: /public } }
  - { match: { prefix: /admin }, respond: { status: 403 } }
`, origin.Addr())})
	for _, target := range []string{
		"/public/../admin", "/public/%2e%2e/admin", "/x/../admin/y", "/%61dmin", "//admin", "/./admin", "/public//../../admin",
	} {
		r := w.get(t, target)
		if r.status == 200 && strings.Contains(string(r.body), "admin") {
			t.Errorf("%s reached the backend as %s", target, r.body)
		}
	}
	// The path that matched /public after decoding is stripped as matched.
	for _, target := range []string{"/%70ublic/x", "/./public/x", "/y/../public/x", "//public//x"} {
		if r := w.get(t, target); r.status == 200 && string(r.body) != "/x" && string(r.body) != "//x" {
			t.Errorf("%s was forwarded as %s", target, r.body)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	w := start(t, setup{conf: `
routes:
  - { match: { prefix: /old }, redirect: "https://new.test{path}{query}" }
  - { match: { pattern: "/u/{id}" }, redirect: { to: "/users/{id}", status: 301 } }
  - { match: { prefix: /p }, redirect: { to: "http://{host}/moved", status: 308 } }
  - { match: { host: secure.test }, redirect_https: true }
`})
	rows := []struct {
		target string
		lines  []string
		status int
		want   string
	}{
		{"/old/a%20b?c=d", nil, 302, "https://new.test/old/a%20b?c=d"},
		{"/old", nil, 302, "https://new.test/old"},
		{"/u/17", nil, 301, "/users/17"},
		{"/p", nil, 308, "http://h/moved"},
		{"/x?y=z", []string{"Host: secure.test"}, 0, "https://secure.test/x?y=z"},
		{"/x", []string{"Host: secure.test:8080"}, 0, "https://secure.test/x"},
	}
	for _, row := range rows {
		r := w.get(t, row.target, row.lines...)
		if row.status != 0 && r.status != row.status || r.status/100 != 3 || r.value("Location") != row.want {
			t.Errorf("%s %q: %d to %q, want %d to %q", row.target, row.lines, r.status, r.value("Location"), row.status, row.want)
		}
	}
	// No placeholder takes the client to another host or splits the response.
	for _, target := range []string{"//evil.test/x", "/u/%0d%0aSet-Cookie:%20a=b", "/u/..%2f..%2fevil", "/old//evil.test"} {
		r := w.get(t, target)
		if l := r.value("Location"); strings.HasPrefix(l, "//") || strings.ContainsAny(l, "\r\n") || len(r.values("Set-Cookie")) > 0 {
			t.Errorf("%s: %q", target, r.head)
		}
	}
}

func TestFixedResponses(t *testing.T) {
	t.Parallel()
	w := start(t, setup{conf: `
routes:
  - { match: { path: /robots.txt }, respond: { status: 200, body: "User-agent: *\n", content_type: text/plain } }
  - { match: { path: /gone }, respond: { status: 410 } }
  - { match: { path: /empty }, respond: { status: 204 } }
`})
	r := w.get(t, "/robots.txt").expect(t, 200)
	if string(r.body) != "User-agent: *\n" || !strings.HasPrefix(r.value("Content-Type"), "text/plain") {
		t.Errorf("%v", r)
	}
	w.get(t, "/gone").expect(t, 410)
	w.get(t, "/empty").expect(t, 204)
	c := w.dial(t)
	c.send(request("HEAD", "/robots.txt") + request("GET", "/gone"))
	if r := c.response("HEAD").expect(t, 200); r.value("Content-Length") != "14" {
		t.Errorf("HEAD: %q", r.head)
	}
	c.response("GET").expect(t, 410)
	// A body that nobody reads is not the next request.
	c = w.dial(t)
	c.send(request("POST", "/gone", "Content-Length: 35") + "GET /robots.txt HTTP/1.1\r\nHost: h\r\n\r\n" + request("GET", "/empty"))
	c.response("POST").expect(t, 410)
	if r, err := c.tryResponse("GET"); err == nil && r.status != 204 {
		t.Errorf("a request body was read as a request: %v", r)
	}
}

func TestFieldOperations(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply("HTTP/1.1 200 OK\r\nX-Secret: s\r\nx-secret: t\r\nServer: origin\r\nContent-Length: 0\r\n\r\n"))
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - name: edit
    match: { prefix: / }
    pool: api
    headers:
      request:
        remove: [X-Drop]
        set: { X-Client: "{client_ip}", X-What: "{method} {path} on {host} by {scheme} via {route}" }
        add: { X-Multi: [one, two] }
      response:
        remove: [X-Secret]
        set: { Server: weir, X-Request: "{request_id}" }
        add: { X-More: yes }
`, origin.Addr())})
	r := w.get(t, "/x?y", "X-Drop: 1", "x-drop: 2", "X-Client: 6.6.6.6", "x-client: 7.7.7.7", "X-Multi: zero").expect(t, 200)
	got := origin.Requests()[0]
	if got.Has("X-Drop") || got.Value("X-Client") != "127.0.0.1" || got.Value("X-What") != "GET /x on h by http via edit" ||
		got.Value("X-Multi") != "zero | one | two" {
		t.Errorf("request became %q", got.Head)
	}
	if len(r.values("X-Secret")) > 0 || r.value("Server") != "weir" || r.value("X-More") != "yes" ||
		r.value("X-Request") != got.Value("X-Request-Id") || r.value("X-Request") == "" {
		t.Errorf("response became %q", r.head)
	}
}

func TestOptionsStarIsForwardedOrRefused(t *testing.T) {
	t.Parallel()
	w, origin := front(t, origintest.Reply(origintest.OK("")))
	r := w.do(t, request("OPTIONS", "*"))
	for _, got := range origin.Requests() {
		if got.Target != "*" {
			t.Errorf("OPTIONS * was forwarded as %q", got.Target)
		}
	}
	if r.status >= 500 {
		t.Errorf("%v", r)
	}
}
