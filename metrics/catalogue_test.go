package metrics

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := "testdata/" + file
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update rewrites it); got:\n%s", path, got)
	}
}

// Dashboards and alerts are built on the names: one that changes is a break.
func TestCatalogue(t *testing.T) {
	var b strings.Builder
	for _, s := range Catalogue() {
		fmt.Fprintf(&b, "%s %s{%s}\n    %s\n", s.Type, s.Name, strings.Join(s.Labels, ","), s.Help)
	}
	golden(t, "catalogue.txt", b.String())
}

func TestCatalogueIsComplete(t *testing.T) {
	list := Catalogue()
	if len(list) != seriesCount {
		t.Fatalf("%d series, want %d", len(list), seriesCount)
	}
	seen := make(map[string]bool)
	for i, s := range list {
		if s.Name == "" || s.Help == "" || seen[s.Name] {
			t.Errorf("series %d: %+v", i, s)
		}
		seen[s.Name] = true
		if (s.Type == counterType) != strings.HasSuffix(s.Name, "_total") {
			t.Errorf("%s is a %s", s.Name, s.Type)
		}
	}
}
