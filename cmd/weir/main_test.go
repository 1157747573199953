package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// commandVariable makes the test binary be weir itself.
const commandVariable = "WEIR_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(commandVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

// weirCommand is weir as a process of its own, not started yet.
func weirCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), commandVariable+"=1")
	return cmd
}

// outcome is what is left of a command that ended.
type outcome struct {
	status      int
	out, errors string
}

// weir runs a command to its end.
func weir(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	cmd := weirCommand(t, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// configFile writes a configuration file for the test.
func configFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "weir.yaml")
	write(t, path, text)
	return path
}

func TestUsage(t *testing.T) {
	good := configFile(t, goodConfig)
	for _, c := range []struct {
		args   string
		status int
		errors string // the first line
	}{
		{"", statusUsage, "Usage:"},
		{"nothing", statusUsage, `weir: unknown command "nothing" for "weir"`},
		{"completion", statusUsage, "Usage:"},
		{"completion csh", statusUsage, `weir: unknown command "csh" for "weir completion"`},
		{"run", statusUsage, `weir: required flag(s) "config" not set`},
		{"check", statusUsage, `weir: required flag(s) "config" not set`},
		{"run -c", statusUsage, "weir: flag needs an argument: 'c' in -c"},
		{"run --config=", statusUsage, "weir: flag --config is empty: it names the configuration file"},
		{"run --colour", statusUsage, "weir: unknown flag: --colour"},
		{"check -c " + good + " more", statusUsage, `weir: unknown command "more" for "weir check"`},
		{"demo fast", statusUsage, `weir: unknown command "fast" for "weir demo"`},
		{"version --yaml", statusUsage, "weir: unknown flag: --yaml"},
		{"--help", statusOK, ""},
		{"run --help", statusOK, ""},
		{"purge --help", statusOK, ""},
		{"--version", statusOK, ""},
		{"completion bash", statusOK, ""},
		{"completion zsh", statusOK, ""},
		{"completion fish", statusOK, ""},
	} {
		got := weir(t, "", strings.Fields(c.args)...)
		first, _, _ := strings.Cut(got.errors, "\n")
		if got.status != c.status || first != c.errors {
			t.Errorf("weir %s: status %d, %q; want %d, %q", c.args, got.status, first, c.status, c.errors)
		}
		if c.status == statusUsage && got.out != "" {
			t.Errorf("weir %s: standard output %q", c.args, got.out)
		}
		if c.status == statusOK && got.out == "" {
			t.Errorf("weir %s: nothing on standard output", c.args)
		}
	}
}

func TestVersionCommand(t *testing.T) {
	got := weir(t, "", "version")
	if got.status != 0 || got.errors != "" || got.out != currentVersion().String()+"\n" {
		t.Errorf("version: %+v", got)
	}
	got = weir(t, "", "version", "--json")
	var fields map[string]string
	if err := json.Unmarshal([]byte(got.out), &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"version", "commit", "go", "os", "arch"} {
		if _, present := fields[name]; !present {
			t.Errorf("version --json has no %s: %s", name, got.out)
		}
	}
	if len(fields) != 5 || fields["go"] != runtime.Version() || fields["version"] == "" {
		t.Errorf("version --json: %s", got.out)
	}
}
