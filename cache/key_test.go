package cache

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weirproxy/weir/message"
)

func keyOf(s *KeySpec, target string, lines ...string) string {
	return string(s.Append(nil, &KeyInput{
		Scheme: "https", Authority: []byte("example.com"), Target: []byte(target), Fields: fieldLines(lines...),
	}))
}

func TestKeyURL(t *testing.T) {
	for _, s := range []KeySpec{
		{Route: "files"},
		{Route: "files", Ignore: []string{"x"}, Fields: []string{"a"}, Cookies: []string{"b"}, Device: true, Claims: []string{"c"}},
	} {
		key := s.Append([]byte("before")[6:], &KeyInput{Scheme: "http", Authority: []byte("EXAMPLE.com:81"), Target: []byte("/A?x=1&b")})
		target := "/A?x=1&b"
		if len(s.Ignore) > 0 {
			target = "/A?b"
		}
		r, scheme, a, tg, ok := KeyURL(key)
		if got := fmt.Sprintf("%s %s %s %s %v", r, scheme, a, tg, ok); got != "files http example.com:81 "+target+" true" {
			t.Errorf("got %s", got)
		}
		if s.URLOnly() != (len(s.Fields) == 0) {
			t.Errorf("%v: URLOnly %v", s, s.URLOnly())
		}
	}
	for _, key := range []string{"", "\x01", "\x00\x00\x00", "\x01a\x01b\x01c\x09d", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a"} {
		if _, _, _, _, ok := KeyURL([]byte(key)); ok {
			t.Errorf("%q is a key", key)
		}
	}
}

