package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// command runs weir to its end.
func command(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const goodFile = `listen:
  - { address: "127.0.0.1:0" }
admin: { address: off }
pools:
  api: { backends: ["127.0.0.1:9"] }
routes:
  - { match: { prefix: / }, pool: api }
`

func TestCheckReportsEveryError(t *testing.T) {
	t.Parallel()
	path := file(t, "bad.yaml", `listen:
  - { address: "127.0.0.1:0", timeouts: { header: 10 } }
pools:
  api:
    backends: ["127.0.0.1:9"]
    timeouts: { conect: 2s }
routes:
  - { match: { prefix: / }, pool: app }
`)
	for _, verb := range []string{"check", "validate", "run"} {
		status, stdout, stderr := command(t, verb, "-c", path)
		if status != 78 {
			t.Errorf("%s: exit status %d, want 78", verb, status)
		}
		all := stdout + stderr
		for _, want := range []string{
			regexp.QuoteMeta(path) + `:2:\d+: .*timeouts.header`,
			regexp.QuoteMeta(path) + `:6:\d+: .*conect.*connect`,
			regexp.QuoteMeta(path) + `:8:\d+: .*app`,
		} {
			if !regexp.MustCompile(want).MatchString(all) {
				t.Errorf("%s does not say %s:\n%s", verb, want, all)
			}
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	rows := []struct{ name, text string }{
		{"unknown key", goodFile + "nonsense: 1\n"},
		{"duplicate key", goodFile + "pools: {}\n"},
		{"second document", goodFile + "---\n" + goodFile},
		{"not YAML", "listen: [\n"},
		{"not a mapping", "- 1\n"},
		{"over 1 MiB", goodFile + strings.Repeat("# padding of a file that is too long\n", 30_000)},
		{"no listener", strings.Replace(goodFile, "  - { address: \"127.0.0.1:0\" }\n", "", 1)},
		{"unset variable", strings.Replace(goodFile, "127.0.0.1:9", "${WEIR_TEST_UNSET_VARIABLE}", 1)},
		{"secret file that does not exist", goodFile + "  - { match: { path: /x }, respond: { status: 200, body: \"${file:/does/not/exist}\" } }\n"},
		{"admin for everyone", strings.Replace(goodFile, "address: off", `address: "0.0.0.0:9900"`, 1)},
	}
	for _, row := range rows {
		path := file(t, "bad.yaml", row.text)
		status, stdout, stderr := command(t, "check", "-c", path)
		if status != 78 || !strings.Contains(stdout+stderr, path) {
			t.Errorf("%s: exit status %d, %s%s", row.name, status, stdout, stderr)
		}
		if strings.Contains(stdout+stderr, "panic") {
			t.Errorf("%s: %s", row.name, stderr)
		}
	}
	if status, _, stderr := command(t, "check", "-c", filepath.Join(t.TempDir(), "none.yaml")); status == 0 || !strings.Contains(stderr, "none.yaml") {
		t.Errorf("file that does not exist: exit status %d, %s", status, stderr)
	}
}

func TestCheckSaysOK(t *testing.T) {
	t.Parallel()
	for _, path := range []string{file(t, "good.yaml", goodFile), "../config.example.yaml"} {
		status, stdout, stderr := command(t, "check", "-c", path)
		if status != 0 || !strings.Contains(stdout+stderr, "ok") {
			t.Errorf("%s: exit status %d, %s%s", path, status, stdout, stderr)
		}
	}
}

func TestCheckReportsRoutesThatCannotMatch(t *testing.T) {
	t.Parallel()
	path := file(t, "shadow.yaml", goodFile+"  - { match: { prefix: / }, pool: api }\n")
	status, stdout, stderr := command(t, "check", "-c", path)
	if status != 0 || !strings.Contains(stdout+stderr, path+":8:") {
		t.Errorf("exit status %d, %s%s", status, stdout, stderr)
	}
}

func TestVariablesAreExpanded(t *testing.T) {
	t.Parallel()
	path := file(t, "vars.yaml", strings.Replace(goodFile, "127.0.0.1:9", "${WEIR_TEST_UNSET_VARIABLE:-127.0.0.1:9}", 1))
	if status, stdout, stderr := command(t, "check", "-c", path); status != 0 {
		t.Errorf("exit status %d, %s%s", status, stdout, stderr)
	}
}

func TestVersionIsMachineReadable(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := command(t, "version", "--json")
	var v map[string]any
	if err := json.Unmarshal([]byte(stdout), &v); status != 0 || err != nil || v["version"] == "" || v["version"] == nil {
		t.Errorf("exit status %d, %v, %s%s", status, err, stdout, stderr)
	}
	if status, stdout, _ := command(t, "version"); status != 0 || !strings.HasPrefix(stdout, "weir ") {
		t.Errorf("exit status %d, %q", status, stdout)
	}
}

func TestUsageErrorsExitWith2(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"frobnicate"}, {"run", "--frobnicate"}, {"check", "--frobnicate"}, {"run", "-c"}} {
		if status, stdout, stderr := command(t, args...); status != 2 || stderr == "" {
			t.Errorf("%q: exit status %d, %q, %q", args, status, stdout, stderr)
		}
	}
}

func TestCompletionIsPrinted(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if status, stdout, _ := command(t, "completion", shell); status != 0 || !strings.Contains(stdout, "weir") {
			t.Errorf("%s: exit status %d, %d bytes", shell, status, len(stdout))
		}
	}
}

// TestAddressInUseExitsWith1: a good file that cannot be run is a runtime failure.
func TestAddressInUseExitsWith1(t *testing.T) {
	t.Parallel()
	w := start(t, setup{conf: "routes:\n  - { match: { prefix: / }, respond: { status: 200, body: hi } }\n"})
	path := file(t, "taken.yaml", strings.Replace(goodFile, "127.0.0.1:0", w.addr, 1))
	status, stdout, stderr := command(t, "run", "-c", path)
	if status != 1 || !strings.Contains(stderr, "address already in use") {
		t.Errorf("exit status %d, %s%s", status, stdout, stderr)
	}
	w.get(t, "/").expect(t, 200)
}
