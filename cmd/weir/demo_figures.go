package main

import (
	"context"
	"fmt"
	"time"

	"github.com/weirproxy/weir/metrics"
)

// figures shows a line of live figures at each interval until ctx ends.
func (d *demo) figures(ctx context.Context, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	before := d.process.server.metrics.Totals()
	cachedBefore, _ := cacheTotals(d.process.server.metrics.Handler())
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := d.process.server.metrics.Totals()
		cached, ok := cacheTotals(d.process.server.metrics.Handler())
		if !ok {
			cached = cachedBefore
		}
		d.screen.show(figuresLine(before, now, interval, cached.since(cachedBefore), d.states()))
		before, cachedBefore = now, cached
	}
}

// states tells which replicas get requests, such as "up a c d  DOWN b".
func (d *demo) states() string {
	down := make(map[string]bool) // in any of the pools a replica is in
	for _, b := range d.process.server.backends() {
		down[b.Backend] = down[b.Backend] || !takesRequests(b)
	}
	up, out := "up", ""
	for _, s := range d.shops {
		if down[s.address()] {
			out += " " + s.name
		} else {
			up += " " + s.name
		}
	}
	if out != "" {
		up += "  DOWN" + out
	}
	return up
}

// figuresLine is the line for what happened between before and now, an interval
// apart, in which the cache did what cached says.
func figuresLine(before, now metrics.Totals, interval time.Duration, cached cacheCount, states string) string {
	d := now.Durations.Since(before.Durations)
	return fmt.Sprintf("%3.0f req/s  hits %s  p50 %s  p99 %s  5xx %d  retries %d  %s",
		float64(now.Requests-before.Requests)/interval.Seconds(), cached.ratio(),
		short(d.Quantile(0.5)), short(d.Quantile(0.99)), now.Errors, now.Retries, states)
}

// short is a duration in three digits or so.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1fms", d.Seconds()*1e3)
	case d < time.Second:
		return fmt.Sprintf("%.0fms", d.Seconds()*1e3)
	default:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
}
