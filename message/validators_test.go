package message

import (
	"strings"
	"testing"
)

func TestValidValue(t *testing.T) {
	for v, want := range map[string]bool{
		"": true, "a": true, "a b\tc": true, "caf\xc3\xa9 \x80": true, "abcdefgh\tijklmnop": true,
		" a": false, "a ": false, "\ta": false, "a\t": false, "a\rb": false, "a\nb": false, "a\x00": false, "abcdefghi\x7f": false, "\x1f": false,
	} {
		if ValidValue([]byte(v)) != want {
			t.Errorf("%q: %v", v, !want)
		}
	}
}

// TestFirstControl tries every byte at every place of a word.
func TestFirstControl(t *testing.T) {
	for c := range 256 {
		for at := range 19 {
			b := []byte(strings.Repeat("\xffa ", 7))[:20]
			b[at] = byte(c)
			want := len(b)
			if c < 0x20 || c == 0x7f {
				want = at
			}
			if got := firstControl(b, 0); got != want {
				t.Errorf("%#x at %d: %d", c, at, got)
			}
			if got := firstControl(b, at+1); got != len(b) {
				t.Errorf("behind %#x at %d: %d", c, at, got)
			}
		}
	}
}

// TestTargetBytes tries every byte at every place of a word.
func TestTargetBytes(t *testing.T) {
	for c := range 256 {
		want := c <= ' ' || c == '#' || c >= 0x7f
		for at := range 19 {
			b := []byte("/abc~!\"{}|^`<>\\%[]@:")
			b[at] = byte(c)
			if badTargetByte(b) != want {
				t.Errorf("%#x at %d: %v", c, at, !want)
			}
		}
	}
}

func TestIsToken(t *testing.T) {
	for c := range 256 {
		want := strings.ContainsRune("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", rune(c))
		if IsToken([]byte{'a', byte(c)}) != want {
			t.Errorf("%#x: %v", c, !want)
		}
	}
	if IsToken(nil) || KnownName(nil) != Other {
		t.Error("nothing is a token")
	}
}

func TestMethodsAreKeptAsSent(t *testing.T) {
	for _, m := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE", "get", "TRACER", "CONNECTS", "XRACE"} {
		if r := parse(t, m+" / HTTP/1.1\r\nHost: a\r\n\r\n"); r.Method != m {
			t.Errorf("%s became %s", m, r.Method)
		}
	}
}

func TestAppendField(t *testing.T) {
	if got := AppendField([]byte("x\r\n"), &Field{Name: []byte("A"), Value: []byte("b c")}); string(got) != "x\r\nA: b c\r\n" {
		t.Errorf("%q", got)
	}
}

func TestLongUnderscoredNamesAreJudgedByTheirBeginning(t *testing.T) {
	tail := strings.Repeat("_a", 60)
	if k := knownAlias([]byte("X_Forwarded" + tail)); k != XForwardedOther {
		t.Errorf("known as %d", k)
	}
	if k := knownAlias([]byte("Content_Length" + tail)); k != Other {
		t.Errorf("known as %d", k)
	}
}
