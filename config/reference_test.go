package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An entry is one key as the reference has to list it.
type entry struct {
	path, kind, fallback string
	required, scalar     bool
}

// reference lists every key of the schema.
func reference() []entry {
	c := defaultConfig()
	return appendKeys(nil, "", rootKind(&c).keys())
}

func appendKeys(all []entry, path string, keys []key) []entry {
	for _, k := range keys {
		at := strings.TrimPrefix(path+"."+k.name, ".")
		e := entry{path: at, kind: article.ReplaceAllString(k.kind.name, ""), required: k.required, scalar: k.kind.scalar != nil}
		if k.kind.show != nil {
			e.fallback = k.kind.show()
		}
		below, suffix := k.kind, ""
		if k.kind.elem != nil {
			below, suffix = k.kind.elem(), "[]"
			e.scalar = below.scalar != nil
		}
		if k.kind.named != nil {
			below, suffix = k.kind.named(), ".NAME"
		}
		all = append(all, e)
		if suffix == ".NAME" && (below.scalar != nil || below.elem != nil) {
			all = append(all, entry{path: at + suffix, kind: article.ReplaceAllString(below.name, ""), scalar: true})
		}
		if below.keys != nil {
			all = appendKeys(all, at+suffix, below.keys())
		}
	}
	return all
}

var article = regexp.MustCompile(`^an? `)

var referenceRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\| (.+) \\|$")

// TestReferenceListsEveryKey holds docs/configuration.md to the schema: the same
// keys in the same order, with the type and the default that the code has.
func TestReferenceListsEveryKey(t *testing.T) {
	page, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, e := range reference() {
		want = append(want, e.path)
	}
	rows := map[string][]string{}
	for _, m := range referenceRow.FindAllStringSubmatch(string(page), -1) {
		got = append(got, m[1])
		rows[m[1]] = m[2:]
	}
	if !slices.Equal(got, want) {
		t.Errorf("keys on the page:\n%s\nin the schema:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, e := range reference() {
		row := rows[e.path]
		if row == nil {
			continue
		}
		if row[0] != e.kind {
			t.Errorf("%s: the page says %q, the schema %q", e.path, row[0], e.kind)
		}
		switch fallback := row[1]; {
		case e.required && fallback != "required":
			t.Errorf("%s: required, the page says %s", e.path, fallback)
		case e.fallback != "" && fallback != "`"+e.fallback+"`":
			t.Errorf("%s: the page says %s, the default is `%s`", e.path, fallback, e.fallback)
		case e.fallback == "" && !e.required && strings.ContainsAny(fallback, "`0123456789"):
			t.Errorf("%s: the page says %s, there is no default", e.path, fallback)
		}
	}
}

var index = regexp.MustCompile(`\[[0-9]+\]`)

// TestExampleHasEveryKey loads config.example.yaml, which has to be free of
// problems and warnings and to hold every key of the schema.
func TestExampleHasEveryKey(t *testing.T) {
	const path = "../config.example.yaml"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := outside(nil, nil).Parse(path, data)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings:\n%v", Problems(c.Warnings))
	}
	present := map[string]bool{}
	addPresent(t, present, string(data))
	_, comment, ok := strings.Cut(string(data), "# which is why this part is a comment:\n#\n")
	if !ok {
		t.Fatal("the part that is a comment is not there")
	}
	addPresent(t, present, strings.ReplaceAll(strings.TrimPrefix(comment, "# "), "\n# ", "\n"))
	for _, e := range reference() {
		if !present[e.path] {
			t.Errorf("the example does not have %s", e.path)
		}
	}
}

// addPresent notes all keys of text, whatever is wrong with it otherwise.
func addPresent(t *testing.T, present map[string]bool, text string) {
	t.Helper()
	d := &decoder{file: "f", source: outside(nil, nil), places: places{}, secrets: map[string]string{}}
	c := defaultConfig()
	root := d.document([]byte(text))
	if root == nil {
		t.Fatal(d.problems)
	}
	d.read(value{node: root}, rootKind(&c))
	for _, p := range d.problems {
		if strings.Contains(p.Message, "unknown key") {
			t.Error(p)
		}
	}
	for at := range d.places {
		present[generic(at)] = true
	}
}

var freeKeys = regexp.MustCompile(`^(pools|cache\.zones|routes\[\]\.cache\.negative|routes\[\]\.match\.headers|routes\[\]\.match\.query|routes\[\]\.headers\.(?:request|response)\.(?:set|add))\.[A-Za-z0-9_-]+`)

// generic turns the path of a value into that of its key.
func generic(path string) string {
	path = index.ReplaceAllString(path, "[]")
	path = freeKeys.ReplaceAllString(path, "$1.NAME")
	return path
}