// What may differ between requests that share a key, and what may not.
func TestKeySame(t *testing.T) {
	for _, c := range []struct {
		name string
		spec KeySpec
		a, b string // target, then field lines, separated by |
		same bool
	}{
		{"the target counts byte by byte", KeySpec{}, "/a%20b", "/a%20B", false},
		{"escapes are not decoded", KeySpec{}, "/a", "/%61", false},
		{"so does the query", KeySpec{}, "/?a=1&b=2", "/?b=2&a=1", false},
		{"an empty query is one", KeySpec{}, "/", "/?", false},
		{"fields do not count", KeySpec{}, "/|Accept: a|Cookie: b=1", "/", true},

		{"sorted", KeySpec{Sort: true}, "/?b=2&a=1", "/?a=1&b=2", true},
		{"sorted by name only", KeySpec{Sort: true}, "/?a=1&a=2", "/?a=2&a=1", false},
		{"or what may be the name", KeySpec{Sort: true}, "/?a=1&%61=2", "/?%61=2&a=1", false},
		{"or be read as an array", KeySpec{Sort: true}, "/?a[]=1&a[5]=2", "/?a[5]=2&a[]=1", false},
		{"not where semicolons may divide", KeySpec{Sort: true}, "/?b=1;a=2&a=1", "/?a=1&b=1;a=2", false},
		{"nor with malformed escapes", KeySpec{Sort: true}, "/?b%=1&a=1", "/?a=1&b%=1", false},
		{"paths are not sorted", KeySpec{Sort: true}, "/b&a", "/a&b", false},
		{"empty parameters", KeySpec{Sort: true}, "/?&a=1&&", "/?a=1", true},

		{"ignored", KeySpec{Ignore: []string{"utm_*", "x"}}, "/?utm_source=a&b=1&x&x=2&utm_", "/?b=1", true},
		{"all ignored", KeySpec{Ignore: []string{"*"}}, "/?a=1", "/", true},
		{"not ignored", KeySpec{Ignore: []string{"utm_*", "x"}}, "/?xy=1", "/", false},
		{"case counts", KeySpec{Ignore: []string{"x"}}, "/?X=1", "/", false},
		{"a parameter behind a semicolon", KeySpec{Ignore: []string{"x"}}, "/?x=1;b=2", "/", false},
		{"a second question mark is in the value", KeySpec{Ignore: []string{"x"}}, "/?b=1?x=2", "/?b=1?x=3", false},

		{"allowed", KeySpec{Allow: []string{"page", "f_*"}}, "/?page=1&other=2", "/?page=1", true},
		{"which counts", KeySpec{Allow: []string{"page"}}, "/?page=1", "/?page=2", false},
		{"by prefix", KeySpec{Allow: []string{"f_*"}}, "/?f_x=1", "/", false},
		{"not by prefix without a star", KeySpec{Allow: []string{"f_"}}, "/?f_x=1", "/", true},
		{"in disguise: escaped", KeySpec{Allow: []string{"page"}}, "/?p%61ge=1", "/", false},
		{"in disguise: case", KeySpec{Allow: []string{"page"}}, "/?PAGE=1", "/", false},
		{"in disguise: array", KeySpec{Allow: []string{"page"}}, "/?page[]=1", "/", false},
		{"in disguise: escaped bracket", KeySpec{Allow: []string{"page"}}, "/?page%5B]=1", "/", false},
		{"in disguise: leading space", KeySpec{Allow: []string{"page"}}, "/?+%20page=1", "/", false},
		{"in disguise: dots for underscores", KeySpec{Allow: []string{"a_b"}}, "/?a.b=1", "/", false},
		{"in disguise: semicolon", KeySpec{Allow: []string{"page"}}, "/?z=1;page=2", "/", false},
		{"in disguise: NUL", KeySpec{Allow: []string{"page"}}, "/?page%00x=1", "/", false},
		{"in disguise: malformed", KeySpec{Allow: []string{"page"}}, "/?pag%e=1", "/", false},
		{"ignored though allowed", KeySpec{Allow: []string{"page"}, Ignore: []string{"page"}}, "/?page=1", "/", true},

		{"field", KeySpec{Fields: []string{"accept"}}, "/|Accept: a|X: 1", "/|accept: a", true},
		{"field's value", KeySpec{Fields: []string{"accept"}}, "/|Accept: a", "/|Accept: b", false},
		{"field absent", KeySpec{Fields: []string{"accept"}}, "/|Accept:", "/", false},
		{"field's lines", KeySpec{Fields: []string{"x-a"}}, "/|X-A: a|X-A: b", "/|X-A: ab", false},
		{"values change places", KeySpec{Fields: []string{"x-a", "x-b"}}, "/|X-A: 1", "/|X-B: 1", false},
		{"cookie", KeySpec{Cookies: []string{"lang"}}, "/|Cookie: a=1; lang=de", "/|Cookie:  lang=de;b=3", true},
		{"cookie's value", KeySpec{Cookies: []string{"lang"}}, "/|Cookie: lang=de", "/|Cookie: lang=fr", false},
		{"cookies have case", KeySpec{Cookies: []string{"lang"}}, "/|Cookie: LANG=de", "/", true},
		{"cookie absent", KeySpec{Cookies: []string{"lang"}}, "/|Cookie: lang=", "/|Cookie: a=b", false},
		{"cookie without value", KeySpec{Cookies: []string{"lang"}}, "/|Cookie: lang", "/|Cookie: lang=", false},
		{"cookie on another line", KeySpec{Cookies: []string{"lang"}}, "/|Cookie: a=b|Cookie: lang=x", "/|Cookie: a=b; lang=x", true},
		{"cookie twice", KeySpec{Cookies: []string{"lang"}}, "/|Cookie: lang=x; lang=y", "/|Cookie: lang=y; lang=x", false},
		{"device", KeySpec{Device: true}, "/|User-Agent: X (iPhone) 1", "/|User-Agent: Y Mobile", true},
		{"another device", KeySpec{Device: true}, "/|User-Agent: X (iPhone) 1", "/", false},
	} {
		a, b := strings.Split(c.a, "|"), strings.Split(c.b, "|")
		one, two := keyOf(&c.spec, a[0], a[1:]...), keyOf(&c.spec, b[0], b[1:]...)
		if (one == two) != c.same {
			t.Errorf("%s: %q and %q", c.name, one, two)
		}
	}
}

