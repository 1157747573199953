package proxy

import (
	"testing"

	"github.com/weirproxy/weir/config"
)

// What the gate decoded once is encoded once where the path is rewritten: an
// encoded percent sign must not become an encoded slash, which the route may
// not allow.
func TestRewritingDoesNotDecodeTwice(t *testing.T) {
	pattern := newPattern("/f/{rest...}")
	rewrites := map[string]rewrite{
		"strip":   newRewrite(&config.Rewrite{StripPrefix: "/f"}, nil),
		"pattern": newRewrite(&config.Rewrite{Path: "/{rest}"}, pattern),
	}
	for raw, want := range map[string]string{
		"/f/..%252F..%252fetc": "/..%252F..%252fetc",
		"/f/a%255C%2500":       "/a%255C%2500",
		"/f/a%2Fb":             "/a%2Fb",
		"/f/a%5cb%00":          "/a%5Cb%00",
		"/f/%25%41":            "/%25A",
	} {
		for name, rw := range rewrites {
			req := ask(t, &recorder{}, "GET "+raw+" HTTP/1.1\r\nHost: a\r\n\r\n")
			x := &exchange{req: req}
			pattern.match(req.Path, &x.found.captures)
			got := string(rw.target(x))
			if got != want {
				t.Errorf("%s of %s: got %s, want %s", name, raw, got, want)
			}
		}
	}
}
