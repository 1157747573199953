package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

const wrkOutput = `Running 2s test @ http://127.0.0.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   688.41us  412.77us  12.01ms   90.12%
    Req/Sec   108.55k     2.31k  110.90k    85.00%
  Latency Distribution
     50%  590.00us
     75%  801.00us
     90%    1.02ms
     99%    1.23ms
  216024 requests in 2.00s, 41.62MB read
Requests/sec: 107987.12
Transfer/sec:     20.80MB
`

func TestParseWrk(t *testing.T) {
	got, err := parseWrk([]byte(wrkOutput))
	want := loadResult{
		Requests: 216024,
		Elapsed:  2 * time.Second,
		P50:      590 * time.Microsecond,
		P99:      1230 * time.Microsecond,
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// wrk fills up units of one letter with a space.
func TestParseWrkInSeconds(t *testing.T) {
	slow := strings.Replace(wrkOutput, "99%    1.23ms", "99%    1.23s ", 1)
	if got, err := parseWrk([]byte(slow)); err != nil || got.P99 != 1230*time.Millisecond {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestParseWrkRefusesFailedRequests(t *testing.T) {
	total := "  216024 requests in 2.00s, 41.62MB read\n"
	for name, c := range map[string]struct{ old, new string }{
		"status":       {total, total + "  Non-2xx or 3xx responses: 3\n"},
		"socket":       {total, total + "  Socket errors: connect 0, read 1, write 0, timeout 0\n"},
		"none served":  {"  216024 requests", "  0 requests"},
		"no total":     {total, ""},
		"no latencies": {"     99%    1.23ms\n", ""},
		"endless":      {"  216024 requests", "  99999999999999999999 requests"},
	} {
		broken := strings.Replace(wrkOutput, c.old, c.new, 1)
		if broken == wrkOutput {
			t.Fatalf("%s: nothing replaced", name)
		}
		if got, err := parseWrk([]byte(broken)); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

func TestSecondsAreWholeAndAtLeastOne(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1s", time.Second: "1s", 1600 * time.Millisecond: "2s", 2 * time.Minute: "120s",
	} {
		if got := seconds(d); got != want {
			t.Errorf("seconds(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestParseStat(t *testing.T) {
	line := "4242 (a) (b) c) S 1 4200 4242 0 -1 4194560 100 0 0 0 321 654 7 8 20 0 5 0 1 2 3\n"
	got, err := parseStat([]byte(line))
	if want := (stat{pgrp: 4200, utime: 321, stime: 654}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", "1 (a", "1 (a) S 1 2 3", strings.Replace(line, "4200", "x", 1), strings.Replace(line, "654", "-6", 1)} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("parseStat(%q) = %+v, want an error", bad, got)
		}
	}
}

func TestParsePeak(t *testing.T) {
	for status, want := range map[string]int64{
		"Name:\tx\nVmHWM:\t   14592 kB\nVmRSS:\t 1 kB\n": 14592,
		"Name:\tx\nState:\tZ (zombie)\n":                 0,
	} {
		if got, err := parsePeak([]byte(status)); err != nil || got != want {
			t.Errorf("parsePeak(%q) = %d, %v, want %d", status, got, err, want)
		}
	}
	if got, err := parsePeak([]byte("VmHWM:\t many kB\n")); err == nil {
		t.Errorf("got %d, want an error", got)
	}
}

// TestUsageOfThisProcess reads the real files: the kernel's own account of this
// process has to be found in what is read of its group.
func TestUsageOfThisProcess(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc here")
	}
	spin(t, 6*tick)
	own := ownTime(t)
	got, err := cpuTime(syscall.Getpgrp())
	if err != nil || got < own-2*tick {
		t.Errorf("cpuTime = %v, %v, want at least %v", got, err, own-2*tick)
	}
	if peak, err := peakMemory(syscall.Getpgrp()); err != nil || peak < 1<<20 {
		t.Errorf("peakMemory = %d, %v, want at least a MiB", peak, err)
	}
	if _, err := cpuTime(1 << 30); err == nil {
		t.Error("a group that cannot exist has no error")
	}
}

// spin uses at least d of CPU time.
func spin(t *testing.T, d time.Duration) {
	t.Helper()
	for start := ownTime(t); ownTime(t)-start < d; {
	}
}

// ownTime is what the kernel says this process has used so far.
func ownTime(t *testing.T) time.Duration {
	t.Helper()
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}
