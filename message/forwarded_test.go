package message

import (
	"regexp"
	"strings"
	"testing"
)

func TestValidForwarded(t *testing.T) {
	for _, v := range []string{
		"for=1.2.3.4", "For=1.2.3.4;Proto=https;By=10.0.0.1;Host=a.example", `for="1.2.3.4:80"`, `for="[2001:db8::1]"`, `for="[2001:db8::1]:4711"`,
		"for=unknown", "for=_hidden", `for="_hidden:80"`, "for=1.2.3.4,for=5.6.7.8", "for=1.2.3.4 \t, \tfor=5.6.7.8;proto=http", `secret="a b;c,d"`, "x=1;y=2",
		"for=1.2.3.4" + strings.Repeat(",for=1.2.3.4", 63), "a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1",
	} {
		if !ValidForwarded([]byte(v)) {
			t.Errorf("%s does not pass", v)
		}
	}
	for _, v := range []string{
		"", "for", "for=", "=a", "for=1.2.3.4;", ";for=1.2.3.4", "for=1.2.3.4,", ",for=1.2.3.4", "for=1.2.3.4;;proto=http", "for=1.2.3.4; proto=http", "for =1.2.3.4", "for= 1.2.3.4",
		"for=1.2.3.4 for=5.6.7.8", "for=1.2.3.4;FOR=5.6.7.8", "for=a", "for=1.2.3.4:80", "for=2001:db8::1", `for="2001:db8::1"`, "for=[::1]", `for="[::1"`, `for="1.2.3.4`, `for="1.2.3.4:"`, `for="1.2.3.4:65536"`,
		`for=""`, `for="a\"b"`, "for=_", "for=\"_a b\"", "host=\"a b\"", "host=\"\"", "host=\"u@a\"", "proto=\"\"", "proto=\"a b\"", "x=\"\x01\"", "x=\"\x80\"", "x=\x80", "for=1.2.3.4\x00",
		"for=1.2.3.4" + strings.Repeat(",for=1.2.3.4", 64), "a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1;i=1",
	} {
		if ValidForwarded([]byte(v)) {
			t.Errorf("%q passes", v)
		}
	}
}

// forwardedGrammar is the grammar of RFC 7239, section 4, as weir narrows it: no
// escapes, no empty elements.
var forwardedGrammar = func() *regexp.Regexp {
	const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
	const pair = token + `=(?:` + token + `|"[\t !#-\[\]-~]*")`
	const element = pair + `(?:[ \t]*;` + pair + `)*`
	return regexp.MustCompile(`^` + element + `(?:[ \t]*,[ \t]*` + element + `)*[ \t]*$`)
}()

// FuzzForwarded holds what passes to the grammar, and to being unchanged in
// meaning by another element behind it.
func FuzzForwarded(f *testing.F) {
	for _, s := range []string{"for=1.2.3.4", `for="[2001:db8::1]:80";host="a:80";proto=https, for=_x`, `a="b\"c"`, "for=unknown;by=_y , for=1.1.1.1", "for=1.2.3.4;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ok := ValidForwarded([]byte(s))
		if ok && !forwardedGrammar.MatchString(s) {
			t.Fatalf("%q passes", s)
		}
		if strings.Count(s, ",") < maxForwardedFor-1 {
			if more := ValidForwarded([]byte(s + ", for=10.1.2.3;host=a;proto=http")); more != ok {
				t.Fatalf("%q: %v, with another element %v", s, ok, more)
			}
		}
		// Every pair with a name that has no rules of its own passes when the grammar does.
		if !ok && forwardedGrammar.MatchString(s) && !strings.ContainsAny(s, ",;") {
			name, _, _ := strings.Cut(strings.ToLower(s), "=")
			if name != "for" && name != "by" && name != "host" && name != "proto" {
				t.Fatalf("%q does not pass", s)
			}
		}
	})
}
