package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRun drives a real zone for a moment.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	args := []string{"-duration=200ms", "-rate=20000", "-objects=2000", "-memory=2", "-traces=zipf-1.1,scan"}
	if err := run(context.Background(), args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 MiB, 2000 objects", "zipf-1.1", "scan", "possible"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, &out)
		}
	}
}

// TestZoneFindsWhatItStored: and with the length it had.
func TestZoneFindsWhatItStored(t *testing.T) {
	z, err := newZone(64 << 20)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for i, want := range []bool{false, true, true} {
		if hit, err := z.ask(7, 100, int64(i)); hit != want || err != nil {
			t.Errorf("request %d: hit %v, %v, want %v", i, hit, err, want)
		}
	}
	if _, err := z.ask(7, 101, 3); err == nil {
		t.Error("another length: want an error")
	}
	if n, err := overhead(); err != nil || n < 400 || n > 4<<10 {
		t.Errorf("overhead %d, %v, want some hundreds of bytes", n, err)
	}
}

func TestParseFlagsHoldsLimits(t *testing.T) {
	for _, good := range []string{"-memory=1", "-memory=16384", "-objects=1", "-rate=1000", "-rate=1000000", "-duration=100ms", "-duration=1h"} {
		if _, err := parseFlags([]string{good}, io.Discard); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"-memory=0", "-memory=16385", "-objects=0", "-objects=100000001", "-rate=999", "-rate=1000001",
		"-duration=99ms", "-duration=61m", "stray", "-no-such-flag",
	} {
		if _, err := parseFlags([]string{bad}, io.Discard); err == nil {
			t.Errorf("%s: want an error", bad)
		}
	}
}

func TestPacerKeepsItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, begun := newPacer(10_000), time.Now()
		for range 20_000 {
			if _, err := p.next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took < 1990*time.Millisecond || took > 2010*time.Millisecond {
			t.Errorf("20000 requests took %v, want 2s", took)
		}
		// What was missed while the machine did something else is not made up for.
		time.Sleep(time.Minute)
		begun = time.Now()
		for range 10_000 {
			if _, err := p.next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took < 980*time.Millisecond {
			t.Errorf("10000 requests after a pause took %v, want almost 1s", took)
		}
	})
}

func TestPacerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := newPacer(1000)
	p.start = p.start.Add(time.Hour)
	if _, err := p.next(ctx); err == nil {
		t.Error("want an error")
	}
}
