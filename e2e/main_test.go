package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binary is the weir under test.
var binary string

// raceBuild tells whether the binary was built with the race detector.
var raceBuild = os.Getenv("WEIR_E2E_RACE") == "1"

func TestMain(m *testing.M) {
	if address := os.Getenv(backendEnv); address != "" {
		serveAsBackend(address)
		return
	}
	flag.Parse()
	if !isSet("test.parallel") {
		flag.Set("test.parallel", "6")
	}
	os.Exit(run(m))
}

// isSet tells whether a flag was given. These tests wait more than they compute:
// without -parallel more of them run at once than there are processors.
func isSet(name string) (given bool) {
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

func run(m *testing.M) int {
	if binary = os.Getenv("WEIR_E2E_BINARY"); binary != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "weir-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "weir")
	args := []string{"build", "-o", binary}
	if raceBuild {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "../cmd/weir")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building weir: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
