package proxy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/upstream"
)

// operations returns the first columns, without backquotes, of the tables under a
// heading of docs/operations.md.
func operations(t *testing.T, heading string, columns int) []string {
	t.Helper()
	return tables(t, "../docs/operations.md", heading, columns)
}

func tables(t *testing.T, file, heading string, columns int) []string {
	t.Helper()
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("no heading %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n#")
	var rows []string
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| `") && len(cells) > columns {
			row := strings.Join(cells[:columns], " ")
			rows = append(rows, strings.ReplaceAll(strings.TrimPrefix(row, "| "), "`", ""))
		}
	}
	return rows
}

// constants returns the values of the string constants of a file of this package
// whose names begin with prefix, as they stand there.
func constants(t *testing.T, file, prefix string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, prefix) || len(spec.Values) != 1 {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			v, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("no constant %s… in %s", prefix, file)
	}
	return values
}

func compare(t *testing.T, what string, page, code []string) {
	t.Helper()
	if p, c := strings.Join(page, "\n"), strings.Join(code, "\n"); p != c {
		t.Errorf("%s: docs/operations.md has\n%s\nthe code\n%s", what, p, c)
	}
}

func TestOperationsListEveryKeyOfTheAccessLog(t *testing.T) {
	compare(t, "keys", operations(t, "## Access log", 1), constants(t, "accesslog.go", "key"))
}

func TestOperationsListEveryWordOfTheCache(t *testing.T) {
	words := slices.Concat(cache.Statuses()[1:], cache.Details()[1:]) // but "off" and none
	compare(t, "cache words", operations(t, "### What the cache did", 1), words)
}

func TestCachingExplainsEveryWordOfTheCache(t *testing.T) {
	const page = "../docs/caching.md"
	if got, want := tables(t, page, "### Statuses", 1), cache.Statuses()[1:]; !slices.Equal(got, want) {
		t.Errorf("docs/caching.md has the statuses %q, the code %q", got, want)
	}
	if got, want := tables(t, page, "### Details", 1), cache.Details()[1:]; !slices.Equal(got, want) {
		t.Errorf("docs/caching.md has the details %q, the code %q", got, want)
	}
}

func TestOperationsListEveryErrorWord(t *testing.T) {
	words := constants(t, "errors.go", "token")
	for k := upstream.Kind(1); k.String() != "unknown"; k++ {
		switch k {
		case upstream.ClientGone, upstream.Aborted: // not what an answer says
		default:
			words = append(words, k.String())
		}
	}
	page := operations(t, "## Error words", 1)
	slices.Sort(words)
	slices.Sort(page)
	compare(t, "error words", page, slices.Compact(words))
}

// TestOperationsTellTheStatusOfEveryErrorWord asks the code what it answers.
func TestOperationsTellTheStatusOfEveryErrorWord(t *testing.T) {
	listed := map[string]string{}
	for _, row := range operations(t, "## Error words", 2) {
		word, statuses, _ := strings.Cut(row, " ")
		listed[word] = statuses
	}
	errs := []*Error{errNoRoute, errNotReady, errOddPath, errLoop, errNoneHealthy, errSaturated, errUpgrade, errInternal}
	for k := upstream.Kind(1); k.String() != "unknown"; k++ {
		if k != upstream.Aborted {
			errs = append(errs, backendError(&upstream.Error{Kind: k}))
		}
	}
	for _, e := range errs {
		status := e.Status
		if status == 0 {
			status = statusClientGone
		}
		if !strings.Contains(listed[e.Token], strconv.Itoa(status)) {
			t.Errorf("%s is answered with %d, docs/operations.md says %q", e.Token, status, listed[e.Token])
		}
	}
}

func TestOperationsListEveryReasonOfTheGate(t *testing.T) {
	var reasons []string
	for r := message.RejectReason(1); r.String() != "unknown"; r++ {
		if rej := message.Rejected(r); rej.Status < 502 || rej.Status > 504 { // those are of responses
			reasons = append(reasons, fmt.Sprintf("%s %d", r, rej.Status))
		}
	}
	compare(t, "reasons", operations(t, "### Reasons of the gate", 2), reasons)
}
