package message

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

var (
	proxies  = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	stranger = netip.MustParseAddr("192.0.2.7")
	friend   = netip.MustParseAddr("10.1.2.3")
)

const (
	ownParent    = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	clientParent = "00-11111111111111111111111111111111-2222222222222222-01"
)

// someBody is a Body that is never read.
type someBody struct{}

func (someBody) Read([]byte) (int, error) { return 0, io.EOF }

// send serializes a request from peer with ids that a test can know.
func send(t testing.TB, head string, peer netip.Addr, change func(*Request, *Outbound)) string {
	t.Helper()
	req := parse(t, head)
	var o Outbound
	o.Begin(req, peer, proxies)
	o.Identify(req)
	if &o.RequestID[0] == &o.requestID[0] {
		o.RequestID = []byte("ID")
	}
	if !o.KeepTrace {
		o.Traceparent = []byte(ownParent)
	}
	if change != nil {
		change(req, &o)
	}
	return string(AppendRequestHead(nil, req, &o))
}

// own is what weir says of a request from the stranger for host a.
const own = "X-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: http\nX-Forwarded-Host: a\nVia: 1.1 weir\nX-Request-Id: ID\ntraceparent: " + ownParent + "\n\n"

func TestAppendRequestHead(t *testing.T) {
	stream := func(r *Request, _ *Outbound) { r.Body = someBody{} }
	for _, c := range []struct {
		name, head string
		change     func(*Request, *Outbound)
		want       string
	}{
		{"fields in order, hop-by-hop gone",
			"GET /x?y HTTP/1.1\r\nb: 1\r\nHost: a\r\nA: 2\r\nConnection: c, keep-alive\r\nC: 3\r\nKeep-Alive: 5\r\nB: 4\r\nProxy: p\r\nUpgrade: h2c\r\n\r\n", nil,
			"GET /x?y HTTP/1.1\nHost: a\nb: 1\nA: 2\nB: 4\n" + own},
		{"empty POST", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", nil, "POST / HTTP/1.1\nHost: a\nContent-Length: 0\n" + own},
		{"empty PURGE", "PURGE / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", nil, "PURGE / HTTP/1.1\nHost: a\n" + own},
		{"a length", "PUT / HTTP/1.1\r\nHost: a\r\ncontent-length: 005\r\n\r\n", stream, "PUT / HTTP/1.1\nHost: a\nContent-Length: 5\n" + own},
		{"a length and nothing read yet", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", nil, "GET / HTTP/1.1\nHost: a\nContent-Length: 5\n" + own},
		{"chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nTrailer: x\r\n\r\n", stream, "POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n" + own},
		{"chunked and all there", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
			func(r *Request, _ *Outbound) { r.Prefetched = []byte("hello") }, "POST / HTTP/1.1\nHost: a\nContent-Length: 5\n" + own},
		{"an expectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", stream, "POST / HTTP/1.1\nHost: a\nContent-Length: 5\nExpect: 100-continue\n" + own},
		{"an expectation already met", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
			func(r *Request, _ *Outbound) { r.Prefetched = []byte("hello") }, "POST / HTTP/1.1\nHost: a\nContent-Length: 5\n" + own},
		{"trailers welcome", "GET / HTTP/1.1\r\nHost: a\r\nTE: gzip, trailers\r\nConnection: TE\r\n\r\n", nil, "GET / HTTP/1.1\nHost: a\nConnection: TE\nTE: trailers\n" + own},
		{"an upgrade", "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nUpgrade: websocket\r\nConnection: Upgrade, TE\r\nSec-WebSocket-Key: k\r\n\r\n",
			func(r *Request, o *Outbound) { o.Upgrade = r.Upgrade },
			"GET / HTTP/1.1\nHost: a\nSec-WebSocket-Key: k\nConnection: Upgrade\nUpgrade: websocket\n" + own},
		{"an upgrade the route does not take", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", nil, "GET / HTTP/1.1\nHost: a\n" + own},
		{"absolute form", "GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n", nil, "GET /x HTTP/1.1\nHost: a\n" + own},
		{"another host, target and method", "GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
			func(_ *Request, o *Outbound) { o.Host, o.Target, o.Method = []byte("b:80"), []byte("/y"), "HEAD" },
			"HEAD /y HTTP/1.1\nHost: b:80\n" + own},
		{"a target from decoded parts", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
			func(_ *Request, o *Outbound) { o.Target = []byte("/a b\r\nX: y#\xff\x00%41") },
			"GET /a%20b%0D%0AX:%20y%23%FF%00%41 HTTP/1.1\nHost: a\n" + own},
		{"set, added and removed", "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx_a: 2\r\nX-B: 3\r\nX-C: 4\r\nx_c: 5\r\nX-D: 6\r\n\r\n",
			func(_ *Request, o *Outbound) {
				o.Set = []Field{{Name: []byte("X-A"), Value: []byte("s")}}
				o.Add = []Field{{Name: []byte("X-B"), Value: []byte(" t ")}, {Name: []byte("X-E"), Value: nil}}
				o.Remove = [][]byte{[]byte("x-c"), []byte("x-none")}
			}, "GET / HTTP/1.1\nHost: a\nX-B: 3\nX-D: 6\nX-A: s\nX-B: t\nX-E: \n" + own},
		{"control bytes in a value that was set", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
			func(_ *Request, o *Outbound) {
				o.Set = []Field{{Name: []byte("X-A"), Value: []byte("a\r\nX: b\x00\t\x7f\xff")}}
			},
			"GET / HTTP/1.1\nHost: a\nX-A: a%0D%0AX: b%00\t%7F\xff\n" + own},
		{"what a route may not set", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
			func(_ *Request, o *Outbound) {
				for _, n := range []string{"Host", "Content-Length", "transfer_encoding", "Connection", "Upgrade", "Expect", "a b", ""} {
					f := Field{Name: []byte(n), Value: []byte("1")}
					o.Set, o.Add = append(o.Set, f), append(o.Add, f)
				}
				o.Remove = [][]byte{[]byte("host"), nil}
			}, "GET / HTTP/1.1\nHost: a\n" + own},
		{"weir's own, set or removed by the route", "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: gopher\r\n\r\n",
			func(_ *Request, o *Outbound) {
				o.Set = []Field{{Name: []byte("X-Forwarded-Proto"), Value: []byte("https")}}
				for _, n := range []string{"x-forwarded-for", "via", "x-request-id", "traceparent", "x-forwarded-host", "forwarded"} {
					o.Remove = append(o.Remove, []byte(n))
				}
				o.Forwarded = true
			}, "GET / HTTP/1.1\nHost: a\nX-Forwarded-Proto: https\n\n"},
		{"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", nil,
			"GET / HTTP/1.1\nHost: \n" + strings.Replace(strings.Replace(own, "X-Forwarded-Host: a\n", "", 1), "1.1 weir", "1.0 weir", 1)},
		{"nothing of a zero Outbound", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", func(_ *Request, o *Outbound) {
			*o = Outbound{identified: true, RequestID: []byte("ID"), Traceparent: []byte(ownParent)}
		},
			"GET / HTTP/1.1\nHost: a\nX-Forwarded-For: unknown\nX-Forwarded-Proto: http\nX-Forwarded-Host: a\nVia: 1.1 weir\nX-Request-Id: ID\ntraceparent: " + ownParent + "\n\n"},
	} {
		got := strings.ReplaceAll(send(t, c.head, stranger, c.change), "\r\n", "\n")
		if got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}

// claims are what a client may say about itself.
const claims = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2, 10.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b:81\r\n" +
	"X-Forwarded-Port: 81\r\nX-Forwarded-Prefix: /p\r\nX-Real-IP: 1.1.1.1\r\nForwarded: for=1.1.1.1;proto=https\r\nVia: 1.1 x\r\nX-Request-Id: client-id\r\ntraceparent: " +
	clientParent + "\r\ntracestate: v=1\r\nX: y\r\n\r\n"

func TestForwardingFieldsOfAStrangerAreReplaced(t *testing.T) {
	const want = "GET / HTTP/1.1\nHost: a\nX: y\n" + own
	if got := strings.ReplaceAll(send(t, claims, stranger, nil), "\r\n", "\n"); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestForwardingFieldsOfATrustedPeerAreKept(t *testing.T) {
	const want = "GET / HTTP/1.1\nHost: a\nX-Forwarded-Port: 81\nX-Forwarded-Prefix: /p\nX-Real-IP: 1.1.1.1\nX: y\n" +
		"X-Forwarded-For: 1.1.1.1, 2.2.2.2, 10.9.9.9, 10.1.2.3\nX-Forwarded-Proto: https\nX-Forwarded-Host: b:81\n" +
		"Forwarded: for=1.1.1.1;proto=https, for=10.1.2.3;host=a;proto=http\nVia: 1.1 x, 1.1 weir\nX-Request-Id: client-id\ntraceparent: " + clientParent + "\ntracestate: v=1\n\n"
	if got := strings.ReplaceAll(send(t, claims, friend, nil), "\r\n", "\n"); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestInvalidClaimsOfATrustedPeerAreReplaced(t *testing.T) {
	const want = "GET / HTTP/1.1\nHost: a\nX-Forwarded-For: 10.1.2.3\nX-Forwarded-Proto: http\nX-Forwarded-Host: a\nVia: 1.1 weir\nX-Request-Id: ID\ntraceparent: " + ownParent + "\n\n"
	for _, fields := range []string{
		"X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: b c\r\nForwarded: for=\r\nX-Request-Id: a b\r\ntraceparent: x\r\ntracestate: v\r\n",
		"X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\nX-Forwarded-Host: c\r\nX-Request-Id: 1\r\nX-Request-Id: 2\r\n" +
			"traceparent: " + clientParent + "\r\ntraceparent: " + clientParent + "\r\nForwarded: for=1.1.1.1\r\nForwarded: ;\r\n",
		"X-Forwarded-For:\r\nX-Forwarded-Proto: https, http\r\nX-Forwarded-Host:\r\nX-Request-Id:\r\nVia:\r\ntracestate: v\r\n",
	} {
		if got := strings.ReplaceAll(send(t, get(fields), friend, nil), "\r\n", "\n"); got != want {
			t.Errorf("%q:\ngot  %q\nwant %q", fields, got, want)
		}
	}
}

func TestForwardedOnRequest(t *testing.T) {
	ask := func(_ *Request, o *Outbound) { o.Forwarded = true }
	for _, c := range []struct {
		peer       string
		head, want string
	}{
		{"192.0.2.7", get("Forwarded: for=9.9.9.9\r\n"), "for=192.0.2.7;host=a;proto=http"},
		{"::ffff:192.0.2.7", get(""), "for=192.0.2.7;host=a;proto=http"},
		{"2001:db9::1%eth0", "GET / HTTP/1.1\r\nHost: a:80\r\n\r\n", `for="[2001:db9::1]";host="a:80";proto=http`},
		{"10.1.1.1", get("Forwarded: for=9.9.9.9\r\nForwarded: for=unknown\r\n"), "for=9.9.9.9, for=unknown, for=10.1.1.1;host=a;proto=http"},
		{"", "GET / HTTP/1.0\r\n\r\n", "for=unknown;proto=http"},
	} {
		peer, _ := netip.ParseAddr(c.peer)
		got := send(t, c.head, peer, ask)
		if !strings.Contains(got, "\r\nForwarded: "+c.want+"\r\n") || strings.Count(got, "\r\nForwarded:") != 1 {
			t.Errorf("%s: no %q in %q", c.peer, c.want, got)
		}
	}
}

func TestViaHops(t *testing.T) {
	for via, want := range map[string]int{
		"1.1 x":                                 0,
		"1.1 weir":                              1,
		"1.0 fred, 1.1 Weir (v1), HTTP/2\tWEIR": 2,
		"1.1 weird, 1.1 weir:80, weir, 1.1  weir": 1,
		strings.Repeat("1.1 weir,", 10):           10,
		strings.Repeat("1.1 weir,", 500):          MaxViaHops + 1,
	} {
		req := parse(t, get("Via: "+via+"\r\nVia: 1.1 y\r\n"))
		if got := ViaHops(req); got != want {
			t.Errorf("%.40q: %d, want %d", via, got, want)
		}
	}
	got := send(t, get("Via: 1.1 evil, 1.1 weir\r\n"), stranger, nil)
	if !strings.Contains(got, "\r\nVia: 1.1 weir, 1.1 weir\r\n") {
		t.Errorf("hops of weir are not counted on: %q", got)
	}
}

func TestBeginMakesIDs(t *testing.T) {
	req := parse(t, claims)
	seen := map[string]bool{}
	for range 100 {
		var o Outbound
		o.Begin(req, stranger, nil)
		o.Identify(req)
		if len(o.RequestID) != 32 || !lowerHex(o.RequestID) || !ValidTraceparent(o.Traceparent) || o.KeepTrace || seen[string(o.RequestID)] || seen[string(o.Traceparent)] {
			t.Fatalf("%s, %s", o.RequestID, o.Traceparent)
		}
		seen[string(o.RequestID)], seen[string(o.Traceparent)] = true, true
	}
	if id := NewID(); id == NewID() {
		t.Errorf("%x twice", id)
	}
}

func TestValidTraceparent(t *testing.T) {
	for _, v := range []string{clientParent, "01" + clientParent[2:], "01" + clientParent[2:] + "-more"} {
		if !ValidTraceparent([]byte(v)) {
			t.Errorf("%s does not pass", v)
		}
	}
	for _, v := range []string{"", clientParent[:54], clientParent + "-", clientParent + "0", "ff" + clientParent[2:], "01" + clientParent[2:] + "x",
		strings.ToUpper(ownParent), strings.Replace(clientParent, strings.Repeat("1", 32), strings.Repeat("0", 32), 1),
		strings.Replace(clientParent, strings.Repeat("2", 16), strings.Repeat("0", 16), 1), strings.Replace(clientParent, "-", "_", 1), clientParent[:53] + "0g"} {
		if ValidTraceparent([]byte(v)) {
			t.Errorf("%s passes", v)
		}
	}
}

func TestValidRequestID(t *testing.T) {
	long := strings.Repeat("a", 128)
	for v, want := range map[string]bool{"a": true, "3e1c-9f:A/b+c=_.~@": true, long: true, long + "a": false, "": false, "a b": false, "a\"": false, "a,b": false, "\xe9": false, "{}": false} {
		if ValidRequestID([]byte(v)) != want {
			t.Errorf("%q: %v", v, !want)
		}
	}
}

// TestOutboundIsOneRequest holds every request of the corpus that passes to
// reaching a backend as one that net/http reads with the same meaning.
func TestOutboundIsOneRequest(t *testing.T) {
	for _, c := range readCorpus(t) {
		var r Request
		if _, rej := readAll(c.raw, &r); rej != nil {
			continue
		}
		if r.ContentLength != 0 {
			r.Body = someBody{}
		}
		for _, peer := range []netip.Addr{stranger, friend} {
			var o Outbound
			o.Begin(&r, peer, proxies)
			out := AppendRequestHead(nil, &r, &o)
			if end, rej := HeadEnd(out, 0); end != len(out) || rej != nil {
				t.Fatalf("%s: %q ends at %d: %v", c.name, out, end, rej)
			}
			req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(out)))
			if err != nil || req.Method != r.Method || req.ContentLength != r.ContentLength || req.Host != string(r.Authority) || req.RequestURI != string(r.Target) {
				t.Errorf("%s: %q: %v", c.name, out, err)
			}
		}
	}
}

func TestAppendRequestHeadDoesNotAllocate(t *testing.T) {
	for name, head := range map[string]string{"plain": plainGet, "claims": claims} {
		for _, peer := range []netip.Addr{stranger, friend} {
			req := parse(t, head)
			var o Outbound
			buf := make([]byte, 0, 4096)
			remove := [][]byte{[]byte("x-a")}
			if n := testing.AllocsPerRun(100, func() {
				o.Begin(req, peer, proxies)
				o.Forwarded, o.Remove = true, remove
				buf = AppendRequestHead(buf[:0], req, &o)
			}); n != 0 {
				t.Errorf("%s from %s: %v allocations", name, peer, n)
			}
		}
	}
}

func BenchmarkOutbound(b *testing.B) {
	req := parse(b, plainGet)
	var o Outbound
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		o.Begin(req, stranger, proxies)
		buf = AppendRequestHead(buf[:0], req, &o)
	}
}
