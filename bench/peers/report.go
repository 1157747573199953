package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"
)

// A report is one whole run, as it is written to the output directory.
type report struct {
	Started  time.Time         `json:"started"`
	Command  []string          `json:"command"`
	Machine  string            `json:"machine"`
	Go       string            `json:"go"`
	Versions map[string]string `json:"versions"`
	Base     string            `json:"base"` // what ratios are relative to
	Load     load              `json:"load"`
	Rounds   int               `json:"rounds"`
	Series   []series          `json:"series"`
	Summary  []summary         `json:"summary"`
}

// A summary is a series in a few numbers.
type summary struct {
	Scenario     string  `json:"scenario"`
	Proxy        string  `json:"proxy"`
	PerRequest   spread  `json:"cpu_us_per_request"`
	Ratio        *spread `json:"ratio_to_base"` // null without a base
	Busy         float64 `json:"busy"`
	RequestsPerS float64 `json:"requests_per_second"`
	P99          float64 `json:"p99_ms"`
	PeakMemory   int64   `json:"peak_memory_bytes"`
}

// A spread is a median over the rounds and the extremes around it.
type spread struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// spreadOf needs at least one value.
func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return spread{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Low: sorted[0], High: sorted[n-1]}
}

// summarise reduces the series of all scenarios; ratios compare values of the
// same round only.
func summarise(all []series, base string) []summary {
	var list []summary
	for _, s := range all {
		list = append(list, summary{
			Scenario:     s.Scenario,
			Proxy:        s.Proxy,
			PerRequest:   spreadOf(s.values(func(x sample) float64 { return x.PerRequest })),
			Ratio:        ratioTo(all, s, base),
			Busy:         spreadOf(s.values(func(x sample) float64 { return x.Busy })).Median,
			RequestsPerS: spreadOf(s.values(func(x sample) float64 { return x.RequestsPerS })).Median,
			P99:          spreadOf(s.values(func(x sample) float64 { return x.P99.Seconds() * 1e3 })).Median,
			PeakMemory:   slices.MaxFunc(s.Samples, func(a, b sample) int { return cmp.Compare(a.PeakMemory, b.PeakMemory) }).PeakMemory,
		})
	}
	return list
}

func (s series) values(of func(sample) float64) []float64 {
	var list []float64
	for _, x := range s.Samples {
		list = append(list, of(x))
	}
	return list
}

func ratioTo(all []series, s series, base string) *spread {
	i := slices.IndexFunc(all, func(b series) bool { return b.Scenario == s.Scenario && b.Proxy == base })
	if i < 0 {
		return nil
	}
	var ratios []float64
	for round, x := range s.Samples {
		ratios = append(ratios, x.PerRequest/all[i].Samples[round].PerRequest)
	}
	r := spreadOf(ratios)
	return &r
}

// print writes the table for people.
func (r *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "scenario\tproxy\tCPU µs/request\t(spread)\t× %s\t(spread)\tbusy\trequests/s\tp99 ms\tpeak MiB\t\n", r.Base)
	for _, s := range r.Summary {
		ratio, ratioSpread := "-", ""
		if s.Ratio != nil {
			ratio = fmt.Sprintf("%.2f", s.Ratio.Median)
			ratioSpread = fmt.Sprintf("(%.2f–%.2f)", s.Ratio.Low, s.Ratio.High)
		}
		fmt.Fprintf(t, "%s\t%s\t%.2f\t(%.2f–%.2f)\t%s\t%s\t%.0f %%\t%.0f\t%.2f\t%.1f\t\n",
			s.Scenario, s.Proxy, s.PerRequest.Median, s.PerRequest.Low, s.PerRequest.High,
			ratio, ratioSpread, s.Busy*100, s.RequestsPerS, s.P99, float64(s.PeakMemory)/(1<<20))
	}
	return t.Flush()
}

// save writes the report as JSON and returns the file's path.
func (r *report) save(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "peers-"+r.Started.UTC().Format("20060102T150405Z")+".json")
	return path, os.WriteFile(path, append(b, '\n'), 0o644)
}
