package cache

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/weirproxy/weir/message"
)

// RFC 9110, section 12.5.5.
func TestVaryNames(t *testing.T) {
	var many []string
	for i := range maxVaryNames {
		many = append(many, fmt.Sprintf("x-%02d", i))
	}
	all := strings.Join(many, ",")
	for _, c := range []struct {
		lines []string
		want  string
		star  bool
	}{
		{[]string{"Content-Type: a"}, "", false},
		{[]string{"Vary: Accept-Encoding"}, "accept-encoding", false},
		{[]string{"vary: Foo ,\tBAR,,foo"}, "bar,foo", false},
		{[]string{"Vary: b", "X: y", "Vary: c, a", "Vary:"}, "a,b,c", false},
		{[]string{"Vary: *"}, "", true},
		{[]string{"Vary: a", "Vary: b, *"}, "", true},
		{[]string{"Vary: *a"}, "", true},
		{[]string{"Vary: a b"}, "", true},
		{[]string{"Vary: \"a\""}, "", true},
		{[]string{"Vary: X-Forwarded-For"}, "", true},
		{[]string{"Vary: x-request-id, a"}, "", true},
		{[]string{"Vary: Forwarded"}, "", true},
		{[]string{"Vary: X-Forwarded-Proto"}, "x-forwarded-proto", false},
		{[]string{"Vary: " + all}, all, false},
		{[]string{"Vary: " + all, "Vary: X-07, X-31"}, all, false},
		{[]string{"Vary: " + all + ", one-more"}, "", true},
	} {
		got, star := AppendVaryNames([]byte("kept"), fieldLines(c.lines...))
		if string(got) != "kept"+c.want || star != c.star {
			t.Errorf("%q: got %q %v, want %q %v", c.lines, got, star, c.want, c.star)
		}
	}
}

func request(lines ...string) *message.Request {
	return &message.Request{
		Method: "GET", Scheme: "http", Authority: []byte("example.com"), Target: []byte("/a/b?c"), Fields: fieldLines(lines...),
	}
}

// RFC 9111, section 4.1.
func TestVariant(t *testing.T) {
	for _, c := range []struct {
		vary string
		a, b []string
		same bool
	}{
		{"foo", []string{"Foo: 1"}, []string{"fOO: 1", "Bar: 2"}, true},
		{"foo", []string{"Foo: 1"}, []string{"Foo: 2"}, false},
		{"foo", []string{"Foo: 1"}, nil, false},
		{"foo", []string{"Foo:"}, nil, false},
		{"foo", nil, nil, true},
		{"foo", []string{"Foo: 1, 2"}, []string{"Foo: 1", "Foo: 2"}, true},
		{"foo", []string{"Foo: 1", "Foo: 2"}, []string{"Foo: 2", "Foo: 1"}, false},
		{"foo", []string{"Foo:", "Foo:"}, []string{"Foo:"}, false},
		{"foo", []string{"Foo: a"}, []string{"Foo: A"}, false},
		{"bar,foo", []string{"Foo: 1"}, []string{"Bar: 1"}, false},
		{"bar,foo", []string{"Bar: \x00", "Foo:"}, []string{"Bar:", "Foo: \x00"}, false},
		{"cookie", []string{"Cookie: a=1"}, []string{"Cookie: a=2"}, false},
		{"accept-encoding", []string{"Accept-Encoding: gzip, br"}, []string{"Accept-Encoding: BR,gzip"}, true},
		{"accept-encoding", []string{"Accept-Encoding: gzip;q=1.0, br ; Q=0.50"}, []string{"Accept-Encoding: br;q=0.5", "Accept-Encoding: x-gzip"}, true},
		{"accept-encoding", []string{"Accept-Encoding: gzip;q=0.5"}, []string{"Accept-Encoding: gzip"}, false},
		{"accept-encoding", []string{"Accept-Encoding: gzip;q=0"}, nil, false},
		{"accept-encoding", []string{"Accept-Encoding:"}, nil, false},
		{"accept-encoding", []string{"Accept-Encoding: gzip;q=2"}, []string{"Accept-Encoding: gzip; q=2"}, false},
		{"accept-language", []string{"Accept-Language: en;q=0.5, DE"}, []string{"Accept-Language: de,en;q=.5"}, false},
		{"accept-language", []string{"Accept-Language: en;q=0.5, DE"}, []string{"Accept-Language: de,en;q=0.500"}, true},
		{"accept-language", []string{"Accept-Language: en, de"}, []string{"Accept-Language: de, en"}, false},
	} {
		a := AppendVariant(nil, []byte(c.vary), request(c.a...))
		b := AppendVariant(nil, []byte(c.vary), request(c.b...))
		if bytes.Equal(a, b) != c.same {
			t.Errorf("Vary: %s, %q and %q: %q and %q", c.vary, c.a, c.b, a, b)
		}
	}
}

