package weir_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestDependenciesAreDecisions holds every module that weir requires directly to
// a page that says why, and to the table of who may import it.
func TestDependenciesAreDecisions(t *testing.T) {
	pages := decisions(t)
	for _, mod := range directRequirements(t) {
		if !strings.Contains(pages, mod) {
			t.Errorf("go.mod requires %s: no page in docs/decisions names it", mod)
		}
		_, inTable := thirdParty[mod]
		_, inTests := thirdPartyTests[mod]
		if !inTable && !inTests {
			t.Errorf("go.mod requires %s: no package may import it", mod)
		}
	}
}

// decisions returns the text of all pages.
func decisions(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("docs/decisions/0*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no decisions found: %v", err)
	}
	var all strings.Builder
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

// directRequirements returns the modules in go.mod that are not marked indirect.
func directRequirements(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var mods []string
	inBlock := false
	for line := range strings.Lines(string(b)) {
		words := strings.Fields(line)
		switch {
		case len(words) == 2 && words[0] == "require" && words[1] == "(":
			inBlock = true
		case len(words) > 0 && words[0] == ")":
			inBlock = false
		case strings.Contains(line, "// indirect"):
		case inBlock && len(words) >= 2:
			mods = append(mods, words[0])
		case len(words) >= 3 && words[0] == "require":
			mods = append(mods, words[1])
		}
	}
	if len(mods) == 0 {
		t.Fatal("go.mod requires nothing: it was not understood")
	}
	return mods
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinksResolve follows every link from one file of the repository to another.
func TestLinksResolve(t *testing.T) {
	for _, file := range pages(t) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), target)); err != nil {
				t.Errorf("%s: link to %s: %v", file, m[1], err)
			}
		}
	}
}

// pages returns the Markdown files of the repository.
func pages(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".md") {
			files = append(files, path)
		}
		return nil
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages found: %v", err)
	}
	return files
}

var (
	testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)
	testLink = regexp.MustCompile(`\[((?:Test|Fuzz)[A-Z]\w*)\]\(([^)\s]+_test\.go)\)`)
)

// TestThreatModelNamesTestsThatExist holds what the threat model claims to the
// tests it names: each is a link to the file that has it.
func TestThreatModelNamesTestsThatExist(t *testing.T) {
	const page = "docs/threat-model.md"
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	links := testLink.FindAllStringSubmatch(string(b), -1)
	if names := testName.FindAllString(string(b), -1); len(names) != len(links) || len(links) == 0 {
		t.Errorf("%s names %d tests, of which %d are links to a file", page, len(names), len(links))
	}
	for _, m := range links {
		file := filepath.Join(filepath.Dir(page), m[2])
		code, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(code), "\nfunc "+m[1]+"(") {
			t.Errorf("%s: %s is not in %s (%v)", page, m[1], file, err)
		}
	}
}

// TestThreatModelLeavesNoThreatUnheld demands a test in every line of its tables
// of threats.
func TestThreatModelLeavesNoThreatUnheld(t *testing.T) {
	b, err := os.ReadFile("docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, inTable := 0, false
	for line := range strings.Lines(string(b)) {
		switch {
		case !strings.HasPrefix(line, "|"):
			inTable = false
		case strings.HasPrefix(line, "| threat |"):
			inTable = true
		case inTable && !strings.HasPrefix(line, "|---"):
			if rows++; !testLink.MatchString(line) {
				t.Errorf("no test holds %s", line)
			}
		}
	}
	if rows == 0 {
		t.Error("no threats found")
	}
}

// TestOperationsListEveryLogMessage holds the table of messages in
// docs/operations.md to the calls that log them.
func TestOperationsListEveryLogMessage(t *testing.T) {
	b, err := os.ReadFile("docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(b), "\n## Application log\n")
	section, _, _ = strings.Cut(section, "\n## ")
	listed := map[string]bool{}
	for line := range strings.Lines(section) {
		if rest, ok := strings.CutPrefix(line, "| `"); ok {
			message, _, _ := strings.Cut(rest, "`")
			listed[message] = true
		}
	}
	logged := map[string]bool{}
	for _, file := range sources(t) {
		if strings.HasPrefix(file, "bench") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, message := range logMessages(t, file) {
			logged[message] = true
			if !listed[message] {
				t.Errorf("%s logs %q, which docs/operations.md does not list", file, message)
			}
		}
	}
	for message := range listed {
		if !logged[message] {
			t.Errorf("docs/operations.md lists %q, which nothing logs", message)
		}
	}
}

// logMessages returns the messages of the calls in a file that log: those of a
// method of slog.Logger, or of a function that takes a logger, with a message.
func logMessages(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var messages []string
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !logs(call) {
			return true
		}
		for _, arg := range call.Args[:min(3, len(call.Args))] {
			if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				message, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				messages = append(messages, message)
				break
			}
		}
		return true
	})
	return messages
}

func logs(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name == "logProblems"
	case *ast.SelectorExpr:
		switch f.Sel.Name {
		case "Debug", "Info", "Warn", "Error", "Log", "LogAttrs":
		default:
			return false
		}
		switch x := f.X.(type) {
		case *ast.Ident:
			return strings.EqualFold(x.Name, "log")
		case *ast.SelectorExpr:
			return strings.EqualFold(x.Sel.Name, "log")
		}
	}
	return false
}
