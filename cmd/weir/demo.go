package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// Where the demo would like to listen.
const (
	demoAddress      = "127.0.0.1:8080"
	demoAdminAddress = "127.0.0.1:9900"
)

// demoAttempts is how often the demo looks for free ports: somebody else may
// take one before weir does.
const demoAttempts = 3

func demoCommand(std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Run weir in front of a small service, all in one process",
		Long: `demo starts four replicas of a small product service on free loopback ports,
one of them slow and flaky, and weir in front of them, which answers most requests
from its cache. It prints what to try, and ends on Ctrl-C.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			// A terminal that goes away takes the demo along.
			orders, stop := listenToSignals(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
			orders.reload = nil
			defer stop()
			return runDemo(std, orders)
		},
	}
}

// A demo is the service behind weir and everything else that weir run does not
// have: a configuration made up on the spot, somebody who asks for pages, and a
// line of figures.
type demo struct {
	shops  []*shop // a, b, c and the flaky d
	web    string  // addresses of weir
	admin  string
	file   string // of the configuration
	config string // its text

	screen  *screen
	process *process
	serving sync.WaitGroup // shops

	background     sync.WaitGroup // load and figures
	stopBackground context.CancelFunc
}

// runDemo runs the demo until an order to stop.
func runDemo(std streams, o orders) error {
	d := &demo{screen: newScreen(std.out)}
	defer d.closeShops()
	if err := d.openShops(); err != nil {
		return failure(err)
	}
	var err error
	for range demoAttempts {
		err = d.run(std, o)
		if !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return err
}

// run serves on ports that were free a moment ago, until an order to stop.
func (d *demo) run(std streams, o orders) error {
	if err := d.writeConfig(); err != nil {
		return failure(err)
	}
	defer os.Remove(d.file)
	d.process = newProcess(d.file, newLogging(d.screen.above(std.err)))
	d.process.started = d.began
	d.process.draining = d.ending
	return d.process.run(std, o)
}

// openShops starts the replicas.
func (d *demo) openShops() error {
	for _, name := range []string{"a", "b", "c", "d"} {
		s := newShop(name, name == "d")
		d.shops = append(d.shops, s)
		if err := s.listen(); err != nil {
			return err
		}
		d.serving.Go(s.serve)
	}
	return nil
}

func (d *demo) closeShops() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	for _, s := range d.shops {
		s.close(ctx)
	}
	d.serving.Wait()
}

// writeConfig finds ports and writes the configuration to a file of its own.
func (d *demo) writeConfig() error {
	var err error
	if d.web, err = freeAddress(demoAddress); err != nil {
		return err
	}
	if d.admin, err = freeAddress(demoAdminAddress); err != nil {
		return err
	}
	d.config = demoConfig(d.web, d.admin, d.shops)
	f, err := os.CreateTemp("", "weir-demo-*.yaml") // 0600
	if err != nil {
		return err
	}
	d.file = f.Name()
	_, err = f.WriteString(d.config)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		os.Remove(d.file)
	}
	return err
}

// freeAddress is the wanted loopback address, or one with another port when
// something listens there already.
func freeAddress(wanted string) (string, error) {
	for _, address := range []string{wanted, "127.0.0.1:0"} {
		ln, err := net.Listen("tcp", address)
		if err == nil {
			defer ln.Close()
			return ln.Addr().String(), nil
		}
	}
	return "", fmt.Errorf("no free port on 127.0.0.1 in place of %s", wanted)
}

// began says what to try, once weir serves, and makes the figures move.
func (d *demo) began() {
	d.screen.print(d.intro())
	ctx, cancel := context.WithCancel(context.Background())
	d.stopBackground = cancel
	d.background.Go(func() { demoLoad(ctx, "http://"+d.web) })
	if d.screen.live {
		d.background.Go(func() { d.figures(ctx, time.Second) })
	}
}

// ending comes before the drain: whoever would go on for ever is told to stop.
func (d *demo) ending() {
	d.stopBackground()
	d.background.Wait()
	d.screen.show("")
	for _, s := range d.shops {
		s.finish()
	}
}
