package message

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

const plainGet = "GET /index.html?a=b HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\n\r\n"

// parse parses a head that has to be accepted.
func parse(t testing.TB, head string) *Request {
	t.Helper()
	var r Request
	if rej := r.Parse([]byte(head), "http", nil); rej != nil {
		t.Fatalf("%q: %v", head, rej)
	}
	return &r
}

// get is a GET of / with more field lines, each ending in CRLF.
func get(fields string) string { return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" }

// describe writes fields as name=value, with the dropped ones in parentheses.
func describe(fields []Field) string {
	var out []string
	for _, f := range fields {
		s := string(f.Name) + "=" + string(f.Value)
		if f.Drop {
			s = "(" + s + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestParseKeepsFieldsAsSent(t *testing.T) {
	r := parse(t, get("X-b: 1\r\nx-a:2  \r\nX-B:\t\r\nSet-Cookie: a=b; c\r\n"))
	const want = "Host=a X-b=1 x-a=2 X-B= Set-Cookie=a=b; c"
	if got := describe(r.Fields); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if r.Fields[4].Known != SetCookie || r.Fields[1].Known != Other {
		t.Errorf("known: %d, %d", r.Fields[4].Known, r.Fields[1].Known)
	}
}

func TestKnownNameIgnoresCase(t *testing.T) {
	for k := Other + 1; k < knownCount; k++ {
		name := knownNames[k]
		if k == XForwardedOther {
			name += "anything"
		}
		for _, s := range []string{name, strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
			if got := KnownName([]byte(s)); got != k {
				t.Errorf("%s is %d, want %d", s, got, k)
			}
		}
		for _, s := range []string{name[1:], "y" + name[1:], name + "z", strings.Replace(name, "-", "_", 1) + "_"} {
			if got := KnownName([]byte(s)); got == k && k != XForwardedOther {
				t.Errorf("%s is taken for %s", s, name)
			}
		}
	}
}

func TestParseTarget(t *testing.T) {
	type parts struct{ target, authority, hostname, path, query string }
	for line, want := range map[string]parts{
		"GET / HTTP/1.1\r\nHost: A.b.:80":                 {"/", "A.b.:80", "a.b", "/", ""},
		"GET /x?y?z HTTP/1.1\r\nHost: a":                  {"/x?y?z", "a", "a", "/x", "y?z"},
		"GET /x? HTTP/1.1\r\nHost: [2001:DB8::1]:8080":    {"/x?", "[2001:DB8::1]:8080", "[2001:db8::1]", "/x", ""},
		"GET /%41%2f/./b/../c HTTP/1.1\r\nHost: a":        {"/%41%2f/./b/../c", "a", "a", "/A%2F/c", ""},
		"GET http://a:80/x?y HTTP/1.1\r\nHost: A:80":      {"/x?y", "A:80", "a", "/x", "y"},
		"GET http://a HTTP/1.1\r\nHost: a":                {"/", "a", "a", "/", ""},
		"GET http://a?b HTTP/1.1\r\nHost: a":              {"/?b", "a", "a", "/", "b"},
		"GET http://A/ HTTP/1.0":                          {"/", "A", "a", "/", ""},
		"GET / HTTP/1.0":                                  {"/", "", "", "/", ""},
		"OPTIONS * HTTP/1.1\r\nHost: a":                   {"*", "a", "a", "*", ""},
		"OPTIONS http://a HTTP/1.1\r\nHost: a":            {"*", "a", "a", "*", ""},
		"OPTIONS http://a/ HTTP/1.1\r\nHost: a":           {"/", "a", "a", "/", ""},
		"GET /?u=http://b/ HTTP/1.1\r\nHost: a":           {"/?u=http://b/", "a", "a", "/", "u=http://b/"},
		"GET http://a/%2e%2e/x HTTP/1.1\r\nHost: a\r\nA:": {"/%2e%2e/x", "a", "a", "/x", ""},
	} {
		r := parse(t, line+"\r\n\r\n")
		got := parts{string(r.Target), string(r.Authority), string(r.Hostname), string(r.Path), string(r.Query)}
		if got != want {
			t.Errorf("%q:\ngot  %+v\nwant %+v", line, got, want)
		}
	}
}

func TestParseScheme(t *testing.T) {
	head := []byte("GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n")
	var r Request
	if rej := r.Parse(head, "https", nil); rej != nil || r.Scheme != "https" {
		t.Errorf("%v, %s", rej, r.Scheme)
	}
	if rej := r.Parse(head, "http", nil); rej != Rejected(WrongScheme) {
		t.Errorf("over http: %v", rej)
	}
}

func TestParseConnectionFacts(t *testing.T) {
	type facts struct {
		keepAlive, expect, trailers bool
		upgrade                     string
	}
	const v11, v10, post = "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.0\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	for head, want := range map[string]facts{
		v11:                           {keepAlive: true},
		v10:                           {},
		v11 + "Connection: close\r\n": {},
		v11 + "Connection: a, CLOSE\r\nConnection: keep-alive\r\n":                  {},
		v10 + "Connection: Keep-Alive\r\n":                                          {keepAlive: true},
		v10 + "Connection: keep-alive, close\r\n":                                   {},
		v11 + "Proxy-Connection: close\r\n":                                         {keepAlive: true},
		post + "Expect: 100-Continue\r\n":                                           {keepAlive: true, expect: true},
		v11 + "Expect: 100-continue\r\n":                                            {keepAlive: true},
		v10 + "Expect: 100-continue\r\nContent-Length: 1\r\n":                       {},
		v11 + "TE: gzip;q=0.5, Trailers\r\n":                                        {keepAlive: true, trailers: true},
		v11 + "TE: gzip\r\nTE: trailers\r\n":                                        {keepAlive: true, trailers: true},
		v11 + "TE: gzip\r\n":                                                        {keepAlive: true},
		v10 + "TE: trailers\r\n":                                                    {},
		v11 + "Upgrade: websocket\r\n":                                              {keepAlive: true},
		v11 + "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n":           {keepAlive: true, upgrade: "websocket"},
		v11 + "Connection: upgrade\r\nUpgrade: a/1\r\nUpgrade: b\r\nUpgrade: c\r\n": {keepAlive: true, upgrade: "a/1, b, c"},
		v11 + "Connection: upgrade\r\n":                                             {keepAlive: true},
		v10 + "Connection: upgrade\r\nUpgrade: websocket\r\n":                       {},
	} {
		r := parse(t, head+"\r\n")
		got := facts{r.KeepAlive, r.ExpectContinue, r.AcceptsTrailers, string(r.Upgrade)}
		if got != want {
			t.Errorf("%q:\ngot  %+v\nwant %+v", head, got, want)
		}
	}
}

func TestParseDropsWhatEndsHere(t *testing.T) {
	for fields, want := range map[string]string{
		"Connection: x-a, keep-alive\r\nX-A: 1\r\nKeep-Alive: 2\r\nx-a: 3\r\nX-B: 4\r\n": "Host=a (Connection=x-a, keep-alive) (X-A=1) (Keep-Alive=2) (x-a=3) X-B=4",
		"X-A: 1\r\nX-B: 2\r\nConnection: X-B\r\nConnection: X-A\r\n":                     "Host=a (X-A=1) (X-B=2) (Connection=X-B) (Connection=X-A)",
		"Proxy: http://evil\r\nProxy-Authorization: a\r\nProxy-Connection: b\r\n":        "Host=a (Proxy=http://evil) (Proxy-Authorization=a) (Proxy-Connection=b)",
		"TE: gzip\r\nTrailer: X-User\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n":         "Host=a (TE=gzip) (Trailer=X-User) (Upgrade=h2c) (HTTP2-Settings=AAM)",
		"Proxy-Authenticate: a\r\nTransfer-Encoding: chunked\r\n":                        "Host=a (Proxy-Authenticate=a) (Transfer-Encoding=chunked)",
		"Connection: Transfer_X\r\nTransfer_X: 1\r\n":                                    "Host=a (Connection=Transfer_X) (Transfer_X=1)",
	} {
		if got := describe(parse(t, get(fields)).Fields); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", fields, got, want)
		}
	}
}

func TestUnderscorePolicies(t *testing.T) {
	const bad = "rejected"
	for _, c := range []struct {
		policy       Underscores
		alias, other string
	}{
		{UnderscoresRejectAliases, bad, "X_A=1"},
		{UnderscoresReject, bad, bad},
		{UnderscoresDrop, "(x_forwarded_for=1)", "(X_A=1)"},
		{UnderscoresAllow, "(x_forwarded_for=1)", "X_A=1"},
	} {
		for name, want := range map[string]string{"x_forwarded_for": c.alias, "X_A": c.other} {
			var r Request
			got := bad
			if rej := r.Parse([]byte(get(name+": 1\r\n")), "http", &Limits{Underscores: c.policy}); rej == nil {
				got = describe(r.Fields[1:])
			} else if rej != Rejected(UnderscoreInName) {
				t.Errorf("%s: %s: %v", c.policy, name, rej)
			}
			if got != want {
				t.Errorf("%s: %s: %s, want %s", c.policy, name, got, want)
			}
		}
	}
}

func TestLimitsAreExact(t *testing.T) {
	head := []byte("GET /abc HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n")
	at := Limits{HeaderBytes: len(head), Fields: 2, TargetBytes: 4}
	var r Request
	if rej := r.Parse(head, "http", &at); rej != nil {
		t.Errorf("at the limits: %v", rej)
	}
	for _, c := range []struct {
		name string
		lim  Limits
		want RejectReason
	}{
		{"one byte over", Limits{HeaderBytes: len(head) - 1, Fields: 2, TargetBytes: 4}, HeadTooLarge},
		{"one field over", Limits{HeaderBytes: len(head), Fields: 1, TargetBytes: 4}, TooManyFields},
		{"target one over", Limits{HeaderBytes: len(head), Fields: 2, TargetBytes: 3}, TargetTooLong},
		{"target and head over", Limits{HeaderBytes: 5, Fields: 2, TargetBytes: 3}, TargetTooLong},
	} {
		if rej := r.Parse(head, "http", &c.lim); rej != Rejected(c.want) {
			t.Errorf("%s: %v", c.name, rej)
		}
	}
}

func TestOverrunBlamesTheLineThatIsTooLong(t *testing.T) {
	lim := &Limits{TargetBytes: 10}
	for head, want := range map[string]RejectReason{
		"GET /aaaaaaaaaaaaaaaaaaaaaaaa":                        TargetTooLong,
		"GET / HTTP/1.1\r\nX: aaaaaaaaaaaaaaaaaaaa":            HeadTooLarge,
		"GET /" + strings.Repeat("a", 60) + " HTTP/1.1\r\nX: ": TargetTooLong,
	} {
		if rej := lim.Overrun([]byte(head)); rej != Rejected(want) {
			t.Errorf("%q: %v", head, rej)
		}
	}
}

func TestParseLeavesNothingOfTheLastRequest(t *testing.T) {
	conn := &ConnInfo{Listener: "l"}
	r := Request{Conn: conn}
	first := "POST http://a/%41?q HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nTE: trailers\r\nConnection: upgrade, close\r\nUpgrade: x\r\n\r\n"
	if rej := r.Parse([]byte(first), "https", nil); rej == nil {
		t.Fatal("accepted http over https")
	}
	if rej := r.Parse([]byte(first), "http", nil); rej != nil {
		t.Fatal(rej)
	}
	r.Prefetched = []byte("hello")
	if rej := r.Parse([]byte(get("")), "http", nil); rej != nil {
		t.Fatal(rej)
	}
	fresh := parse(t, get(""))
	fresh.Conn = conn
	r.scratch, fresh.scratch = nil, nil
	r.Fields, fresh.Fields = r.Fields[:1:1], fresh.Fields[:1:1]
	if !reflect.DeepEqual(&r, fresh) {
		t.Errorf("reused %+v\nfresh  %+v", r, *fresh)
	}
}

func TestRejectWordsAreDistinct(t *testing.T) {
	words := map[string]RejectReason{}
	for r := NotRejected; r < reasonCount; r++ {
		w := r.String()
		if w == "" || strings.ContainsAny(w, " -") || strings.ToLower(w) != w {
			t.Errorf("reason %d: word %q", r, w)
		}
		if other, ok := words[w]; ok {
			t.Errorf("%q is both %d and %d", w, other, r)
		}
		words[w] = r
		if rej := Rejected(r); rej.Reason != r || rej.Error() != w || r != NotRejected && (rej.Status < 400 || rej.Status > 505 || StatusText(rej.Status) == "") {
			t.Errorf("%s: %+v", w, *rej)
		}
		if rej := rejectResponse(r); rej.Reason != r || rej.Status != 502 {
			t.Errorf("%s of a response: %+v", w, *rej)
		}
	}
	if got := reasonCount.String(); got != "unknown" {
		t.Errorf("past the last: %q", got)
	}
}

func TestEnumsHaveWords(t *testing.T) {
	words := map[string]bool{}
	for _, s := range []fmt.Stringer{
		UnderscoresRejectAliases, UnderscoresReject, UnderscoresDrop, UnderscoresAllow,
		NoBody, Length, Chunked, UntilClose,
	} {
		if w := s.String(); w == "" || w == "unknown" || words[w] {
			t.Errorf("%#v: %q", s, w)
		} else {
			words[w] = true
		}
	}
	if Underscores(9).String() != "unknown" || Framing(9).String() != "unknown" {
		t.Error("a value outside the enumeration has a word")
	}
}

func TestHeadEndReadsEveryByteOnce(t *testing.T) {
	// A head that trickles in must not be scanned from its beginning each time:
	// the bytes before from are replaced and may not be looked at again, but
	// for the two that a line end may span.
	head := []byte(plainGet)
	for from := 3; from < len(head); from++ {
		b := append([]byte(nil), head...)
		for i := range b[:from-3] {
			b[i] = '\n'
		}
		if end, rej := HeadEnd(b, from); end != len(head) || rej != nil {
			t.Fatalf("from %d: %d, %v", from, end, rej)
		}
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	heads := map[string]string{
		"plain":         plainGet,
		"absolute":      "GET http://EXAMPLE.com?x HTTP/1.1\r\nHost: EXAMPLE.com\r\n\r\n",
		"encoded":       "GET /a/%62/../c HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
		"custom method": "PURGE / HTTP/1.1\r\nHost: a\r\n\r\n",
		"upgrade":       "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, x\r\nUpgrade: a\r\nUpgrade: b\r\n\r\n",
		"body":          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\nX_Y: z\r\n\r\n",
		"rejected":      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
	}
	for name, head := range heads {
		var r Request
		b := []byte(head)
		if n := testing.AllocsPerRun(100, func() {
			_, _ = HeadEnd(b, 0)
			_ = r.Parse(b, "http", nil)
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	var r Request
	head := []byte(plainGet)
	b.ReportAllocs()
	b.SetBytes(int64(len(head)))
	for b.Loop() {
		if rej := r.Parse(head, "http", nil); rej != nil {
			b.Fatal(rej)
		}
	}
}

func BenchmarkHeadEnd(b *testing.B) {
	head := []byte(plainGet)
	b.ReportAllocs()
	for b.Loop() {
		if n, rej := HeadEnd(head, 0); n != len(head) || rej != nil {
			b.Fatal(rej)
		}
	}
}
