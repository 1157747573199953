package cache

import (
	"math"
	"strings"
	"testing"
)

// RFC 9211, section 2.
func TestReport(t *testing.T) {
	for _, c := range []struct {
		name string
		r    Report
		want string
	}{
		{"nothing of a route that does not cache", Report{FwdStatus: 200}, ""},
		{"hit", Report{Status: Hit, TTL: 59, HasTTL: true}, "weir; hit; ttl=59"},
		{"stale hit", Report{Status: Hit, TTL: -3, HasTTL: true, Detail: WhileRevalidate}, "weir; hit; ttl=-3; detail=stale-while-revalidate"},
		{"a hit was not forwarded", Report{Status: Hit, FwdStatus: 304, Stored: true, Collapsed: true}, "weir; hit"},
		{"miss", Report{Status: URIMiss, FwdStatus: 200, Stored: true}, "weir; fwd=uri-miss; fwd-status=200; stored"},
		{"variant", Report{Status: VaryMiss, FwdStatus: 404}, "weir; fwd=vary-miss; fwd-status=404"},
		{"validated", Report{Status: Stale, FwdStatus: 304, TTL: 60, HasTTL: true, Stored: true, Detail: Expired}, "weir; fwd=stale; fwd-status=304; ttl=60; stored; detail=expired"},
		{"joined", Report{Status: URIMiss, Collapsed: true}, "weir; fwd=uri-miss; collapsed"},
		{"bypass", Report{Status: Bypass, Detail: HasBody}, "weir; fwd=bypass; detail=request-body"},
		{"method", Report{Status: Method, FwdStatus: 201}, "weir; fwd=method; fwd-status=201"},
		{"request", Report{Status: Request, Detail: RequestNoCache}, "weir; fwd=request; detail=request-no-cache"},
		{"integers are of 15 digits", Report{Status: Hit, TTL: math.MaxInt64, HasTTL: true}, "weir; hit; ttl=999999999999999"},
		{"and below", Report{Status: Hit, TTL: math.MinInt64, HasTTL: true}, "weir; hit; ttl=-999999999999999"},
		{"no key", Report{Status: Hit, Key: []byte("\xffa\"\\\x00")}, `weir; hit; key="%FFa\"\\%00"`},
	} {
		if got := string(c.r.Append(nil)); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestReportShowsKey(t *testing.T) {
	spec := KeySpec{Route: "r", Sort: true, Fields: []string{"accept-language", "x-none"}, Cookies: []string{"lang"}, Device: true, Claims: []string{"sub", "aud"}}
	in := KeyInput{
		Scheme: "https", Authority: []byte("Example.com"), Target: []byte("/a?b=\"1"),
		Fields: fieldLines("Accept-Language: de", "accept-language: fr", "Cookie: lang=x; b=2", "User-Agent: Mobile iPhone"),
		Claims: [][]byte{[]byte("ann"), nil},
	}
	r := Report{Status: Hit, Key: spec.Append(nil, &in)}
	const want = `weir; hit; key="https://example.com/a?b=\"1 accept-language=de,fr x-none cookie:lang=x device=mobile claim:sub=ann claim:aud"`
	if got := string(r.Append(nil)); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	for n := range r.Key {
		cut := Report{Status: Hit, Key: r.Key[:n]}
		cut.Append(nil) // what is cut short does no harm
	}
	in.Target = []byte("/" + strings.Repeat("a", 1000))
	r.Key = spec.Append(nil, &in)
	if got := len(r.Append(nil)) - len(`weir; hit; key=""`); got > maxShownKey || got < maxShownKey-2 {
		t.Errorf("%d bytes of a long key are shown", got)
	}
}

func TestReportDoesNotAllocate(t *testing.T) {
	spec := KeySpec{Cookies: []string{"a"}}
	r := &Report{Status: Stale, Detail: Expired, TTL: -5, HasTTL: true, FwdStatus: 200, Stored: true, Collapsed: true,
		Key: spec.Append(nil, &KeyInput{Scheme: "http", Authority: []byte("h"), Target: []byte("/")})}
	buf := make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() { buf = r.Append(buf[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
