package config

import (
	"strings"
	"testing"
)

// frame is a configuration in which one part is wrong.
const frame = `listen: ":8080"
pools:
  api: { backends: ["10.0.0.1:80"] }
routes:
  - { match: {}, pool: api }
`

func TestProblemsNamePlaceAndPath(t *testing.T) {
	rows := []struct{ name, text, want string }{
		{"unknown keys", frame + "admn: {}\nzzz: 1\n", `
f:6:1: admn: unknown key (did you mean "admin"?)
f:7:1: zzz: unknown key`},
		{"duplicate keys", frame + "admin: {}\nadmin:\n", `
f:7:1: admin: duplicate key: it stands on line 6 already`},
		{"duplicate key in a table", "listen: ':1'\npools:\n  a: { backends: 'x:1' }\n  a: {}\nroutes:\n  - { match: {}, pool: a }\n", `
f:4:3: pools.a: duplicate key: it stands on line 3 already`},
		{"keys that are missing", "pools: { a: {} }\nroutes: [{}]\nlisten: [{ name: x }]\n", `
f:1:13: pools.a: needs the key backends
f:2:10: routes[0]: needs the key match
f:2:10: routes[0]: needs an action: pool, redirect, redirect_https or respond
f:3:10: listen[0]: needs the key address`},
		{"top-level keys that are missing", "admin: {}\n", `
f:1:1: needs the key listen
f:1:1: needs the key routes`},
		{"no value", "listen:\nroutes: ~\npools: null\n", `
f:1:8: listen: has no value: needs an address, or a mapping, or a list of such
f:2:9: routes: has no value: needs a list of routes
f:3:8: pools: has no value: needs a mapping from names to pools`},
		{"wrong forms", "listen: [[':1']]\nroutes: 5\npools: [a]\nadmin: x\ndrain: []\nlog: { access: [], level: {} }\n", `
f:1:10: listen[0]: needs an address, or a mapping, not a list
f:2:9: routes: needs a list of routes, not "5"
f:3:8: pools: needs a mapping from names to pools, not a list
f:4:8: admin: needs a mapping, not "x"
f:5:8: drain: needs a mapping, not a list
f:6:16: log.access: needs stdout, stderr, off or a file, or a mapping, not a list
f:6:27: log.level: needs debug, info, warn or error, not a mapping`},
		{"root is no mapping", "- 1\n", `
f:1:1: needs a mapping, not a list`},
		{"units", frame + `drain: { delay: 5, timeout: "5 s" }
`, `
f:6:17: drain.delay: "5": needs a unit, such as 5s
f:6:29: drain.timeout: "5 s": has to be a duration, such as 300ms, 5s or 1m30s`},
		{"quoted numbers and words", frame + `log: { level: INFO, format: jsn }
`, `
f:6:15: log.level: "INFO": has to be debug, info, warn or error
f:6:29: log.format: "jsn": has to be text or json (did you mean "json"?)`},
		{"second document", frame + "---\n" + frame, `
f:6:1: a second YAML document begins here: a file holds one configuration`},
		{"second document is broken", frame + "---\n}", `
f:7:1: not YAML: did not find expected node content`},
		{"aliases, anchors, tags and merge keys", "listen: &a ':1'\nadmin: *a\nlog: !!map {}\nroutes:\n  - { match: {}, respond: 404, <<: *a }\n", `
f:1:9: listen: anchors (&a) are not supported
f:2:8: admin: aliases (*a) are not supported: write the value out
f:3:6: log: tags (!!map) are not supported
f:5:32: routes[0]: merge keys (<<) are not supported: write the keys out`},
		{"keys that are no text", frame + "? [a]\n: 1\n? { b: c }\n: 1\n", `
f:6:3: a key has to be plain text
f:8:3: a key has to be plain text`},
		{"empty list", strings.Replace(frame, "match: {}", "match: { host: [] }", 1), `
f:5:22: routes[0].match.host: the list is empty: leave the key out, or write at least one element`},
		{"long values and control characters are not shown as they are", frame + "log: { level: \"" + strings.Repeat("x", 100) + "\", format: \"a\\e[31m\" }\n\"\\e[31m\": 1\n", `
f:6:15: log.level: "` + strings.Repeat("x", 64) + `"...: has to be debug, info, warn or error
f:6:127: log.format: "a\x1b[31m": has to be text or json
f:7:1: "\x1b[31m": unknown key`},
	}
	for _, row := range rows {
		want := strings.TrimPrefix(row.want, "\n")
		if got := rejected(t, row.text); got != want {
			t.Errorf("%s:\ngot\n%s\nwant\n%s", row.name, got, want)
		}
	}
}

