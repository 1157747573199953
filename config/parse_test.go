package config

import (
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// outside is a Source of the given variables and files.
func outside(env, files map[string]string) Source {
	return Source{
		Getenv: func(name string) (string, bool) {
			v, ok := env[name]
			return v, ok
		},
		ReadFile: func(path string, limit int) ([]byte, error) {
			text, ok := files[path]
			if !ok {
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			}
			return []byte(text), nil
		},
	}
}

func mustParse(t testing.TB, text string) *Config {
	t.Helper()
	c, err := outside(nil, nil).Parse("f", []byte(text))
	if err != nil {
		t.Fatalf("%v\nin\n%s", err, text)
	}
	return c
}

// rejected returns what Parse says about text, and fails when it says nothing.
func rejected(t testing.TB, text string) string {
	t.Helper()
	c, err := outside(nil, nil).Parse("f", []byte(text))
	if err == nil || c != nil {
		t.Fatalf("accepted:\n%s", text)
	}
	if _, ok := err.(Problems); !ok {
		t.Fatalf("the error is a %T", err)
	}
	return err.Error()
}

func ptr[T any](v T) *T { return &v }

func TestShortestFileGetsEveryDefault(t *testing.T) {
	got := mustParse(t, `
listen: ":8080"
pools: { api: { backends: "10.0.0.1:8080", health: {} } }
routes:
  - { match: {}, pool: api }
`)
	want := &Config{
		Listeners: []Listener{{
			Name: ":8080", Address: ":8080",
			HeaderTimeout: 10 * time.Second, HeaderBytes: 16384, HeaderFields: 100, TargetBytes: 8192,
			Underscores: "reject_aliases",
			BodyIdle:    30 * time.Second, BodyMinRate: 256, BodyGrace: 10 * time.Second,
			SendIdle: 60 * time.Second, KeepAlive: 75 * time.Second,
		}},
		Admin: Admin{Address: "127.0.0.1:9900"},
		Log:   Log{Level: "info", Format: "text", Access: AccessLog{Path: "", Format: "json"}},
		Drain: Drain{Delay: 5 * time.Second, Timeout: 30 * time.Second},
		Pools: []Pool{{
			Name: "api", Backends: []Backend{{Address: "10.0.0.1:8080", Weight: 1}}, Policy: "round_robin",
			ConnectTimeout: 2 * time.Second, TLSTimeout: 5 * time.Second, FirstByte: 30 * time.Second,
			BetweenBytes: 60 * time.Second, TunnelIdle: time.Hour, IdleTimeout: 60 * time.Second,
			IdleConnections: 256, MaxRequests: 512, Retries: 1,
			Health: &Health{
				Path: "/", Method: "GET", Interval: 5 * time.Second, Timeout: 2 * time.Second,
				Rise: 2, Fall: 3, Expect: []StatusRange{{200, 399}},
			},
		}},
		Routes: []Route{{Name: "*", Line: 5, Pool: "api", MaxBody: 10 << 20}},
	}
	got.origin = origin{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEveryKeyReachesItsField(t *testing.T) {
	got := mustParse(t, everyKey)
	want := &Config{
		Listeners: []Listener{{
			Name: "public", Address: "[::1]:8443", MaxConnections: 1000, MaxConnectionsPerAddress: 50,
			HeaderTimeout: 1 * time.Second, HeaderBytes: 2048, HeaderFields: 10, TargetBytes: 1024, Underscores: "drop",
			BodyIdle: 2 * time.Second, BodyMinRate: 1024, BodyGrace: 3 * time.Second,
			SendIdle: 4 * time.Second, KeepAlive: 0,
		}},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Admin:          Admin{},
		Log:            Log{Level: "debug", Format: "json", Access: AccessLog{Path: "logs/access.log", Format: "combined"}},
		Drain:          Drain{Delay: 0, Timeout: time.Minute},
		Pools: []Pool{{
			Name: "api", Backends: []Backend{{"10.0.0.1:80", 1}, {"unix:/run/app.sock", 7}}, Policy: "round_robin", Host: "api.internal:80",
			TLS:            &BackendTLS{ServerName: "api.internal", CA: "ca.pem", Cert: "/etc/c.pem", Key: "/etc/k.pem"},
			ConnectTimeout: 1 * time.Millisecond, TLSTimeout: 2 * time.Millisecond, FirstByte: 3 * time.Millisecond,
			BetweenBytes: 4 * time.Millisecond, TunnelIdle: 5 * time.Millisecond, IdleTimeout: 6 * time.Millisecond,
			IdleConnections: 7, MaxRequests: 8, Retries: 9,
			Health: &Health{
				Path: "/up?x=1", Method: "HEAD", Host: "probe", Interval: 10 * time.Millisecond, Timeout: 11 * time.Millisecond,
				Rise: 12, Fall: 13, Expect: []StatusRange{{200, 200}, {204, 299}},
			},
		}},
		Routes: []Route{{
			Name: "one", Line: 30, Priority: -5, Pool: "api",
			Match: Match{
				Hosts: []string{"a.example.com", "*.example.org"}, Pattern: "/u/{id}/{rest...}", Methods: []string{"GET", "PURGE"},
				Fields: []ValueMatch{{Name: "X-A", Equals: ptr("1")}, {Name: "X-B", Matches: "^b+$"}, {Name: "X-C"}},
				Query:  []ValueMatch{{Name: "q", Equals: ptr("")}},
			},
			Rewrite: Rewrite{Path: "/v2/{id}"},
			RequestFields: FieldOps{
				Remove: []string{"X-Old"},
				Set:    []NameValue{{Name: "X-Ip", Value: "{client_ip}"}, {Name: "X-Json", Value: `{"a":1}`}},
				Add:    []NameValue{{Name: "Link", Value: "a"}, {Name: "Link", Value: "b"}, {Name: "X-Id", Value: "{id}"}},
			},
			ResponseFields: FieldOps{Remove: []string{"Server"}},
			MaxBody:        -1, FirstByte: ptr(time.Minute), BetweenBytes: ptr(time.Second),
			Upgrade: []string{"websocket"}, Forwarded: true,
			AllowInPath: AllowInPath{EncodedSlash: true, AboveRoot: true},
		}, {
			Name: "a.example.com/old/*", Line: 51, Match: Match{Hosts: []string{"a.example.com"}, Prefix: "/old"}, MaxBody: 10 << 20,
			Redirect: &Redirect{To: "https://{host}/new{query}", Status: 302},
		}, {
			Name: "POST /x", Line: 52, Match: Match{Path: "/x", Methods: []string{"POST"}}, MaxBody: 10 << 20,
			Redirect: &Redirect{To: "/y", Status: 308},
		}, {
			Name: "b/*", Line: 53, Match: Match{Hosts: []string{"b"}, Prefix: "/"}, MaxBody: 10 << 20, RedirectHTTPS: true,
		}, {
			Name: "c,...", Line: 54, Match: Match{Hosts: []string{"c", "[::1]"}}, MaxBody: 10 << 20,
			Respond: &Respond{Status: 404, ContentType: "text/plain; charset=utf-8"},
		}, {
			Name: "d", Line: 55, Match: Match{Hosts: []string{"d"}}, MaxBody: 10 << 20,
			Respond: &Respond{Status: 503, Body: "down", ContentType: "text/html"},
		}, {
			Name: "d/s/*", Line: 56, Match: Match{Hosts: []string{"d"}, Prefix: "/s"}, MaxBody: 10 << 20,
			Pool: "api", Rewrite: Rewrite{StripPrefix: "/s"},
		}, {
			Name: "d/p/*", Line: 57, Match: Match{Hosts: []string{"d"}, Prefix: "/p"}, MaxBody: 10 << 20,
			Pool: "api", Rewrite: Rewrite{AddPrefix: "/p2"},
		}, {
			Name: "cached", Line: 58, Match: Match{Hosts: []string{"e"}}, MaxBody: 10 << 20, Pool: "api",
			Cache: &RouteCache{
				Zone: "images", Targeted: []string{"X-CC", "CDN-Cache-Control"}, Heuristic: 0.125, HeuristicMax: time.Hour,
				StaleWhileRevalidate: 2 * time.Second, StaleIfError: 3 * time.Second,
				Negative:       []StatusLifetime{{404, 4 * time.Second}, {301, time.Minute}, {599, time.Hour}},
				StoreSetCookie: true, CollapseWait: 5 * time.Second, Collapse: true, UncacheableFor: 6 * time.Second, ShowKey: true,
				Key: CacheKey{
					SortQuery: true, AllowQuery: []string{"q", "f*"},
					Headers: []string{"x-tenant"}, Cookies: []string{"Theme"}, Device: true,
				},
			},
		}, {
			Name: "plain", Line: 76, Match: Match{Hosts: []string{"f"}}, MaxBody: 10 << 20, Pool: "api",
			Cache: &RouteCache{
				Zone: "default", HeuristicMax: 24 * time.Hour, StaleWhileRevalidate: 10 * time.Second, StaleIfError: 60 * time.Second,
				ClientRevalidation: true, CollapseWait: 5 * time.Second, UncacheableFor: 120 * time.Second,
				Key: CacheKey{IgnoreQuery: []string{"*"}},
			},
		}},
		Cache: Cache{
			MemoryLimit: 4 << 30,
			Zones: []Zone{
				{Name: "default", Memory: 8 << 20, MaxObject: 1 << 20},
				{Name: "images", Memory: 1 << 30, MaxObject: 9 << 10},
				{Name: "a.b", Memory: 1 << 20},
				{Name: "x", Memory: 256 << 20},
			},
			PurgeFrom: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("2001:db8::/32")},
		},
	}
	got.origin, got.Warnings = origin{}, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

const everyKey = `listen:
  - name: public
    address: "[::1]:8443"
    timeouts: { header: 1s, body_idle: 2s, body_grace: 3s, send_idle: 4s, keep_alive: off }
    limits: { header_bytes: 2KiB, header_fields: 10, target_bytes: 1024B, connections: 1000, connections_per_address: 50, body_min_rate: 1KiB/s }
    underscores: drop
trusted_proxies: [10.0.0.0/8, "::1"]
admin: { address: off }
log:
  level: debug
  format: json
  access: { path: logs/access.log, format: combined }
drain: { delay: 0s, timeout: 60s }
pools:
  api:
    backends:
      - 10.0.0.1:80
      - { address: unix:/run/app.sock, weight: 7 }
    policy: round_robin
    host: api.internal:80
    tls: { server_name: api.internal, ca: ca.pem, cert: /etc/c.pem, key: /etc/k.pem, insecure: false }
    timeouts: { connect: 1ms, tls: 2ms, first_byte: 3ms, between_bytes: 4ms, tunnel_idle: 5ms, idle: 6ms }
    idle_connections: 7
    max_requests: 8
    retries: 9
    health:
      { path: "/up?x=1", method: HEAD, host: probe, interval: 10ms, timeout: 11ms, rise: 12, fall: 13, expect: [200, 204-299] }
routes:

  - name: one
    match:
      host: [a.EXAMPLE.com., "*.example.org"]
      pattern: "/u/{id}/{rest...}"
      methods: [GET, PURGE]
      headers: { X-A: 1, X-B: { matches: "^b+$" }, X-C: { present: true } }
      query: { q: { equals: "" } }
    priority: -5
    pool: api
    rewrite: { path: "/v2/{id}" }
    headers:
      request:
        set: { X-Ip: "{client_ip}", X-Json: '{"a":1}' }
        add: { Link: [a, b], X-Id: "{id}" }
        remove: X-Old
      response: { remove: [Server] }
    limits: { body: unlimited }
    timeouts: { first_byte: 1m, between_bytes: 1s }
    upgrade: websocket
    forwarded: true
    allow_in_path: [encoded_slash, above_root]
  - { match: { host: a.example.com, prefix: /old/ }, redirect: "https://{host}/new{query}" }
  - { match: { path: /x, methods: POST }, redirect: { to: /y, status: 308 } }
  - { match: { host: b, prefix: / }, redirect_https: true }
  - { match: { host: [c, "[::1]"] }, respond: 404 }
  - { match: { host: d }, respond: { status: 503, body: down, content_type: text/html } }
  - { match: { host: d, prefix: /s }, pool: api, rewrite: { strip_prefix: /s/ } }
  - { match: { host: d, prefix: /p }, pool: api, rewrite: { add_prefix: /p2 } }
  - name: cached
    match: { host: e }
    pool: api
    cache:
      zone: images
      targeted_headers: [X-CC, CDN-Cache-Control]
      heuristic: 12.5%
      heuristic_max: 1h
      stale_while_revalidate: 2s
      stale_if_error: 3s
      negative: { 404: 4s, "301": 1m, 599: 1h }
      store_set_cookie: true
      client_revalidation: false
      collapse: true
      collapse_wait: 5s
      uncacheable_for: 6s
      key: { query: { sort: true, allow: [q, f*] }, headers: X-Tenant, cookies: Theme, device: true }
      show_key: true
  - name: plain
    match: { host: f }
    pool: api
    cache: { targeted_headers: off, heuristic: off, collapse: false, key: { query: { ignore: "*" } } }
cache:
  memory: 8MiB
  max_object: 1MiB
  memory_limit: 4GiB
  zones: { images: { memory: 1GiB, max_object: 9KiB }, a.b: 1MiB, x: {} }
  purge_from: [127.0.0.1, "2001:db8::/32"]
`

func TestLoadReadsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.yaml")
	text := `{ listen: ":1", routes: [{ match: {}, respond: 404 }], log: { access: a.log } }`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(filepath.Dir(path), "a.log"); c.Log.Access.Path != want {
		t.Errorf("access log at %q, want %q", c.Log.Access.Path, want)
	}
}

func TestLoadSaysWhyAFileCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big")
	if err := os.WriteFile(big, []byte(strings.Repeat("#\n", maxFileBytes/2+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "none: cannot be read: no such file or directory",
		dir:                        ": cannot be read: is a directory",
		big:                        "big: cannot be read: larger than 1MiB",
	} {
		if _, err := Load(path); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v, want ... %s", err, want)
		}
	}
}
