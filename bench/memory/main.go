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
	weir     string
	budget   int64
	base     int64
	requests int64
	longest  time.Duration
	conns    int
	slow     int
	hotRate  int
	hotShare float64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "memory:", err)
		}
		stop()
		os.Exit(1)
	}
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("memory", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.weir, "weir", "", "weir's binary (empty: build it)")
	budget := f.Int64("budget", 256, "the cache's memory in MiB")
	base := f.Int64("base", 144, "fixed part of the bound in MiB")
	f.Int64Var(&o.requests, "requests", 1_000_000, "requests of the flood")
	f.DurationVar(&o.longest, "longest", 10*time.Minute, "end of the flood, whether all were made or not")
	f.IntVar(&o.conns, "connections", 32, "connections of the flood")
	f.IntVar(&o.slow, "slow", 32, "clients that read slowly")
	f.IntVar(&o.hotRate, "hot-rate", 1000, "requests a second for the hot set")
	f.Float64Var(&o.hotShare, "hot-share", 95, "percent of them that have to be hits")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	o.budget, o.base = *budget<<20, *base<<20
	switch {
	case f.NArg() > 0:
		return options{}, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case *budget < 16 || *budget > 64<<10:
		return options{}, errors.New("-budget has to be from 16 to 65536")
	case *base < 0 || *base > 64<<10:
		return options{}, errors.New("-base has to be from 0 to 65536")
	case o.requests < 1 || o.requests > 1_000_000_000:
		return options{}, errors.New("-requests has to be from 1 to 1000000000")
	case o.longest < time.Second || o.longest > 24*time.Hour:
		return options{}, errors.New("-longest has to be from 1s to 24h")
	case o.conns < 1 || o.conns > 400:
		return options{}, errors.New("-connections has to be from 1 to 400")
	case o.slow < 0 || o.slow > 400:
		return options{}, errors.New("-slow has to be from 0 to 400")
	case o.hotRate < 1 || o.hotRate > 100_000:
		return options{}, errors.New("-hot-rate has to be from 1 to 100000")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weir-memory-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	from, err := startOrigin()
	if err != nil {
		return err
	}
	defer from.close()
	w, err := startWeir(ctx, dir, o, from.address())
	if err != nil {
		return err
	}
	defer w.stop()
	return attack(ctx, w, o, stdout)
}

// attack floods w and judges what came of it.
func attack(ctx context.Context, w *weir, o options, stdout io.Writer) error {
	a := &assault{to: w.address, plan: newPlan(o.budget), options: o}
	if err := a.warm(ctx); err != nil {
		return err
	}
	bound := o.budget + o.budget/4 + o.base
	fmt.Fprintf(stdout, "budget %d MiB, bound %d MiB: 1.25 times that and a base of %d MiB\n",
		o.budget>>20, bound>>20, o.base>>20)
	watch := newWatch(w, a, stdout)
	watch.row(0)
	ended := a.start(ctx)
	if err := watch.until(ended); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return watch.judge(bound)
}
