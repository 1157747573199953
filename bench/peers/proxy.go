package main

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

//go:embed configs
var configs embed.FS

// A proxy is one of the programs that are compared, in one of two roles: it
// passes everything to the origin, or answers from its cache.
type proxy struct {
	name    string
	program string // what runs
	cached  bool
	config  string                                   // template in configs
	version []string                                 // arguments that make it print its version
	args    func(config string, s settings) []string // arguments that run it in the foreground
}

// proxies are all there are, in the order of a round.
var proxies = []proxy{
	{name: "weir", program: "weir", config: "weir.yaml", version: []string{"version"}, args: weirArgs},
	{name: "nginx", program: "nginx", config: "nginx.conf", version: []string{"-v"}, args: nginxArgs},
	{name: "haproxy", program: "haproxy", config: "haproxy.cfg", version: []string{"-v"}, args: haproxyArgs},

	{name: "weir", program: "weir", cached: true, config: "weir-cache.yaml", version: []string{"version"}, args: weirArgs},
	{name: "nginx", program: "nginx", cached: true, config: "nginx-cache.conf", version: []string{"-v"}, args: nginxArgs},
	{name: "haproxy", program: "haproxy", cached: true, config: "haproxy-cache.cfg", version: []string{"-v"}, args: haproxyArgs},
	{name: "varnish", program: "varnishd", cached: true, config: "varnish.vcl", version: []string{"-V"}, args: varnishArgs},
}

func weirArgs(config string, _ settings) []string    { return []string{"run", "-c", config} }
func nginxArgs(config string, s settings) []string   { return []string{"-p", s.Dir, "-c", config} }
func haproxyArgs(config string, _ settings) []string { return []string{"-db", "-f", config} }

// varnishArgs leave out that varnishd changes to users who cannot read s.Dir.
func varnishArgs(config string, s settings) []string {
	return []string{
		"-F", "-j", "none", "-n", filepath.Join(s.Dir, "varnish"), "-f", config,
		"-a", "127.0.0.1:" + strconv.Itoa(s.Port), "-s", "malloc,256m",
	}
}

// label tells p from the same program in the other role.
func (p proxy) label() string {
	if p.cached {
		return p.name + "-cache"
	}
	return p.name
}

// selectProxies picks by name, in the order of the table.
func selectProxies(names string) ([]proxy, error) {
	wanted := strings.Split(names, ",")
	for i, name := range wanted {
		if slices.Contains(wanted[:i], name) {
			return nil, fmt.Errorf("proxy %s is named twice", name)
		}
		if !slices.ContainsFunc(proxies, func(p proxy) bool { return p.name == name }) {
			return nil, fmt.Errorf("no proxy is called %q", name)
		}
	}
	var picked []proxy
	for _, p := range proxies {
		if slices.Contains(wanted, p.name) {
			picked = append(picked, p)
		}
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
	Shm     string // a directory in memory
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
