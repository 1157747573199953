package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// originPorts is how many addresses the proxies balance over.
const originPorts = 3

// A bench is everything that runs during a comparison.
type bench struct {
	options
	dir      string
	progress func(string)

	origin  *server
	servers []*server
}

// start brings up the origin and every chosen proxy that is installed, and
// holds them to the same behaviour.
func (b *bench) start(ctx context.Context, chosen []proxy, scs []scenario) error {
	if _, err := findProgram("wrk"); err != nil {
		return err
	}
	origin, ports, err := startOrigin(ctx, b.dir, b.load, originPorts)
	if err != nil {
		return err
	}
	b.origin = origin
	for _, p := range chosen {
		bin, err := b.program(ctx, p)
		if errors.Is(err, errMissing) {
			b.progress(fmt.Sprintf("left out: %v", err))
			continue
		}
		if err != nil {
			return err
		}
		s, err := p.start(ctx, bin, b.dir, b.options, ports)
		if err != nil {
			return err
		}
		b.servers = append(b.servers, s)
		if err := checkSame(ctx, s, scs); err != nil {
			return fmt.Errorf("not comparable: %w", err)
		}
		b.progress(fmt.Sprintf("%s (%s): same bodies, connections kept on both sides", s.name, s.Version))
	}
	if len(b.servers) == 0 {
		return errors.New("none of the proxies is installed")
	}
	return nil
}

// program returns the binary of p; weir's is built unless one was given.
func (b *bench) program(ctx context.Context, p proxy) (string, error) {
	if p.name != "weir" {
		return findProgram(p.name)
	}
	if b.weir != "" {
		return filepath.Abs(b.weir)
	}
	bin := filepath.Join(b.dir, "weir")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", bin, "github.com/weirproxy/weir/cmd/weir").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return bin, nil
}

// compare measures all scenarios.
func (b *bench) compare(ctx context.Context, scs []scenario) (*report, error) {
	r := &report{
		Started:  time.Now(),
		Command:  os.Args,
		Machine:  machine(),
		Go:       runtime.Version(),
		Versions: map[string]string{},
		Base:     b.base,
		Load:     b.load,
		Rounds:   b.rounds,
	}
	for _, s := range b.servers {
		r.Versions[s.name] = s.Version
	}
	for _, sc := range scs {
		all, err := rounds(ctx, b.servers, sc, b.load, b.rounds, b.progress)
		if err != nil {
			return nil, err
		}
		r.Series = append(r.Series, all...)
	}
	r.Summary = summarise(r.Series, b.base)
	return r, nil
}

// stop ends all that start started.
func (b *bench) stop() {
	for _, s := range b.servers {
		s.stop()
	}
	if b.origin != nil {
		b.origin.stop()
	}
}
