package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// print writes the table for people.
func print(w io.Writer, o options, results []result) error {
	fmt.Fprintf(w, "%d MiB, %d objects of %d bytes (median), seed %d; ratios in percent\n\n",
		o.memory>>20, o.objects, medianSize, o.seed)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "trace\trequests/s\thits: weir\tLRU\tdifference\tpossible\tbytes: weir\tLRU\tdifference\tpossible\tentries\tMiB\t\n")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%.0f\t", r.trace.name, r.rate)
		weir, lru, possible := percent(r.weir.hits, r.requests), percent(r.lru.hits, r.requests), percent(r.possible.hits, r.requests)
		fmt.Fprintf(t, "%.1f\t%.1f\t%+.1f\t%.1f\t", weir, lru, weir-lru, possible)
		weir, lru, possible = percent(r.weir.bytes, r.bytes), percent(r.lru.bytes, r.bytes), percent(r.possible.bytes, r.bytes)
		fmt.Fprintf(t, "%.1f\t%.1f\t%+.1f\t%.1f\t", weir, lru, weir-lru, possible)
		fmt.Fprintf(t, "%d\t%.1f\t\n", r.entries, float64(r.taken)/(1<<20))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, r := range results {
		fmt.Fprintf(w, "%9s: %s\n", r.trace.name, r.trace.about)
	}
	return nil
}

func percent(part, whole int64) float64 { return 100 * float64(part) / float64(max(whole, 1)) }
