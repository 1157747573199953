package message

import (
	"strings"
	"testing"
)

func TestNormalizePath(t *testing.T) {
	for _, c := range []struct {
		raw, want string
		odd       PathOddity
	}{
		{"/", "/", 0},
		{"/a/b", "/a/b", 0},
		{"/a/", "/a/", 0},
		{"/a.b/.c/..d/...", "/a.b/.c/..d/...", 0},
		{"/a/.", "/a/", 0},
		{"/a/./", "/a/", 0},
		{"/a/./b", "/a/b", 0},
		{"/a/..", "/", 0},
		{"/a/../", "/", 0},
		{"/a/b/..", "/a/", 0},
		{"/a/b/../c", "/a/c", 0},
		{"/a/b/../../c", "/c", 0},
		{"/a//b///c", "/a/b/c", 0},
		{"/a//", "/a/", 0},
		{"/a//../b", "/b", 0},
		{"/..", "/", AboveRoot},
		{"/../a", "/a", AboveRoot},
		{"/a/../../b", "/b", AboveRoot},
		{"/%2e%2E/a", "/a", AboveRoot},
		{"/a/%2e./b", "/b", 0},
		{"/a/%2e", "/a/", 0},
		{"/%61%7e%41", "/a~A", 0},
		{"/%25", "/%", 0},
		{"/%2525", "/%25", 0},
		{"/%3f%23", "/?#", 0},
		{"/caf%c3%A9", "/café", 0},
		{"/a%2fb", "/a%2Fb", EncodedSlash},
		{"/a/..%2Fb", "/a/..%2Fb", EncodedSlash},
		{"/a%5Cb", "/a%5Cb", EncodedBackslash},
		{`/a\b`, "/a%5Cb", EncodedBackslash},
		{`/..\a`, "/..%5Ca", EncodedBackslash},
		{"/a%00", "/a%00", EncodedNUL},
		{"/%2f%5c%00/../..", "/", EncodedSlash | EncodedBackslash | EncodedNUL | AboveRoot},
	} {
		if len(c.raw) < 2 || c.raw[1] != '/' {
			r := parse(t, "GET "+c.raw+" HTTP/1.1\r\nHost: a\r\n\r\n")
			if string(r.Path) != c.want || r.Odd != c.odd || string(r.Target) != c.raw {
				t.Errorf("%s: parsed to %s (%04b), want %s (%04b)", c.raw, r.Path, r.Odd, c.want, c.odd)
			}
		}
		got, odd, ok := NormalizePath([]byte("x"), []byte(c.raw))
		if string(got) != "x"+c.want || odd != c.odd || !ok {
			t.Errorf("%s: %s (%04b, %v), want %s (%04b)", c.raw, got, odd, ok, c.want, c.odd)
		}
	}
	for _, raw := range []string{"", "a", "/%", "/%1", "/%1g", "/%g1", "/a b", "/a?b", "/a#b", "/\x80"} {
		if got, _, ok := NormalizePath(nil, []byte(raw)); ok || len(got) > 0 {
			t.Errorf("%q passes", raw)
		}
	}
}

// slowPath is a second, independent reading of what Request.Path is: split at
// slashes first, then decode and judge each segment.
func slowPath(raw string) (path string, odd PathOddity, ok bool) {
	var done []string
	segments := strings.Split(raw, "/")[1:]
	slash := false // whether the path ends in one
	for _, s := range segments {
		text := ""
		for s != "" {
			n, piece := 1, s[:1]
			if piece == "%" {
				if len(s) < 3 || !strings.Contains(hexDigits, s[1:2]) || !strings.Contains(hexDigits, s[2:3]) {
					return "", 0, false
				}
				n, piece = 3, string([]byte{byte(strings.Index(hexDigits, strings.ToLower(s[1:2]))*16 + strings.Index(hexDigits, strings.ToLower(s[2:3])))})
			}
			s = s[n:]
			switch piece {
			case "/":
				odd |= EncodedSlash
				piece = "%2F"
			case "\\":
				odd |= EncodedBackslash
				piece = "%5C"
			case "\x00":
				odd |= EncodedNUL
				piece = "%00"
			}
			text += piece
		}
		slash = text == "" || text == "." || text == ".."
		switch {
		case text == "..":
			if len(done) == 0 {
				odd |= AboveRoot
			} else {
				done = done[:len(done)-1]
			}
		case !slash:
			done = append(done, text)
		}
	}
	path = "/" + strings.Join(done, "/")
	if slash && len(done) > 0 {
		path += "/"
	}
	return path, odd, true
}

const hexDigits = "0123456789abcdefABCDEF"

func FuzzPath(f *testing.F) {
	for _, s := range []string{"/", "/a/../b", "/%2e%2e/a//b/./", `/a\b%5c%2f%00`, "/a%", "/..;/a", "/a/%2e%2e%2f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if raw == "" || raw[0] != '/' || !allOf([]byte(raw), targetByte) || strings.Contains(raw, "?") {
			if _, _, ok := NormalizePath(nil, []byte(raw)); ok {
				t.Fatalf("%q passes", raw)
			}
			return
		}
		got, odd, ok := NormalizePath(nil, []byte(raw))
		want, wantOdd, wantOK := slowPath(raw)
		if ok != wantOK || ok && (string(got) != want || odd != wantOdd) {
			t.Fatalf("%q: %q %04b %v, read slowly %q %04b %v", raw, got, odd, ok, want, wantOdd, wantOK)
		}
		if !ok {
			return
		}
		for _, s := range strings.Split(string(got)[1:], "/") {
			if s == "." || s == ".." {
				t.Fatalf("%q: a dot segment in %q", raw, got)
			}
		}
		if got[0] != '/' || strings.Contains(string(got), "//") {
			t.Fatalf("%q: %q", raw, got)
		}
		// What a percent sign or a byte outside targets did not come back from
		// decoding is already normal.
		if !strings.Contains(string(got), "%") && allOf(got, targetByte) && !strings.Contains(string(got), "?") {
			again, odd, ok := NormalizePath(nil, got)
			if !ok || string(again) != string(got) || odd != 0 {
				t.Fatalf("%q: %q becomes %q (%v)", raw, got, again, ok)
			}
		}
		var r Request
		rej := r.Parse([]byte("GET "+raw+" HTTP/1.1\r\nHost: a\r\n\r\n"), "http", &Limits{HeaderBytes: 1 << 20, TargetBytes: 1 << 20})
		if doubled := strings.HasPrefix(raw, "//"); doubled != (rej != nil) {
			t.Fatalf("%q: %v", raw, rej)
		} else if !doubled && (string(r.Path) != string(got) || r.Odd != odd || string(r.Target) != raw) {
			t.Fatalf("%q: Parse reads %q %04b", raw, r.Path, r.Odd)
		}
	})
}
