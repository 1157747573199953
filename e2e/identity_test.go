package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// Values that no backend may ever see: what a client that is not trusted claims.
const (
	spoofedAddr = "6.6.6.6"
	spoofedWord = "spoofed"
)

// identityFields are the fields by which weir tells a backend who asks, with a
// value that a client might forge.
var identityFields = [][2]string{
	{"X-Forwarded-For", spoofedAddr},
	{"X-Forwarded-Proto", spoofedWord},
	{"X-Forwarded-Host", spoofedWord + ".test"},
	{"X-Forwarded-Port", "6" + spoofedWord},
	{"X-Real-IP", spoofedAddr},
	{"Forwarded", "for=" + spoofedAddr + ";host=" + spoofedWord},
	{"Via", "1.1 " + spoofedWord},
	{"X-Request-Id", spoofedWord + "-request-id"},
}

// A disguise is a way to bring a forged field past a proxy.
type disguise struct {
	name   string
	mustOK bool // ordinary enough that the request has to be served
	make   func(name, value string) string
}

// plainWith writes a request with field lines in front of the empty line.
func plainWith(lines ...string) string { return request("GET", "/", lines...) }

// upload writes a chunked request with header lines and a trailer section.
func uploadWith(lines []string, trailers ...string) string {
	end := "0\r\n"
	for _, line := range trailers {
		end += line + "\r\n"
	}
	return request("POST", "/", append(lines, "Transfer-Encoding: chunked")...) + "2\r\nhi\r\n" + end + "\r\n"
}

var disguises = []disguise{
	{"as it is", true, func(n, v string) string { return plainWith(n + ": " + v) }},
	{"lower case", true, func(n, v string) string { return plainWith(strings.ToLower(n) + ": " + v) }},
	{"upper case", true, func(n, v string) string { return plainWith(strings.ToUpper(n) + ": " + v) }},
	{"mixed case", true, func(n, v string) string { return plainWith(mixedCase(n) + ": " + v) }},
	{"twice", true, func(n, v string) string { return plainWith(n+": "+v, n+": "+v) }},
	{"twice, in two cases", true, func(n, v string) string { return plainWith(strings.ToLower(n)+": "+v, strings.ToUpper(n)+": "+v) }},
	{"behind an empty one", true, func(n, v string) string { return plainWith(n+":", n+": "+v) }},
	{"many times", true, func(n, v string) string { return plainWith(repeat(n+": "+v, 40)...) }},
	{"far from its duplicate", true, func(n, v string) string {
		return plainWith(append(append([]string{n + ": " + v}, repeat("X-Other: o", 30)...), n+": "+v)...)
	}},
	{"without a space", true, func(n, v string) string { return plainWith(n + ":" + v) }},
	{"with tabs", true, func(n, v string) string { return plainWith(n + ":\t" + v + "\t") }},
	{"as a list", true, func(n, v string) string { return plainWith(n + ": " + v + ", " + v) }},
	{"in an HTTP/1.0 request", true, func(n, v string) string { return "GET / HTTP/1.0\r\nHost: h\r\n" + n + ": " + v + "\r\n\r\n" }},
	{"announced by Trailer, in the header", true, func(n, v string) string { return plainWith("Trailer: "+n, n+": "+v) }},
	{"in the header of an upload", true, func(n, v string) string { return uploadWith([]string{n + ": " + v}) }},
	{"as a trailer", false, func(n, v string) string { return uploadWith(nil, n+": "+v) }},
	{"as an announced trailer", false, func(n, v string) string { return uploadWith([]string{"Trailer: " + n}, n+": "+v) }},
	{"as a trailer with TE", false, func(n, v string) string {
		return uploadWith([]string{"TE: trailers", "Connection: TE", "Trailer: " + n}, n+": "+v)
	}},
	{"as header and trailer", false, func(n, v string) string {
		return uploadWith([]string{"Trailer: " + n, n + ": " + v}, n+": "+v)
	}},
	{"as a trailer with underscores", false, func(n, v string) string { return uploadWith(nil, underscored(n)+": "+v) }},
	{"named by Connection", false, func(n, v string) string { return plainWith("Connection: "+n, n+": "+v) }},
	{"named by Connection only", false, func(n, _ string) string { return plainWith("Connection: close, " + strings.ToLower(n)) }},
	{"named by a second Connection", false, func(n, v string) string {
		return plainWith("Connection: keep-alive", n+": "+v, "Connection: "+n)
	}},
	{"with underscores", false, func(n, v string) string { return plainWith(underscored(n) + ": " + v) }},
	{"with one underscore", false, func(n, v string) string { return plainWith(strings.Replace(n, "-", "_", 1) + ": " + v) }},
	{"with underscores, in lower case", false, func(n, v string) string { return plainWith(strings.ToLower(underscored(n)) + ": " + v) }},
	{"with underscores beside the real one", false, func(n, v string) string {
		return plainWith(n+": "+v, underscored(n)+": "+v)
	}},
	{"with a space before the colon", false, func(n, v string) string { return plainWith(n + " : " + v) }},
	{"with a tab before the colon", false, func(n, v string) string { return plainWith(n + "\t: " + v) }},
	{"with a leading space", false, func(n, v string) string { return plainWith(" " + n + ": " + v) }},
	{"folded value", false, func(n, v string) string { return plainWith(n + ":\r\n " + v) }},
	{"folded behind another field", false, func(n, v string) string { return plainWith("X-Other: o\r\n " + n + ": " + v) }},
	{"behind a bare LF", false, func(n, v string) string { return plainWith("X-Other: o\n" + n + ": " + v) }},
	{"behind a bare CR", false, func(n, v string) string { return plainWith("X-Other: o\r" + n + ": " + v) }},
	{"behind a NUL", false, func(n, v string) string { return plainWith("X-Other: o\x00\r\n" + n + ": " + v) }},
	{"with a NUL in the name", false, func(n, v string) string { return plainWith(n + "\x00: " + v) }},
	{"with a soft hyphen", false, func(n, v string) string { return plainWith(strings.Replace(n, "-", "\xc2\xad", 1) + "\xc2\xad: " + v) }},
	{"before the Host", true, func(n, v string) string { return "GET / HTTP/1.1\r\n" + n + ": " + v + "\r\nHost: h\r\n\r\n" }},
	{"before the request line", false, func(n, v string) string { return n + ": " + v + "\r\n" + plainWith() }},
}

