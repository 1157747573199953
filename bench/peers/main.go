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
	proxies   string
	scenarios string
	bases     string
	weir      string
	out       string
	rounds    int
	proxyCPU  int
	load      load
}

func main() {
	// Nothing may end this process before it has ended those it started, a
	// reader of its output that goes away included: a write then returns an error.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "peers:", err)
		}
		stop()
		os.Exit(1)
	}
}

func parseFlags(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.proxies, "proxies", "weir,nginx,haproxy,varnish", "proxies to compare; one that is not installed is left out")
	f.StringVar(&o.scenarios, "scenarios", "all", `scenarios, "all", "pass" or "hit"`)
	f.StringVar(&o.bases, "bases", "nginx,haproxy", "proxies that ratios are relative to")
	f.StringVar(&o.weir, "weir", "", "weir's binary (empty: build it)")
	f.StringVar(&o.out, "out", "bench/out", "directory for the JSON report")
	f.IntVar(&o.rounds, "rounds", 5, "rounds of each scenario")
	f.IntVar(&o.proxyCPU, "proxy-cpu", 1, "CPU the proxies are pinned to")
	f.IntVar(&o.load.CPU, "load-cpu", 0, "CPU the load and the origin are pinned to")
	f.IntVar(&o.load.Connections, "connections", 64, "client connections")
	f.DurationVar(&o.load.Duration, "duration", 3*time.Second, "length of one measurement, in whole seconds")
	if err := f.Parse(args); err != nil {
		return options{}, err
	}
	switch {
	case f.NArg() > 0:
		return options{}, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case o.rounds < 1 || o.rounds > 1000:
		return options{}, errors.New("-rounds has to be from 1 to 1000")
	case o.load.Connections < 1 || o.load.Connections > 4000:
		return options{}, errors.New("-connections has to be from 1 to 4000")
	case o.load.Duration < time.Second || o.load.Duration > 10*time.Minute:
		return options{}, errors.New("-duration has to be from 1s to 10m")
	case o.proxyCPU == o.load.CPU:
		return options{}, errors.New("the proxies and the load need a CPU each")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	scs, err := selectScenarios(o.scenarios)
	if err != nil {
		return err
	}
	chosen, err := selectProxies(o.proxies)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weir-peers-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	shm, inMemory, err := memoryDir(dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(shm)

	progress := func(line string) { fmt.Fprintln(stderr, line) }
	if !inMemory {
		progress("nginx caches on disk: " + sharedMemory + " is not in memory")
	}
	b := &bench{options: o, dir: dir, shm: shm, progress: progress}
	defer b.stop()
	if err := b.start(ctx, chosen, scs); err != nil {
		return err
	}
	r, err := b.compare(ctx, scs)
	if err != nil {
		return err
	}
	if err := r.print(stdout); err != nil {
		return err
	}
	path, err := r.save(o.out)
	progress("report: " + path)
	return err
}