func TestKeyAuthority(t *testing.T) {
	s := &KeySpec{Route: "r"}
	key := func(scheme, authority, target string) string {
		return string(s.Append(nil, &KeyInput{Scheme: scheme, Authority: []byte(authority), Target: []byte(target)}))
	}
	base := key("http", "example.com", "/")
	if key("http", "Example.COM", "/") != base {
		t.Error("the case of the authority counts")
	}
	for _, other := range []string{key("https", "example.com", "/"), key("http", "example.com.", "/"), key("http", "example.com:80", "/"), key("http", "example.co", "m/")} {
		if other == base {
			t.Errorf("%q is another URL", other)
		}
	}
}

func TestKeyClaims(t *testing.T) {
	s := &KeySpec{Claims: []string{"sub", "aud"}}
	key := func(claims ...[]byte) string { return string(s.Append(nil, &KeyInput{Claims: claims})) }
	keys := []string{
		key(), key(nil, []byte("a")), key([]byte("a")), key([]byte("a"), []byte("a")), key([]byte("")), key([]byte("a"), []byte("")),
	}
	slices.Sort(keys)
	if len(slices.Compact(keys)) != 6 {
		t.Errorf("%q: some are equal", keys)
	}
	if key(nil, nil) != key() {
		t.Error("claims that are not there differ")
	}
}

// After a reload that changes how keys are made, none equals one from before.
func TestKeysOfOtherSpecsDiffer(t *testing.T) {
	specs := []KeySpec{
		{}, {Sort: true}, {Allow: []string{"a"}}, {Ignore: []string{"a"}}, {Ignore: []string{"a", "b"}}, {Ignore: []string{"ab"}},
		{Allow: []string{"a"}, Sort: true}, {Fields: []string{"a"}}, {Fields: []string{"b"}}, {Cookies: []string{"a"}},
		{Claims: []string{"a"}}, {Device: true}, {Fields: []string{"a", "b"}}, {Route: "r"},
	}
	var keys []string
	for i := range specs {
		keys = append(keys, keyOf(&specs[i], "/x"))
	}
	slices.Sort(keys)
	if len(slices.Compact(keys)) != len(specs) {
		t.Errorf("%q: some are equal", keys)
	}
}

func TestKeySortsUpToALimit(t *testing.T) {
	s := &KeySpec{Sort: true}
	target := func(n, step int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "&p%d", i*step%n)
		}
		return "/?" + b.String()[1:]
	}
	for n, same := range map[int]bool{maxSorted: true, maxSorted + 1: false} {
		if (keyOf(s, target(n, 1)) == keyOf(s, target(n, n-1))) != same {
			t.Errorf("%d parameters: sorted %v", n, !same)
		}
	}
	long := strings.Repeat("n", maxParamName)
	if keyOf(s, "/?"+long+"&a") != keyOf(s, "/?a&"+long) || keyOf(s, "/?n"+long+"&a") == keyOf(s, "/?a&n"+long) {
		t.Errorf("names are not sorted up to %d bytes", maxParamName)
	}
}

func TestDevices(t *testing.T) {
	for agent, want := range map[string]Device{
		"": Desktop,
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                          Desktop,
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148":          Mobile,
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36":                            Mobile,
		"Mozilla/5.0 (Linux; Android 15; SM-X700) AppleWebKit/537.36 Chrome/140.0 Safari/537.36":                          Tablet,
		"Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Mobile/15E1": Tablet,
	} {
		if got := DeviceOf(fieldLines("User-Agent: " + agent)); got != want {
			t.Errorf("%s: %s", agent, got)
		}
	}
}

func TestUnkeyed(t *testing.T) {
	s := &KeySpec{Fields: []string{"x-original-url"}}
	var got []string
	for _, n := range s.Unkeyed() {
		got = append(got, strings.ToLower(string(n)))
	}
	for _, n := range []string{"x-forwarded-host", "x-rewrite-url", "x-http-method-override", "forwarded", "x-forwarded-prefix"} {
		if !slices.Contains(got, n) {
			t.Errorf("%s is missing", n)
		}
	}
	for _, n := range []string{"x-original-url", "x-forwarded-for", "host"} {
		if slices.Contains(got, n) {
			t.Errorf("%s is among them", n)
		}
	}
}

