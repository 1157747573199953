package message

import (
	"net/netip"
	"strings"
	"testing"
)

func TestClientAddr(t *testing.T) {
	for _, c := range []struct {
		name, peer string
		lines      []string
		want       string
		trusted    bool
	}{
		{"a stranger", "192.0.2.7", []string{"1.1.1.1"}, "192.0.2.7", false},
		{"a trusted peer that says nothing", "10.1.2.3", nil, "10.1.2.3", true},
		{"one entry", "10.1.2.3", []string{"1.1.1.1"}, "1.1.1.1", true},
		{"the rightmost that is not trusted", "10.1.2.3", []string{"9.9.9.9, 1.1.1.1, 10.4.4.4"}, "1.1.1.1", true},
		{"over several lines", "10.1.2.3", []string{"9.9.9.9", "1.1.1.1, 10.4.4.4", "10.5.5.5"}, "1.1.1.1", true},
		{"all trusted", "10.1.2.3", []string{"10.4.4.4, 10.5.5.5"}, "10.4.4.4", true},
		{"a malformed entry ends the walk", "10.1.2.3", []string{"1.1.1.1, unknown, 10.5.5.5"}, "10.5.5.5", true},
		{"a malformed entry first", "10.1.2.3", []string{"1.1.1.1, 1.2.3"}, "10.1.2.3", true},
		{"empty entries", "10.1.2.3", []string{",1.1.1.1,, ,", ""}, "1.1.1.1", true},
		{"ports and brackets", "10.1.2.3", []string{"1.1.1.1:80, [2001:db8::2]:80,[2001:db8::3] ,10.4.4.4:1"}, "1.1.1.1", true},
		{"IPv6", "2001:db8::1", []string{"2001:db9::1"}, "2001:db9::1", true},
		{"IPv4 mapped into IPv6", "::ffff:10.1.2.3", []string{"1.1.1.1, ::ffff:10.4.4.4"}, "1.1.1.1", true},
		{"a mapped client", "10.1.2.3", []string{"::ffff:1.1.1.1"}, "1.1.1.1", true},
		{"a zone", "10.1.2.3", []string{"1.1.1.1, fe80::1%eth0"}, "10.1.2.3", true},
		{"a peer with a zone", "fe80::1%eth0", nil, "fe80::1", false},
		{"64 entries", "10.1.2.3", []string{"1.1.1.1" + strings.Repeat(",10.4.4.4", 63)}, "1.1.1.1", true},
		{"65 entries", "10.1.2.3", []string{"1.1.1.1" + strings.Repeat(",10.4.4.4", 64)}, "10.4.4.4", true},
		{"no peer address", "", []string{"1.1.1.1"}, "", false},
	} {
		var r Request
		for _, l := range c.lines {
			r.Fields = append(r.Fields, Field{Name: []byte("X-Forwarded-For"), Value: []byte(l), Known: XForwardedFor}, Field{Name: []byte("X"), Value: []byte("8.8.8.8")})
		}
		peer, _ := netip.ParseAddr(c.peer)
		want, _ := netip.ParseAddr(c.want)
		if got, trusted := ClientAddr(&r, peer, proxies); got != want || trusted != c.trusted {
			t.Errorf("%s: %v, %v, want %v, %v", c.name, got, trusted, want, c.trusted)
		}
	}
}

func TestParseNode(t *testing.T) {
	for s, want := range map[string]string{
		"1.2.3.4": "1.2.3.4", "1.2.3.4:0": "1.2.3.4", "::1": "::1", "[::1]": "::1", "[::1]:65535": "::1", "2001:db8::1:80": "2001:db8::1:80", "[::ffff:1.2.3.4]": "1.2.3.4",
		"1.2.3.4:": "", "1.2.3.4:65536": "", "1.2.3.4:a": "", "[1.2.3.4]": "", "[::1": "", "[::1]a": "", "::1]": "", "a": "", "_x": "", "1.2.3": "", "01.2.3.4": "", "1.2.3.4.5": "", "[]": "", ":80": "", `"1.2.3.4"`: "",
	} {
		addr, ok := parseNode([]byte(s))
		if got := addr.String(); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s, %v", s, got, ok)
		}
	}
}

// FuzzClientAddr compares with a slow reading of the joined list.
func FuzzClientAddr(f *testing.F) {
	for _, s := range []string{"1.1.1.1", "1.1.1.1, 10.0.0.1", "a\n10.0.0.1:80,[2001:db8::1]", "::ffff:10.0.0.1, ,", "fe80::1%a", strings.Repeat("10.0.0.1,", 70)} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, lines string, trusted bool) {
		var r Request
		for _, l := range strings.Split(lines, "\n") {
			r.Fields = append(r.Fields, Field{Value: []byte(l), Known: XForwardedFor})
		}
		peer := stranger
		if trusted {
			peer = friend
		}
		got, ok := ClientAddr(&r, peer, proxies)
		if ok != trusted || !ok && got != peer || !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Fatalf("%q: %v, %v", lines, got, ok)
		}
		if trusted && got != slowClient(lines) {
			t.Fatalf("%q: %v, read slowly %v", lines, got, slowClient(lines))
		}
	})
}

func slowClient(lines string) netip.Addr {
	entries := strings.Split(strings.ReplaceAll(lines, "\n", ","), ",")
	client := friend
	for n := 0; n < 64 && n < len(entries); n++ {
		s := strings.Trim(entries[len(entries)-1-n], " \t")
		if s == "" {
			continue
		}
		addr, err := netip.ParseAddr(s)
		if err != nil {
			port, perr := netip.ParseAddrPort(s)
			if addr = port.Addr(); perr != nil {
				inner, found := strings.CutPrefix(s, "[")
				inner, closed := strings.CutSuffix(inner, "]")
				if addr, err = netip.ParseAddr(inner); err != nil || !found || !closed || !addr.Is6() {
					return client
				}
			}
		}
		if strings.Contains(s, "%") {
			return client
		}
		client = addr.Unmap()
		if !proxies[0].Contains(client) && !proxies[1].Contains(client) {
			return client
		}
	}
	return client
}
