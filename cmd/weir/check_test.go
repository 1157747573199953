package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const goodConfig = `listen: ["127.0.0.1:0"]
admin: { address: off }
pools:
  one: { backends: ["127.0.0.1:1", "127.0.0.1:2"] }
  two: { backends: ["127.0.0.1:3"] }
routes:
  - match: { prefix: /one }
    pool: one
  - match: { prefix: / }
    pool: two
`

func TestCheckAcceptsAGoodFile(t *testing.T) {
	path := configFile(t, goodConfig)
	for _, verb := range []string{"check", "validate"} {
		got := weir(t, "", verb, "-c", path)
		want := outcome{0, path + ": ok (1 listener, 2 pools, 3 backends, 2 routes)\n", ""}
		if got != want {
			t.Errorf("%s: %+v, want %+v", verb, got, want)
		}
	}
}

func TestCheckReadsStandardInput(t *testing.T) {
	got := weir(t, goodConfig, "check", "-c", "-")
	if want := (outcome{0, "-: ok (1 listener, 2 pools, 3 backends, 2 routes)\n", ""}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	got = weir(t, strings.Repeat("# too long\n", 1<<20/11+1), "check", "-c", "-")
	if got.status != statusConfig || !strings.HasPrefix(got.errors, "-: the file is larger than 1MiB") {
		t.Errorf("%+v", got)
	}
}

func TestCheckReportsAllProblemsWithTheirPlace(t *testing.T) {
	path := configFile(t, strings.NewReplacer(
		"backends: [\"127.0.0.1:3\"]", "backend: [\"127.0.0.1:3\"]",
		"pool: one", "pool: onne",
	).Replace(goodConfig))
	got := weir(t, "", "check", "-c", path)
	if got.status != statusConfig || got.out != "" {
		t.Errorf("status %d, output %q", got.status, got.out)
	}
	lines := strings.Split(strings.TrimSuffix(got.errors, "\n"), "\n")
	for _, want := range []struct{ place, message string }{
		{path + ":5:10: pools.two.backend: ", `did you mean "backends"?`},
		{path + ":8:11: routes[0].pool: ", `did you mean "one"?`},
	} {
		found := false
		for _, line := range lines {
			found = found || strings.HasPrefix(line, want.place) && strings.Contains(line, want.message)
		}
		if !found {
			t.Errorf("no line %s…%s in\n%s", want.place, want.message, got.errors)
		}
	}
}

func TestCheckLoadsTheFilesThatAreNamed(t *testing.T) {
	path := configFile(t, strings.Replace(goodConfig, `backends: ["127.0.0.1:3"]`, `backends: ["127.0.0.1:3"], tls: { ca: missing.pem }`, 1))
	got := weir(t, "", "check", "-c", path)
	if got.status != statusConfig || !strings.Contains(got.errors, "missing.pem") || !strings.HasPrefix(got.errors, path+":") {
		t.Errorf("%+v", got)
	}
}

func TestCheckWarnsOfRoutesThatNeverMatch(t *testing.T) {
	path := configFile(t, goodConfig+"  - match: { prefix: / }\n    pool: one\n")
	got := weir(t, "", "check", "-c", path)
	if got.status != 0 || !strings.HasPrefix(got.errors, path+":11:") || !strings.Contains(got.errors, ": warning: ") ||
		got.out != path+": ok (1 listener, 2 pools, 3 backends, 3 routes)\n" {
		t.Errorf("%+v", got)
	}
}

func TestCheckOfAFileThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.yaml")
	got := weir(t, "", "check", "-c", path)
	if want := (outcome{statusConfig, "", path + ": cannot be read: no such file or directory\n"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
