package cache

import (
	"slices"
	"strings"
	"testing"

	"github.com/weirproxy/weir/message"
)

func TestParseStringList(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
		ok   bool
	}{
		{"", nil, true},
		{"  ", nil, true},
		{`"a"`, []string{"a"}, true},
		{`"a", "b"`, []string{"a", "b"}, true},
		{"\"a\" \t,\t \"b\"  ", []string{"a", "b"}, true},
		{`"a";x;y="z", "b";q=1.5`, []string{"a", "b"}, true},
		{`"a\"b\\c"`, []string{`a"b\c`}, true},
		{`""`, []string{""}, true},
		{`"a",`, nil, false},
		{`,"a"`, nil, false},
		{`"a" "b"`, nil, false},
		{`"a`, nil, false},
		{`"a\x"`, nil, false},
		{"\"a\tb\"", nil, false},
		{`a, b`, nil, false},
		{`"a", 1`, nil, false},
		{`("a" "b")`, nil, false},
		{`'a'`, nil, false},
		{`"ä"`, nil, false},
	} {
		got, ok := parseStringList([]byte(c.in))
		if ok != c.ok || !slices.Equal(got, c.want) {
			t.Errorf("parseStringList(%q) = %q, %v; want %q, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestDictionary(t *testing.T) {
	for _, c := range []struct {
		in, want string
		ok       bool
	}{
		{"", "", true},
		{"a", "a ", true},
		{"a, b=2", "a b ", true},
		{"a=1, a=2", "a a ", true},
		{`a="x;y,z", b=?0, c=:YQ==:, d=@12, e=%"f%c3%bc", f=tok/en:x, g=(1 "2" x);p, h=-1.250`, "a b c d e f g h ", true},
		{"a;x=1;y, b", "a b ", true},
		{"*a, b_-.*", "*a b_-.* ", true},
		{"a=()", "a ", true},
		{"a=( 1  2 )", "a ", true},
		{"a=123456789012345", "a ", true},
		{"a=1234567890123456", "", false},
		{"a=123456789012.123", "a ", true},
		{"a=1234567890123.1", "", false},
		{"a=1.1234", "", false},
		{"a=1.", "", false},
		{"a=", "", false},
		{"a =1", "", false},
		{"a= 1", "", false},
		{"A=1", "", false},
		{"a,,b", "a ", false},
		{"a,", "a ", false},
		{"a b", "a ", false},
		{"a=(1", "", false},
		{"a=(1\t2)", "", false},
		{"a=?2", "", false},
		{"a=?", "", false},
		{"a=:Y Q:", "", false},
		{"a=:YQ", "", false},
		{"a=@1.5", "", false},
		{`a=%"%C3"`, "", false},
		{`a=%"%c`, "", false},
		{`a=%x`, "", false},
		{"a=-", "", false},
		{"a;", "", false},
		{"a;p=", "", false},
		{"a=1;p=&", "", false},
		{"a=(1;p=)", "", false},
		{"a=(1 &)", "", false},
		{"a=%\"\x01\"", "", false},
		{`a=%"a`, "", false},
		{"a; ", "", false},
		{"a;B", "", false},
		{"\ta", "", false},
		{"a\x00", "a ", false},
	} {
		var keys strings.Builder
		ok := eachMember([]byte(c.in), func(key []byte, _ sfItem) bool {
			keys.Write(key)
			keys.WriteByte(' ')
			return true
		})
		if ok != c.ok || keys.String() != c.want && c.ok {
			t.Errorf("eachMember(%q) = %v %q; want %v %q", c.in, ok, keys.String(), c.ok, c.want)
		}
	}
}

func TestDictionaryStops(t *testing.T) {
	n := 0
	if ok := eachMember([]byte("a, b, &"), func([]byte, sfItem) bool { n++; return n < 2 }); !ok || n != 2 {
		t.Errorf("%v after %d members", ok, n)
	}
}

func TestTokenBytes(t *testing.T) {
	for c := range 256 {
		if got := isTokenByte(byte(c)); got != message.IsToken([]byte{byte(c)}) {
			t.Errorf("%#x: %v", c, got)
		}
	}
}

func FuzzStructured(f *testing.F) {
	f.Add([]byte(`a="x\"y", b=?0;p=1, c=(1 2)`))
	f.Add([]byte(`"a", "b";c=:YQ==:`))
	f.Fuzz(func(t *testing.T, v []byte) {
		list, ok := parseStringList(v)
		if ok && len(list) > len(v) {
			t.Errorf("%d members of %d bytes", len(list), len(v))
		}
		members := 0
		if eachMember(v, func([]byte, sfItem) bool { members++; return true }) && members > len(v) {
			t.Errorf("%d members of %d bytes", members, len(v))
		}
	})
}
