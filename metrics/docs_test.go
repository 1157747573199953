package metrics

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestOperationsListEverySeries holds the table of docs/operations.md to the
// catalogue: each series with its type and labels, in the same order.
func TestOperationsListEverySeries(t *testing.T) {
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(strings.TrimSpace(line), " | "); strings.HasPrefix(line, "| `weir_") {
			if len(cells) != 4 || len(cells[3]) < len("x |") {
				t.Errorf("not a row of four cells: %s", line)
				continue
			}
			got = append(got, strings.Join(cells[:3], " | "))
		}
	}
	for _, s := range Catalogue() {
		labels := "–"
		if len(s.Labels) > 0 {
			labels = "`" + strings.Join(s.Labels, "`, `") + "`"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s", s.Name, s.Type, labels))
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("the page has\n%s\nthe catalogue\n%s", g, w)
	}
}
