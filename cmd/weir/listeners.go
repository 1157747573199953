package main

import (
	"context"
	"fmt"
	"net"
	"slices"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/edge"
	"github.com/weirproxy/weir/metrics"
)

// A listener is one open data listener. A reload recognises it by the address
// it is configured with.
type listener struct {
	name    string
	address string // as configured
	bound   string // with the real port
	ln      net.Listener
	edge    *edge.Server
	metrics *metrics.Listener
	closed  chan struct{} // closed once the socket is
}

// openListener binds the address of c, one of so many listeners. Nobody is served yet.
func (s *server) openListener(c *config.Listener, listeners int) (*listener, error) {
	ln, err := edge.Listen(c.Address)
	if err != nil {
		return nil, fmt.Errorf("listener %s: %w", c.Name, err)
	}
	l := &listener{name: c.Name, address: c.Address, ln: ln, bound: addressOf(ln.Addr()), closed: make(chan struct{})}
	s.mu.Lock()
	l.metrics = s.metrics.Listener(c.Name)
	s.mu.Unlock()
	l.edge = edge.New(c.Name, edgeSettings(c, listeners), s.proxy, s.metrics, s.log)
	return l, nil
}

// serveListener accepts connections until the listener is told to stop.
func (s *server) serveListener(l *listener) {
	s.tasks.Go(func() {
		defer close(l.closed)
		if err := l.edge.Serve(l.ln); err != nil {
			s.fail("listener "+l.name, err)
		}
	})
}

// retireListener stops accepting on a listener that the configuration names no
// more, and lets its connections end in the background.
func (s *server) retireListener(l *listener) {
	l.edge.StopAccepting()
	<-l.closed // the next configuration may want the address back
	ctx, cancel := context.WithTimeout(s.retire, s.cfg.Drain.Timeout)
	s.retiring.Add(1)
	s.tasks.Go(func() {
		defer s.retiring.Done()
		defer cancel()
		if err := l.edge.Wait(ctx); err != nil {
			s.log.Warn("connections of a removed listener were cut", "listener", l.name, "error", err)
		}
		s.forget(l)
	})
}

// forget removes the series of a listener that is gone, unless another one has
// come to bear its name.
func (s *server) forget(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := func(other *listener) bool { return other.metrics == l.metrics }
	if !slices.ContainsFunc(s.listeners, taken) {
		s.metrics.Forget(l.metrics)
	}
}

// addresses are the addresses that are really listened on, in the order of the
// configuration.
func (s *server) addresses() []string {
	var list []string
	for _, l := range s.listeners {
		list = append(list, l.bound)
	}
	return list
}

// addressOf is an address that is listened on, in the form of the configuration.
func addressOf(a net.Addr) string {
	if a.Network() == "unix" {
		return "unix:" + a.String()
	}
	return a.String()
}
