package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// A watch writes down how an assault goes.
type watch struct {
	weir    *weir
	assault *assault
	out     io.Writer
	start   time.Time

	requests, hot, hits int64 // up to the last row
	dropped             float64
	at                  time.Duration
}

func newWatch(w *weir, a *assault, out io.Writer) *watch {
	fmt.Fprintf(out, "%6s %10s %10s %8s %8s %8s %8s %9s %9s %9s\n",
		"s", "requests", "a second", "RSS MiB", "stored", "pending", "detached", "entries", "no room", "hot hits")
	return &watch{weir: w, assault: a, out: out, start: time.Now()}
}

// until writes rows until ended is closed.
func (w *watch) until(ended <-chan struct{}) error {
	rows := time.NewTicker(3 * time.Second)
	defer rows.Stop()
	for {
		select {
		case <-rows.C:
			if err := w.weir.alive(); err != nil {
				return err
			}
			w.row(time.Since(w.start))
		case <-ended:
			w.row(time.Since(w.start))
			return nil
		}
	}
}

// row writes one row. What cannot be read is left empty: a busy weir may not
// answer in time.
func (w *watch) row(at time.Duration) {
	const mib = 1 << 20
	made, hot, hits := w.assault.made.Load(), w.assault.hotMade.Load(), w.assault.hotHits.Load()
	rate := float64(made-w.requests) / max((at-w.at).Seconds(), 0.001)
	now, _, _ := w.weir.memory()
	zone := strings.Repeat(" ", 46)
	if f, err := w.weir.figures(); err == nil {
		zone = fmt.Sprintf("%8.1f %8.1f %8.1f %9.0f %9.0f", f.stored/mib, f.pending/mib, f.detached/mib, f.entries, f.dropped-w.dropped)
		w.dropped = f.dropped
	}
	share := "-"
	if hot > w.hot {
		share = fmt.Sprintf("%.2f %%", 100*float64(hits-w.hits)/float64(hot-w.hot))
	}
	fmt.Fprintf(w.out, "%6.1f %10d %10.0f %8.1f %s %9s\n", at.Seconds(), made, rate, float64(now)/mib, zone, share)
	w.requests, w.hot, w.hits, w.at = made, hot, hits, at
}

// judge compares the whole with what it has to be.
func (w *watch) judge(bound int64) error {
	_, peak, err := w.weir.memory()
	if err != nil {
		return err
	}
	a := w.assault
	share := 100 * float64(a.hotHits.Load()) / float64(max(a.hotMade.Load(), 1))
	fmt.Fprintf(w.out, "peak %.1f MiB of %d; hot set %.2f %% hits of %d requests; %d of %d requests of all kinds failed; %.0f responses not stored for lack of room\n",
		float64(peak)/(1<<20), bound>>20, share, a.hotMade.Load(), a.failed.Load(), a.made.Load()+a.hotMade.Load(), w.dropped)
	var bad []error
	if peak > bound {
		bad = append(bad, fmt.Errorf("%d MiB of memory, more than %d", peak>>20, bound>>20))
	}
	if share < a.hotShare {
		bad = append(bad, fmt.Errorf("%.2f %% of the hot set's requests are hits, less than %.0f", share, a.hotShare))
	}
	if first := a.failure.Load(); first != nil {
		bad = append(bad, fmt.Errorf("%d requests failed, the first so: %s", a.failed.Load(), *first))
	}
	return errors.Join(bad...)
}
