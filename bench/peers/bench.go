package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// originPorts is how many addresses the proxies balance over.
const originPorts = 3

// A bench is everything that runs during a comparison.
type bench struct {
	options
	dir      string
	shm      string // a directory in memory
	progress func(string)

	origin  *server
	count   *counter
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
	b.origin, b.count = origin, newCounter(origin)
	for _, p := range chosen {
		own := ofKind(scs, p.cached)
		if len(own) == 0 {
			continue
		}
		bin, err := b.program(ctx, p)
		if errors.Is(err, errMissing) {
			b.progress(fmt.Sprintf("left out: %v", err))
			continue
		}
		if err != nil {
			return err
		}
		s, err := p.start(ctx, bin, b.dir, b.shm, b.options, ports)
		if err != nil {
			return err
		}
		b.servers = append(b.servers, s)
		shown, err := checkSame(ctx, s, own, b.count)
		if err != nil {
			return fmt.Errorf("not comparable: %w", err)
		}
		b.progress(fmt.Sprintf("%s (%s): %s", s.name, s.Version, shown))
	}
	if len(b.servers) == 0 {
		return errors.New("none of the proxies is installed")
	}
	return nil
}

// program returns the binary of p; weir's is built unless one was given.
func (b *bench) program(ctx context.Context, p proxy) (string, error) {
	if p.program != "weir" {
		return findProgram(p.program)
	}
	if b.weir != "" {
		return filepath.Abs(b.weir)
	}
	bin := filepath.Join(b.dir, "weir")
	if _, err := os.Stat(bin); err == nil {
		return bin, nil // for the other role
	}
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
		Bases:    strings.Split(b.bases, ","),
		Load:     b.load,
		Rounds:   b.rounds,
	}
	for _, s := range b.servers {
		r.Versions[s.proxy.name] = s.Version
	}
	for _, sc := range scs {
		all, err := b.measureRounds(ctx, sc)
		if err != nil {
			return nil, err
		}
		r.Series = append(r.Series, all...)
	}
	r.Summary = summarise(r.Series, r.Bases)
	return r, nil
}

// stop ends all that start started.
func (b *bench) stop() {
	for _, s := range b.servers {
		s.stop()
	}
	if b.origin != nil {
		b.count.client.CloseIdleConnections()
		b.origin.stop()
	}
}
