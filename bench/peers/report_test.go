package main

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSpreadOf(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   spread
	}{
		{[]float64{3}, spread{3, 3, 3}},
		{[]float64{4, 2}, spread{3, 2, 4}},
		{[]float64{9, 1, 2}, spread{2, 1, 9}},
		{[]float64{1, 9, 3, 5}, spread{4, 1, 9}},
	} {
		if got := spreadOf(c.values); got != c.want {
			t.Errorf("spreadOf(%v) = %v, want %v", c.values, got, c.want)
		}
	}
}

func samples(us ...float64) []sample {
	var list []sample
	for i, x := range us {
		list = append(list, sample{PerRequest: x, P99: time.Millisecond, PeakMemory: int64(i+1) << 20})
	}
	return list
}

// TestSummariseComparesWithinRounds gives a machine that slows down threefold:
// the figures spread, the ratio does not.
func TestSummariseComparesWithinRounds(t *testing.T) {
	got := summarise([]series{
		{Scenario: "s", Proxy: "weir", Samples: samples(4, 8, 12)},
		{Scenario: "s", Proxy: "nginx", Samples: samples(8, 16, 24)},
	}, []string{"nginx"})
	if want := (spread{8, 4, 12}); got[0].PerRequest != want {
		t.Errorf("per request %v, want %v", got[0].PerRequest, want)
	}
	want := []ratio{{"nginx", spread{0.5, 0.5, 0.5}}}
	if !slices.Equal(got[0].Ratios, want) {
		t.Errorf("ratios %v, want %v", got[0].Ratios, want)
	}
	if want := int64(3 << 20); got[0].PeakMemory != want {
		t.Errorf("peak memory %d, want the largest, %d", got[0].PeakMemory, want)
	}
}

func TestReportWithoutBase(t *testing.T) {
	r := &report{Bases: []string{"nginx"}, Started: time.Unix(1, 0)}
	r.Series = []series{{Scenario: "s", Proxy: "haproxy", Samples: samples(4)}}
	r.Summary = summarise(r.Series, r.Bases)
	var out bytes.Buffer
	if err := r.print(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines, want a head and a row:\n%s", len(lines), out.String())
	}
	want := []string{"s", "haproxy", "4.00", "(4.00–4.00)", "-", "0", "%", "0", "1.00", "1.0"}
	if got := strings.Fields(lines[1]); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("row %q, want %q", got, want)
	}
}

func TestReportIsSavedAsJSON(t *testing.T) {
	r := &report{Bases: []string{"nginx"}, Started: time.Unix(1, 0)}
	r.Series = []series{{Scenario: "s", Proxy: "nginx", Samples: samples(4)}}
	r.Summary = summarise(r.Series, r.Bases)
	path, err := r.save(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if len(back.Summary) != 1 || !slices.Equal(back.Summary[0].Ratios, []ratio{{"nginx", spread{1, 1, 1}}}) {
		t.Errorf("summary %+v, want one row of ratio 1", back.Summary)
	}
}
