package main

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

//go:embed configs
var configs embed.FS

// A proxy is one of the programs that are compared.
type proxy struct {
	name    string
	config  string                            // template in configs
	version []string                          // arguments that make it print its version
	args    func(config, dir string) []string // arguments that run it in the foreground
}

// proxies are all there are, in the order of a round.
var proxies = []proxy{
	{
		name: "weir", config: "weir.yaml", version: []string{"version"},
		args: func(config, _ string) []string { return []string{"run", "-c", config} },
	},
	{
		name: "nginx", config: "nginx.conf", version: []string{"-v"},
		args: func(config, dir string) []string { return []string{"-p", dir, "-c", config} },
	},
	{
		name: "haproxy", config: "haproxy.cfg", version: []string{"-v"},
		args: func(config, _ string) []string { return []string{"-db", "-f", config} },
	},
}

// selectProxies picks by name, in the order of the table.
func selectProxies(names string) ([]proxy, error) {
	wanted := strings.Split(names, ",")
	var picked []proxy
	for _, p := range proxies {
		if i := slices.Index(wanted, p.name); i >= 0 {
			picked = append(picked, p)
			wanted = slices.Delete(wanted, i, i+1)
		}
	}
	if len(wanted) > 0 {
		return nil, fmt.Errorf("no proxy is called %q", wanted[0])
	}
	return picked, nil
}

// errMissing: the program is not installed here.
var errMissing = errors.New("not installed")

// findProgram looks in PATH and where Debian puts servers, which is often not
// in the PATH of a user.
func findProgram(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return filepath.Abs(path)
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, errMissing)
}

// programVersion returns the first line that bin says about its version.
func programVersion(bin string, args []string) string {
	out, err := exec.Command(bin, args...).CombinedOutput()
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(first)
}

// settings is what the templates are filled with.
type settings struct {
	Dir     string
	Port    int
	Origins []int
	Room    int        // connections, of both sides together, that have to fit
	Inline  []scenario // the origin answers these from its configuration
	Root    bool       // a worker would otherwise change to a user who cannot read Dir
}

// writeConfig renders a template of configs into dir and returns its path.
func writeConfig(name string, s settings) (string, error) {
	t, err := template.ParseFS(configs, "configs/"+name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.Dir, name)
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := t.Execute(f, s); err != nil {
		return "", err
	}
	return path, f.Close()
}