// Equal keys mean equal inputs, and the other way round.
func FuzzKey(f *testing.F) {
	f.Add("a.example", "/x?y", "v1", "c=1", "a.example", "/x?y", "v2", "c=1")
	f.Add("a", "/\x01b", "", "", "a", "/", "\x01b", "")
	s := &KeySpec{Route: "r", Fields: []string{"x-a", "x-b"}, Cookies: []string{"c"}, Claims: []string{"sub"}}
	f.Fuzz(func(t *testing.T, hostA, targetA, fieldA, restA, hostB, targetB, fieldB, restB string) {
		in := func(host, target, field, rest string) *KeyInput {
			return &KeyInput{
				Scheme: "http", Authority: []byte(host), Target: []byte(target), Claims: [][]byte{[]byte(rest)},
				Fields: []message.Field{{Name: []byte("X-A"), Value: []byte(field)}, {Name: []byte("X-B"), Value: []byte(rest)}},
			}
		}
		a, b := s.Append(nil, in(hostA, targetA, fieldA, restA)), s.Append(nil, in(hostB, targetB, fieldB, restB))
		same := sameFold(hostA, hostB) && targetA == targetB && fieldA == fieldB && restA == restB
		if bytes.Equal(a, b) != same {
			t.Errorf("%q and %q", a, b)
		}
		if _, _, _, target, ok := KeyURL(a); !ok || string(target) != targetA {
			t.Errorf("the target in %q is %q", a, target)
		}
	})
}

// Editing the query leaves in what is neither ignored nor beyond what is allowed,
// and never more than was there.
func FuzzKeyQuery(f *testing.F) {
	f.Add("/?a=1&b=2&utm_x=3")
	f.Add("/?%61=1;b&&+a[%5B]=%")
	s := &KeySpec{Sort: true, Ignore: []string{"utm_*"}}
	f.Fuzz(func(t *testing.T, target string) {
		path, query, _ := strings.Cut(target, "?")
		_, _, _, got, ok := KeyURL([]byte(keyOf(s, target)))
		gotPath, gotQuery, _ := strings.Cut(string(got), "?")
		if !ok || gotPath != path {
			t.Fatalf("%q became %q", target, got)
		}
		var want []string
		for _, p := range strings.Split(query, "&") {
			if name, _, _ := strings.Cut(p, "="); p != "" && (!strings.HasPrefix(name, "utm_") || strings.Contains(p, ";")) {
				want = append(want, p)
			}
		}
		left := strings.Split(gotQuery, "&")
		if gotQuery == "" {
			left = nil
		}
		slices.Sort(want)
		slices.Sort(left)
		if !slices.Equal(want, left) {
			t.Errorf("%q: got %q, want %q", query, left, want)
		}
	})
}

func TestKeyDoesNotAllocate(t *testing.T) {
	s := &KeySpec{
		Route: "r", Fields: []string{"accept-language", "x-some-quite-long-name-of-a-field-that-counts"}, Cookies: []string{"lang"},
		Device: true, Claims: []string{"sub"},
	}
	in := &KeyInput{
		Scheme: "https", Authority: []byte("Example.com"), Target: []byte("/a/b?c=d&e=f"),
		Fields: fieldLines("Accept-Language: de", "Cookie: a=b; lang=de", "User-Agent: Mozilla/5.0 (Android) Mobile"),
		Claims: [][]byte{[]byte("ann")},
	}
	dst := make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() { dst = s.Append(dst[:0], in) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	s.Sort, s.Allow = true, []string{"c", "e"}
	if n := testing.AllocsPerRun(100, func() { dst = s.Append(dst[:0], in) }); n != 0 {
		t.Errorf("%v allocations with query options", n)
	}
}
