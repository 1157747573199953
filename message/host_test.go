package message

import (
	"strings"
	"testing"
)

func TestValidHost(t *testing.T) {
	label := strings.Repeat("a", 63)
	for _, good := range []string{
		"a", "A.B", "a.", "a-b_c.d", "127.0.0.1", "1", "a:0", "a:65535", "a.:80", "[::]", "[::1]:1", "[2001:DB8:0:0:0:0:0:1]", "[::ffff:1.2.3.4]",
		label + "." + label + "." + label + "." + label[:61],
	} {
		if !ValidHost([]byte(good)) {
			t.Errorf("%q does not pass", good)
		}
	}
	for _, bad := range []string{
		"", ".", "..", ".a", "a..b", "a..", ":80", "a:", "a:65536", "a:-1", "a: 1", "a:1a", "a:000080", "a@b", "a/b", "a?b", "a#b", "a%41", "a b", "a,b",
		"a\x00", "a\x7f", "caf\xc3\xa9", "~a", "a!b", "a(b)", "a;b", "[", "[]", "[::1", "::1", "[::1]a", "[::1]:", "[::1]]", "[1.2.3.4]", "[fe80::1%eth0]", "[::1%25a]", "[v1.x]", "[::g]", "[::1] ",
		label + "." + label + "." + label + "." + label[:62],
	} {
		if ValidHost([]byte(bad)) {
			t.Errorf("%q passes", bad)
		}
	}
}
