package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	traces   string
	memory   int64
	objects  int
	rate     int
	duration time.Duration
	seed     uint64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "hitratio:", err)
		}
		stop()
		os.Exit(1)
	}
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("hitratio", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.traces, "traces", "all", `traces, or "all"`)
	memory := f.Int64("memory", 64, "size of both caches in MiB")
	f.IntVar(&o.objects, "objects", 100_000, "objects at a time")
	f.IntVar(&o.rate, "rate", 60_000, "requests a second")
	f.DurationVar(&o.duration, "duration", 6*time.Second, "length of each trace")
	f.Uint64Var(&o.seed, "seed", 1, "of the traces")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	o.memory = *memory << 20
	switch {
	case f.NArg() > 0:
		return options{}, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case *memory < 1 || *memory > 16<<10:
		return options{}, errors.New("-memory has to be from 1 to 16384")
	case o.objects < 1 || o.objects > 100_000_000:
		return options{}, errors.New("-objects has to be from 1 to 100000000")
	case o.rate < 1000 || o.rate > 1_000_000:
		return options{}, errors.New("-rate has to be from 1000 to 1000000")
	case o.duration < time.Second/10 || o.duration > time.Hour:
		return options{}, errors.New("-duration has to be from 100ms to 1h")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	chosen, err := selectTraces(o.traces)
	if err != nil {
		return err
	}
	var results []result
	for _, t := range chosen {
		r, err := compare(ctx, t, o)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		results = append(results, r)
		fmt.Fprintf(stderr, "%s: %d requests\n", t.name, r.requests)
	}
	return print(stdout, o, results)
}
