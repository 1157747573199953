package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// startTimeout is how long a server may take until it accepts connections.
const startTimeout = 20 * time.Second

// A server is a running origin or proxy.
type server struct {
	*process
	Version string
	address string // where it listens
	proxy   proxy  // what it is; the origin: none
}

func (s *server) url(path string) string { return "http://" + s.address + path }

// startOrigin runs nginx on n ports with the bodies of all scenarios.
func startOrigin(ctx context.Context, dir string, l load, n int) (*server, []int, error) {
	bin, err := findProgram("nginx")
	if err != nil {
		return nil, nil, fmt.Errorf("origin: %w", err)
	}
	root := dir + "/root"
	if err := os.Mkdir(root, 0o755); err != nil {
		return nil, nil, err
	}
	if err := writeBodies(root); err != nil {
		return nil, nil, err
	}
	ports, err := freePorts(n)
	if err != nil {
		return nil, nil, err
	}
	conf, err := writeConfig("origin.conf", settings{
		Dir: dir, Origins: ports, Inline: inline(), Room: l.room(), Root: os.Geteuid() == 0,
	})
	if err != nil {
		return nil, nil, err
	}
	s, err := serve(ctx, "origin", dir, l.CPU, ports[0], bin, "-p", dir, "-c", conf)
	return s, ports, err
}

// start runs a proxy in front of the origins.
func (p proxy) start(ctx context.Context, bin, dir, shm string, o options, origins []int) (*server, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	with := settings{
		Dir: dir, Shm: shm, Port: ports[0], Origins: origins, Room: o.load.room(), Root: os.Geteuid() == 0,
	}
	conf, err := writeConfig(p.config, with)
	if err != nil {
		return nil, err
	}
	s, err := serve(ctx, p.label(), dir, o.proxyCPU, ports[0], append([]string{bin}, p.args(conf, with)...)...)
	if err != nil {
		return nil, err
	}
	s.proxy, s.Version = p, programVersion(bin, p.version)
	return s, nil
}

// serve starts argv and waits until it accepts connections on port.
func serve(ctx context.Context, name, dir string, cpu, port int, argv ...string) (*server, error) {
	p, err := startProcess(name, dir, cpu, argv...)
	if err != nil {
		return nil, err
	}
	s := &server{process: p, address: "127.0.0.1:" + strconv.Itoa(port)}
	if err := s.waitAccepting(ctx); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *server) waitAccepting(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		if conn, err := net.Dial("tcp", s.address); err == nil {
			return conn.Close()
		}
		if err := s.alive(); err != nil {
			return err
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return fmt.Errorf("%s does not accept connections on %s: %w: %s", s.name, s.address, ctx.Err(), s.tail())
		}
	}
}

// freePorts returns loopback ports that were free a moment ago.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close() // after the last one is chosen, so that all differ
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