func mixedCase(s string) string {
	b := []byte(strings.ToLower(s))
	for i := 0; i < len(b); i += 2 {
		b[i] = strings.ToUpper(string(b[i]))[0]
	}
	return string(b)
}

func underscored(s string) string { return strings.ReplaceAll(s, "-", "_") }

func repeat(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

// TestForgedIdentityNeverReachesTheBackend: every field in every disguise either
// costs the request or does not arrive, and what arrives instead is the truth.
func TestForgedIdentityNeverReachesTheBackend(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"reject_aliases", "reject", "drop", "allow"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
			w := start(t, setup{listen: "\n    underscores: " + policy, conf: fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - { match: { prefix: / }, pool: api, forwarded: true }
`, origin.Addr())})
			for _, f := range identityFields {
				for _, d := range disguises {
					origin.Forget()
					checkForged(t, w, origin, d, f[0], f[1])
				}
			}
		})
	}
}

func checkForged(t *testing.T, w *weir, origin *origintest.Server, d disguise, name, value string) {
	t.Helper()
	raw := d.make(name, value)
	c := w.dial(t)
	defer c.conn.Close()
	c.send(raw)
	method, _, _ := strings.Cut(raw, " ")
	r, err := c.tryResponse(method)
	if err != nil {
		t.Errorf("%s %s: %v", name, d.name, err)
		return
	}
	got := origin.Requests()
	switch {
	case r.status == 200 && len(got) == 1:
		checkTruth(t, name+" "+d.name, got[0])
	case r.status == 200:
		t.Errorf("%s %s: %d requests arrived", name, d.name, len(got))
	case d.mustOK:
		t.Errorf("%s %s: %d for an ordinary request", name, d.name, r.status)
	case r.status != 400 && r.status != 405 && r.status != 431:
		t.Errorf("%s %s: status %d", name, d.name, r.status)
	}
	for _, g := range got {
		if forged(string(g.Raw)) {
			t.Errorf("%s %s reached the backend: %q", name, d.name, g.Raw)
		}
	}
}

// forged tells whether a forged value is in what a backend received.
func forged(raw string) bool {
	raw = strings.ToLower(raw)
	return strings.Contains(raw, spoofedAddr) || strings.Contains(raw, spoofedWord)
}

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{16,128}$`)

// checkTruth demands that each field of weir's own is there once and right.
func checkTruth(t *testing.T, what string, got origintest.Request) {
	t.Helper()
	if err := got.Lint(); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	for name, want := range map[string]string{
		"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "h", "Host": "h",
	} {
		if v := got.Value(name); v != want {
			t.Errorf("%s: %s to the backend is %q, want %q", what, name, v, want)
		}
	}
	if id := got.Value("X-Request-Id"); !requestID.MatchString(id) {
		t.Errorf("%s: X-Request-Id to the backend is %q", what, id)
	}
	if v := got.Value("Forwarded"); !strings.Contains(v, "for=127.0.0.1") || strings.ContainsAny(v, ",|") {
		t.Errorf("%s: Forwarded to the backend is %q", what, v)
	}
	if v := got.Value("Via"); !regexp.MustCompile(`^1\.[01] [A-Za-z0-9._-]+$`).MatchString(v) {
		t.Errorf("%s: Via to the backend is %q", what, v)
	}
	for _, f := range got.Fields() {
		if strings.Contains(f.Name, "_") {
			t.Errorf("%s: %s reached the backend", what, f.Name)
		}
	}
}

// TestProxyFieldNeverReachesTheBackend: a CGI backend would take it for its
// environment's HTTP_PROXY.
func TestProxyFieldNeverReachesTheBackend(t *testing.T) {
	t.Parallel()
	w, origin := front(t, origintest.Reply(origintest.OK("")))
	for _, raw := range []string{
		plainWith("Proxy: http://spoofed/"), plainWith("PROXY: http://spoofed/"), plainWith("proxy: a", "Proxy: http://spoofed/"),
		plainWith("Proxy-Connection: spoofed"), plainWith("Proxy-Authorization: spoofed"), plainWith("Keep-Alive: spoofed"),
		plainWith("Connection: X-Hop", "X-Hop: spoofed"), plainWith("Connection: a ,, x-hop ,b", "X-HOP: spoofed"),
		plainWith("Connection: close", "Connection: X-Hop", "X-Hop: spoofed"), plainWith("TE: spoofed"), plainWith("Upgrade: spoofed", "Connection: upgrade"),
	} {
		origin.Forget()
		w.do(t, raw).expect(t, 200)
		for _, got := range origin.Requests() {
			if forged(got.Head) {
				t.Errorf("%q was forwarded as %q", raw, got.Head)
			}
		}
	}
}

// TestConnectionCannotRemoveWhatMatters: a client may not use Connection to strip
// fields off the request behind it.
func TestConnectionCannotRemoveWhatMatters(t *testing.T) {
	t.Parallel()
	w, origin := front(t, origintest.Reply(origintest.OK("")))
	for _, name := range []string{
		"Host", "Content-Length", "Authorization", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host",
		"X-Request-Id", "Forwarded", "Via", "host", "authorization", "x-forwarded-for",
	} {
		r := w.do(t, request("POST", "/", "Connection: close, "+name, "Authorization: Basic Zm9v", "Content-Length: 2")+"hi")
		if r.status != 400 {
			t.Errorf("Connection: %s: %d, want 400", name, r.status)
		}
	}
	if n := len(origin.Requests()); n > 0 {
		t.Errorf("%d requests reached the backend", n)
	}
}

const (
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceparent = "00-" + traceID + "-00f067aa0ba902b7-01"
)

var traceparentForm = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)

// TestTraceparentIsOneAndWellFormed: whatever the client sends, a backend sees one.
func TestTraceparentIsOneAndWellFormed(t *testing.T) {
	t.Parallel()
	for _, trusted := range []string{"", "trusted_proxies: [127.0.0.1/32]"} {
		origin := origintest.New(t, origintest.Reply(origintest.OK("")))
		w := start(t, setup{top: trusted, conf: oneBackend(origin)})
		for _, lines := range [][]string{
			nil,
			{"traceparent: " + traceparent},
			{"Traceparent: " + traceparent, "traceparent: 00-" + strings.Repeat("6", 32) + "-00f067aa0ba902b7-01"},
			{"traceparent: 00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01"},
			{"traceparent: spoofed"},
			{"traceparent: " + traceparent + ", " + traceparent},
			{"traceparent: " + strings.ToUpper(traceparent)},
			{"traceparent:"},
			{"traceparent: ff-" + traceID + "-00f067aa0ba902b7-01"},
		} {
			origin.Forget()
			w.get(t, "/", lines...).expect(t, 200)
			if v := origin.Requests()[0].Value("Traceparent"); !traceparentForm.MatchString(v) || strings.Contains(v, strings.Repeat("0", 32)) {
				t.Errorf("%q became %q", lines, v)
			}
		}
	}
}

// TestTrustedProxiesAreBelieved, as far as the chain of trusted addresses goes.
func TestTrustedProxiesAreBelieved(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("")))
	w := start(t, setup{top: "trusted_proxies: [127.0.0.1/32, 10.0.0.0/8, \"2001:db8:1::/48\"]", conf: fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - match: { prefix: / }
    pool: api
    headers: { request: { set: { X-Client: "{client_ip}" } } }
`, origin.Addr())})
	rows := []struct {
		lines  []string
		client string
		chain  string // X-Forwarded-For to the backend, "" for whatever
	}{
		{nil, "127.0.0.1", "127.0.0.1"},
		{[]string{"X-Forwarded-For: 1.2.3.4"}, "1.2.3.4", "1.2.3.4, 127.0.0.1"},
		{[]string{"x-forwarded-for: 1.2.3.4"}, "1.2.3.4", "1.2.3.4, 127.0.0.1"},
		{[]string{"X-Forwarded-For: 6.6.6.6, 1.2.3.4"}, "1.2.3.4", "6.6.6.6, 1.2.3.4, 127.0.0.1"},
		{[]string{"X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.1.1.1"}, "1.2.3.4", ""},
		{[]string{"X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 1.2.3.4"}, "1.2.3.4", ""},
		{[]string{"X-Forwarded-For: 6.6.6.6", "X-Other: x", "x-FORWARDED-for: 1.2.3.4,10.0.0.1"}, "1.2.3.4", ""},
		{[]string{"X-Forwarded-For: 10.0.0.1, 10.0.0.2"}, "10.0.0.1", ""},
		{[]string{"X-Forwarded-For: 1.2.3.4,10.0.0.2"}, "1.2.3.4", ""},
		{[]string{"X-Forwarded-For: 6.6.6.6, unknown, 10.0.0.2"}, "10.0.0.2", ""},
		{[]string{"X-Forwarded-For: 6.6.6.6, 1.2.3.4, ,"}, "1.2.3.4", ""},
		{[]string{"X-Forwarded-For: garbage"}, "127.0.0.1", ""},
		{[]string{"X-Forwarded-For: 2001:db8:9::1"}, "2001:db8:9::1", ""},
		{[]string{"X-Forwarded-For: 2001:db8:9::1, 2001:db8:1::7"}, "2001:db8:9::1", ""},
		{[]string{"X-Forwarded-For: ::ffff:1.2.3.4"}, "1.2.3.4", ""},
		{[]string{"X-Forwarded-For: ::ffff:10.0.0.3, 10.0.0.2"}, "10.0.0.3", ""},
	}
	for _, row := range rows {
		origin.Forget()
		w.get(t, "/", row.lines...).expect(t, 200)
		got := origin.Requests()[0]
		if v := got.Value("X-Client"); v != row.client && row.client != "" || v == spoofedAddr {
			t.Errorf("%q: the client is %q, want %q", row.lines, v, row.client)
		}
		chain := strings.ReplaceAll(got.Value("X-Forwarded-For"), " | ", ", ")
		if row.chain != "" && chain != row.chain || !strings.HasSuffix(chain, "127.0.0.1") {
			t.Errorf("%q: the chain is %q, want %q", row.lines, chain, row.chain)
		}
	}
	origin.Forget()
	w.get(t, "/", "X-Forwarded-Proto: https", "X-Forwarded-Host: outer.test", "X-Request-Id: 0123456789abcdef0123456789abcdef").expect(t, 200)
	got := origin.Requests()[0]
	if got.Value("X-Forwarded-Proto") != "https" || got.Value("X-Forwarded-Host") != "outer.test" || got.Value("X-Request-Id") != "0123456789abcdef0123456789abcdef" {
		t.Errorf("from a trusted proxy: %q", got.Head)
	}
}
