package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// A load says how wrk is run.
type load struct {
	CPU         int
	Connections int
	Duration    time.Duration
}

// room is how many connections a server has to have room for: those of the
// load, as many again to the origin, and some for checks.
func (l load) room() int { return 2*l.Connections + 200 }

// A loadResult is what wrk reports about one run.
type loadResult struct {
	Requests int64
	Elapsed  time.Duration
	P50, P99 time.Duration // of a closed loop: a stall hides the waits behind it
}

// run drives one URL. Any request that failed, or was answered with anything
// but 2xx or 3xx, is an error.
func (l load) run(ctx context.Context, url string) (loadResult, error) {
	bounded, cancel := context.WithTimeout(ctx, l.Duration+30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(bounded, "taskset", "-c", strconv.Itoa(l.CPU),
		"wrk", "-t1", "-c"+strconv.Itoa(l.Connections), "-d"+seconds(l.Duration), "--latency", url)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return loadResult{}, ctx.Err()
	}
	if err != nil {
		return loadResult{}, fmt.Errorf("wrk %s: %w: %s", url, err, out)
	}
	return parseWrk(out)
}

// seconds writes a duration as wrk reads it: in whole seconds, at least one.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(d.Round(time.Second)/time.Second))) + "s"
}

var (
	wrkTotal   = regexp.MustCompile(`(\d+) requests in ([0-9.]+[a-z]+),`)
	wrkP50     = regexp.MustCompile(`(?m)^\s*50%\s+([0-9.]+[a-z]+) *$`)
	wrkP99     = regexp.MustCompile(`(?m)^\s*99%\s+([0-9.]+[a-z]+) *$`)
	wrkFailure = regexp.MustCompile(`(?m)^\s*(Non-2xx or 3xx responses: .*|Socket errors: .*)$`)
)

func parseWrk(out []byte) (loadResult, error) {
	if m := wrkFailure.FindSubmatch(out); m != nil {
		return loadResult{}, fmt.Errorf("wrk: %s", m[1])
	}
	m := wrkTotal.FindSubmatch(out)
	if m == nil {
		return loadResult{}, fmt.Errorf("wrk: no total in %q", out)
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil || n == 0 {
		return loadResult{}, fmt.Errorf("wrk: %s requests", m[1])
	}
	r := loadResult{Requests: n}
	if r.Elapsed, err = time.ParseDuration(string(m[2])); err != nil {
		return loadResult{}, fmt.Errorf("wrk: %w", err)
	}
	if r.P50, err = percentile(wrkP50, out); err != nil {
		return loadResult{}, err
	}
	r.P99, err = percentile(wrkP99, out)
	return r, err
}

func percentile(re *regexp.Regexp, out []byte) (time.Duration, error) {
	m := re.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("wrk: no latency distribution in %q", out)
	}
	return time.ParseDuration(string(m[1]))
}
