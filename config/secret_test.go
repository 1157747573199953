package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
)

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const (
	secretText = "hunter2{x(" // no regular expression, no known placeholder, no address
	secretHalf = "hunter2"
)

// TestNoKeyShowsASecret puts a secret file under every key that takes a scalar:
// whatever becomes of it, the secret is in no message and in no dump.
func TestNoKeyShowsASecret(t *testing.T) {
	tried, accepted := 0, 0
	for _, e := range reference() {
		if !e.scalar {
			continue
		}
		for _, secret := range []string{secretText, secretHalf, "\x01" + secretHalf, "{hst}" + secretHalf} {
			tried++
			c, err := outside(nil, map[string]string{"/s": secret}).Parse("f", []byte(nested(e.path, `"${file:/s}"`)))
			if strings.Contains(fmt.Sprint(err), secretHalf) {
				t.Errorf("%s: %v", e.path, err)
			}
			if err == nil {
				accepted++
				hides(t, c)
			}
		}
	}
	if tried < 200 || accepted < 25 {
		t.Errorf("tried %d keys, %d accepted: the test does not reach them", tried, accepted)
	}
}

// nested builds a file that has text as the value at path, with as little else
// as a valid file needs.
func nested(path, text string) string {
	top, _, _ := strings.Cut(path, ".")
	top = strings.TrimSuffix(top, "[]")
	for _, part := range reverse(strings.Split(path, ".")) {
		name, isList := strings.CutSuffix(part, "[]")
		if isList {
			text = "[" + text + "]"
		}
		text = "{ " + missing(path, name) + strings.ReplaceAll(name, "NAME", "a") + ": " + text + " }"
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}")
	if top != "listen" {
		text += ", listen: [':1']"
	}
	if top != "routes" {
		text += ", routes: [{ match: {}, respond: 404 }]"
	}
	return "{" + text + ", pools: { b: { backends: 'x:1' } } }"
}

// missing is what has to stand beside the key name on the way to path.
func missing(path, name string) string {
	switch {
	case !strings.HasPrefix(path, "routes") || strings.Count(path, ".") == 0:
		return ""
	case name == "match":
		return "respond: 404, "
	case name == "respond" || name == "redirect":
		return "match: {}, "
	case name == "headers" && !strings.Contains(path, "match"), name == "rewrite", name == "upgrade", name == "cache":
		return "match: {}, pool: b, "
	}
	return ""
}

func reverse(parts []string) []string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[len(parts)-1-i] = p
	}
	return out
}

func hides(t *testing.T, c *Config) {
	t.Helper()
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "routes", c.Routes)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c, "routes", c.Routes)
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	all := log.String() + string(asJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		all += fmt.Sprintf(verb, c) + fmt.Sprintf(verb, *c) + fmt.Sprintf(verb, c.Routes)
		for i := range c.Routes {
			r := &c.Routes[i]
			all += fmt.Sprintf(verb+verb, r.Respond, r.Match.Fields)
		}
	}
	for _, form := range []string{secretHalf, fmt.Sprintf("%x", secretHalf)} {
		if at := strings.Index(all, form); at >= 0 {
			t.Errorf("shown: ...%s", all[max(0, at-60):min(len(all), at+60)])
		}
	}
}

func TestSecretsReachTheirField(t *testing.T) {
	s := outside(map[string]string{"TOKEN": "env-token"}, map[string]string{"/s": "file-token\n"})
	c, err := s.Parse("f", []byte(`
listen: ":1"
pools: { a: { backends: "x:1" } }
routes:
  - match: { headers: { X-Key: "${file:/s}", X-Other: { matches: "^${file:/s}$" } } }
    pool: a
    headers: { request: { set: { Authorization: "Bearer ${TOKEN}", X-Plain: open } } }
`))
	if err != nil {
		t.Fatal(err)
	}
	r := &c.Routes[0]
	if got := *r.Match.Fields[0].Equals + " " + r.Match.Fields[1].Matches + " " + r.RequestFields.Set[0].Value; got != "file-token ^file-token$ Bearer env-token" {
		t.Errorf("values: %s", got)
	}
	if got, want := fmt.Sprintf("%+v", r.RequestFields.Set), "[{Name:Authorization Value:[redacted] Secret:true} {Name:X-Plain Value:open Secret:false}]"; got != want {
		t.Errorf("shown as %s, want %s", got, want)
	}
}