func TestSyntaxErrorsHaveALine(t *testing.T) {
	rows := []struct{ text, want string }{
		{"", "f: the file is empty: a configuration needs listen and routes"},
		{"# only a comment\n", "f: the file is empty: a configuration needs listen and routes"},
		{"\ufeff", "f: the file is empty: a configuration needs listen and routes"},
		{"---\n", "f:2:1: has no value: needs a mapping"},
		{"a: 1\nb: [1,\n", "f:3:1: not YAML: did not find expected node content"},
		{"a: 1\nb:\n  - c\n d", "f:4:1: not YAML: did not find expected key"},
		{"a: \"\\q\"", "f:1:1: not YAML: found unknown escape character"},
		{"a: b: c", "f:1:1: not YAML: mapping values are not allowed in this context"},
		{"a: *b", "f:1:1: not YAML: unknown anchor 'b' referenced"},
		{"%YAML 9.9\n---\na: 1\n", "f:1:1: not YAML: found incompatible YAML document"},
		{"a: 1\nb: \xff\n", "f:2:4: the file is not UTF-8 text"},
		{"\xff\xfea\x00", "f:1:1: the file is not UTF-8 text"},
		{"a: 1\nb: é\x07\n", "f:2:5: control character U+0007"},
		{"a: \ufeff\n", "f:1:4: control character U+FEFF"},
	}
	for _, row := range rows {
		if got := rejected(t, row.text); got != row.want {
			t.Errorf("%q:\ngot  %s\nwant %s", row.text, got, row.want)
		}
	}
}

func TestHostileYAMLIsRefused(t *testing.T) {
	bomb := "a: &a [x, x]\n"
	for c := 'b'; c < 'z'; c++ {
		bomb += string(c) + ": &" + string(c) + " [*" + string(c-1) + ", *" + string(c-1) + "]\n"
	}
	rows := map[string]string{
		"aliases that grow":                 bomb,
		"alias of itself":                   "a: &a [*a]\n",
		"unhashable key under a merge":      "<<: { [a]: b }\n? { a: b }\n: c\n",
		"merge of a list of aliases":        "a: &a { b: c }\n<<: [*a, *a, { [x]: y }]\n",
		"deep lists":                        strings.Repeat("[", 9000),
		"deeper lists":                      strings.Repeat("[", maxFileBytes),
		"deep mappings":                     strings.Repeat("{a: ", maxFileBytes/4),
		"deep blocks":                       strings.Repeat("- ", maxFileBytes/2),
		"complex keys":                      strings.Repeat("? ", 9000),
		"one long line of tags":             strings.Repeat("!!a ", maxFileBytes/4),
		"many documents":                    strings.Repeat("---\n", maxFileBytes/4),
		"many duplicate keys":               strings.Repeat("a: 1\n", maxFileBytes/5),
		"many aliases":                      "a: &a 1\n" + strings.Repeat("b: *a\n", maxFileBytes/7),
		"binary tag that is no base64":      "listen: !!binary \"%\"\n",
		"timestamp as a key":                "2001-01-01: x\n",
		"null key":                          "~: x\n",
		"carriage returns":                  strings.Repeat("\r", maxFileBytes),
		"a scalar longer than any may be":   frame + "log: { access: " + strings.Repeat("x", maxTextBytes+1) + " }\n",
		"directive without a document":      "%TAG ! tag:x,2000:\n",
		"tag that is not declared":          "a: !x!y z\n",
		"unknown escape in a key":           "\"\\xzz\": 1\n",
		"document end marks":                strings.Repeat("...\n", 1000),
		"block scalar with a bad indicator": "a: |99\n x\n",
	}
	for name, text := range rows {
		if got := rejected(t, text); got == "" || strings.Contains(got, "BUG") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestProblemsAreCutWhereNobodyReads(t *testing.T) {
	text := func(n int) string { return frame + strings.Repeat("a: 1\n", n) }
	at := strings.Split(rejected(t, text(maxProblems)), "\n")
	if len(at) != maxProblems || !strings.HasPrefix(at[len(at)-1], "f:1005:1: a: duplicate key") {
		t.Errorf("at the limit: %d lines, the last %q", len(at), at[len(at)-1])
	}
	over := strings.Split(rejected(t, text(maxProblems+2)), "\n")
	if len(over) != maxProblems+1 || over[len(over)-1] != "f: and 2 more problems" {
		t.Errorf("past the limit: %d lines, the last %q", len(over), over[len(over)-1])
	}
}
