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
	Bases    []string          `json:"bases"` // what ratios are relative to
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
	Ratios       []ratio `json:"ratios"` // one for each base that was measured
	Busy         float64 `json:"busy"`
	RequestsPerS float64 `json:"requests_per_second"`
	P99          float64 `json:"p99_ms"`
	PeakMemory   int64   `json:"peak_memory_bytes"`
}

// A ratio compares with another proxy, round by round.
type ratio struct {
	Base string `json:"base"`
	spread
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
func summarise(all []series, bases []string) []summary {
	var list []summary
	for _, s := range all {
		list = append(list, summary{
			Scenario:     s.Scenario,
			Proxy:        s.Proxy,
			PerRequest:   spreadOf(s.values(func(x sample) float64 { return x.PerRequest })),
			Ratios:       ratios(all, s, bases),
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

func ratios(all []series, s series, bases []string) []ratio {
	var list []ratio
	for _, base := range bases {
		i := slices.IndexFunc(all, func(b series) bool { return b.Scenario == s.Scenario && b.Proxy == base })
		if i < 0 {
			continue
		}
		var values []float64
		for round, x := range s.Samples {
			values = append(values, x.PerRequest/all[i].Samples[round].PerRequest)
		}
		list = append(list, ratio{Base: base, spread: spreadOf(values)})
	}
	return list
}

// print writes the table for people.
func (r *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "scenario\tproxy\tCPU µs/request\t(spread)\t")
	for _, base := range r.Bases {
		fmt.Fprintf(t, "× %s\t(spread)\t", base)
	}
	fmt.Fprint(t, "busy\trequests/s\tp99 ms\tpeak MiB\t\n")
	for _, s := range r.Summary {
		fmt.Fprintf(t, "%s\t%s\t%.2f\t(%.2f–%.2f)\t",
			s.Scenario, s.Proxy, s.PerRequest.Median, s.PerRequest.Low, s.PerRequest.High)
		for _, base := range r.Bases {
			fmt.Fprint(t, s.ratioTo(base))
		}
		fmt.Fprintf(t, "%.0f %%\t%.0f\t%.2f\t%.1f\t\n", s.Busy*100, s.RequestsPerS, s.P99, float64(s.PeakMemory)/(1<<20))
	}
	return t.Flush()
}

// ratioTo is two cells of the table.
func (s summary) ratioTo(base string) string {
	for _, r := range s.Ratios {
		if r.Base == base {
			return fmt.Sprintf("%.2f\t(%.2f–%.2f)\t", r.Median, r.Low, r.High)
		}
	}
	return "-\t\t"
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