func TestVariantIgnoresWhatIsNotPassedOn(t *testing.T) {
	dropped := request("Foo: 1")
	dropped.Fields[0].Drop = true
	if !bytes.Equal(AppendVariant(nil, []byte("foo"), dropped), AppendVariant(nil, []byte("foo"), request())) {
		t.Error("a field that backends do not see chooses the variant")
	}
}

func TestPreferencesHaveALimit(t *testing.T) {
	list := func(n int, step int) string {
		var b strings.Builder
		b.WriteString("Accept-Encoding: ")
		for i := range n {
			fmt.Fprintf(&b, "c%d,", (i*step)%n)
		}
		return b.String()
	}
	names := []byte("accept-encoding")
	for n, same := range map[int]bool{maxPreferences: true, maxPreferences + 1: false} {
		a, b := AppendVariant(nil, names, request(list(n, 1))), AppendVariant(nil, names, request(list(n, n-1)))
		if bytes.Equal(a, b) != same {
			t.Errorf("%d codings in another order: same variant %v", n, !same)
		}
	}
}

func TestParseWeight(t *testing.T) {
	for v, want := range map[string]uint16{"0": 0, "1": 1000, "0.": 0, "1.": 1000, "0.5": 500, "0.05": 50, "0.123": 123, "1.000": 1000} {
		if got, ok := parseWeight([]byte(v)); got != want || !ok {
			t.Errorf("%s: got %d %v", v, got, ok)
		}
	}
	for _, v := range []string{"2", "1.001", "0.1234", "-1", "0,5", ".5", "01", "0.x", "1.5"} {
		if got, ok := parseWeight([]byte(v)); ok {
			t.Errorf("%s: got %d", v, got)
		}
	}
}

func FuzzVariant(f *testing.F) {
	f.Add("gzip, br;q=0.5", "br;q=0.5,gzip")
	f.Add("", "*;q=0")
	f.Fuzz(func(t *testing.T, a, b string) {
		names := []byte("accept-encoding,accept-language,foo")
		one, two := request(), request()
		for i, v := range []string{a, b} {
			r := []*message.Request{one, two}[i]
			for _, name := range []string{"Accept-Encoding", "Accept-Language", "Foo"} {
				r.Fields = append(r.Fields, message.Field{Name: []byte(name), Value: []byte(v), Known: message.KnownName([]byte(name))})
			}
		}
		if same := bytes.Equal(AppendVariant(nil, names, one), AppendVariant(nil, names, two)); same != (a == b) {
			t.Errorf("%q and %q: same variant %v", a, b, same)
		}
	})
}

func TestMatches(t *testing.T) {
	e := &Entry{Vary: []byte("accept-encoding,foo")}
	e.Variant = AppendVariant(nil, e.Vary, request("Accept-Encoding: gzip, br", "Foo: x"))
	req := request("accept-encoding: br,  gzip", "Foo: x")
	ok, scratch := e.Matches(req, nil)
	if !ok {
		t.Error("it does not match the same request")
	}
	if n := testing.AllocsPerRun(100, func() { ok, scratch = e.Matches(req, scratch) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if ok, _ = e.Matches(request("Accept-Encoding: gzip"), scratch); ok {
		t.Error("it matches another request")
	}
	if ok, _ = (&Entry{}).Matches(req, nil); !ok {
		t.Error("a response that does not vary does not match")
	}
	if ok, _ = (&Entry{Vary: []byte("*"), Variant: []byte{absent}}).Matches(request(), nil); ok {
		t.Error("a response that varies on everything matches")
	}
}
