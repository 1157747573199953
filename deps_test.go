package weir_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/weirproxy/weir"

// imports is the policy on who may import whom inside the module. Imports run
// one way and siblings do not know each other. A package that is not listed may
// not exist; one that is listed need not exist yet.
var imports = map[string][]string{
	"internal/sock": {},

	"message":   {},
	"config":    {},
	"metrics":   {},
	"ratelimit": {},

	"auth":     {"message"},
	"balancer": {"message"},
	"cache":    {"message"},
	"http2":    {"message"},
	"upstream": {"message", "internal/sock"},

	"edge":  {"message", "http2", "metrics", "internal/sock"},
	"proxy": {"config", "message", "metrics", "ratelimit", "auth", "cache", "balancer", "upstream"},
	"admin": {"config", "proxy", "metrics"},

	"cmd/weir": {"config", "edge", "proxy", "admin", "metrics"},

	// What is not part of the program: it sees weir from outside.
	"internal/origintest": {},
	"e2e":                 {},
	"bench/peers":         {},
	"bench/hitratio":      {"cache", "message"},
	"bench/memory":        {},
}

// origintest is the scriptable origin, which the tests of every package may use
// and nothing else may.
const origintest = "internal/origintest"

// thirdParty names, for each module that weir depends on, the packages that may
// import it. Each that is required has a page in docs/decisions.
var thirdParty = map[string][]string{
	"github.com/dgraph-io/ristretto/v2":   {"cache"},
	"github.com/fsnotify/fsnotify":        {"cmd/weir"},
	"github.com/prometheus/client_golang": {"metrics"},
	"github.com/spf13/cobra":              {"cmd/weir"},
	"github.com/valyala/fasthttp":         {"edge"},
	"golang.org/x/time":                   {"proxy", "ratelimit"},
	"gopkg.in/yaml.v3":                    {"config"},
}

// thirdPartyTests names the modules that nothing but tests may import, and the
// packages whose tests may; anyTest is those of every package.
var thirdPartyTests = map[string][]string{
	"github.com/prometheus/common": {"metrics"},
	"go.uber.org/goleak":           anyTest,
	"pgregory.net/rapid":           anyTest,
}

var anyTest []string // nil

// TestImports holds every import of every Go file of the module, whatever its
// build constraints, to the tables above.
func TestImports(t *testing.T) {
	files := sources(t)
	if len(files) == 0 {
		t.Fatal("no Go files found: the test does not run at the module's root")
	}
	for _, file := range files {
		pkg := filepath.ToSlash(filepath.Dir(file))
		if pkg == "." {
			checkRoot(t, file)
			continue
		}
		if _, listed := imports[pkg]; !listed {
			t.Errorf("%s: package %s is not in the import table", file, pkg)
			continue
		}
		isTest := strings.HasSuffix(file, "_test.go")
		for _, path := range importsOf(t, file) {
			if !allowed(pkg, path, isTest) {
				t.Errorf("%s: %s may not import %s", file, pkg, path)
			}
		}
	}
}

// TestImportTableIsClosed finds names in the tables that stand for nothing.
func TestImportTableIsClosed(t *testing.T) {
	for pkg, list := range imports {
		for _, dep := range list {
			if _, listed := imports[dep]; !listed {
				t.Errorf("%s may import %s, which is not a package of the table", pkg, dep)
			}
		}
	}
	for dep, list := range thirdParty {
		for _, pkg := range list {
			if _, listed := imports[pkg]; !listed {
				t.Errorf("%s may be imported by %s, which is not a package of the table", dep, pkg)
			}
		}
	}
}

// TestImportPolicy shows that the policy refuses what it is there to refuse.
func TestImportPolicy(t *testing.T) {
	for _, c := range []struct {
		pkg, path string
		isTest    bool
		want      bool
	}{
		{"proxy", module + "/upstream", false, true},
		{"upstream", module + "/proxy", false, false},
		{"upstream", module + "/balancer", false, false},
		{"proxy", module + "/internal/sock", false, false},
		{"proxy", module + "/internal/origintest", false, false},
		{"proxy", module + "/internal/origintest", true, true},
		{"edge", "github.com/valyala/fasthttp/fasthttputil", false, true},
		{"edge", "github.com/valyala/fasthttpextra", false, false},
		{"proxy", "github.com/valyala/fasthttp", true, false},
		{"config", "gopkg.in/yaml.v3", false, true},
		{"cmd/weir", "go.uber.org/goleak", false, false},
		{"proxy", "go.uber.org/goleak", true, true},
		{"metrics", "github.com/prometheus/common/expfmt", true, true},
		{"proxy", "github.com/prometheus/common/expfmt", true, false},
		{"message", "example.com/unheard/of", true, false},
		{"message", "net/netip", false, true},
		{"message", "C", false, false},
	} {
		if got := allowed(c.pkg, c.path, c.isTest); got != c.want {
			t.Errorf("allowed(%q, %q, test %v) = %v, want %v", c.pkg, c.path, c.isTest, got, c.want)
		}
	}
}

// sources returns all Go files of this module; nested modules are not part of it.
func sources(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && foreign(path, d.Name()) {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".go") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// foreign tells whether the go command leaves a directory out of ./... too.
func foreign(path, name string) bool {
	if name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(path, "go.mod"))
	return err == nil
}

// checkRoot keeps the root free of code: it holds tests about the repository.
func checkRoot(t *testing.T, file string) {
	t.Helper()
	if !strings.HasSuffix(file, "_test.go") {
		t.Errorf("%s: the module's root holds no package", file)
		return
	}
	for _, path := range importsOf(t, file) {
		if !standard(path) {
			t.Errorf("%s: tests at the root import the standard library only, not %s", file, path)
		}
	}
}

func importsOf(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return nil
	}
	var paths []string
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		paths = append(paths, path)
	}
	return paths
}

// allowed is the policy: whether pkg, or a test of it, may import path.
func allowed(pkg, path string, isTest bool) bool {
	switch {
	case path == "C": // weir is one static binary
		return false
	case standard(path):
		return true
	case path == module || strings.HasPrefix(path, module+"/"):
		return allowedInside(pkg, strings.TrimPrefix(path, module+"/"), isTest)
	}
	for mod, pkgs := range thirdParty {
		if within(path, mod) {
			return slices.Contains(pkgs, pkg)
		}
	}
	for mod, pkgs := range thirdPartyTests {
		if isTest && within(path, mod) {
			return pkgs == nil || slices.Contains(pkgs, pkg)
		}
	}
	return false
}

func allowedInside(pkg, dep string, isTest bool) bool {
	if slices.Contains(imports[pkg], dep) {
		return true
	}
	// An external test imports the package it tests.
	return isTest && (dep == pkg || dep == origintest)
}

// standard tells a path of the standard library: its first element has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func within(path, mod string) bool {
	return path == mod || strings.HasPrefix(path, mod+"/")
}
