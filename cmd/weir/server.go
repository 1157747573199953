package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weirproxy/weir/admin"
	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/proxy"
)

// closeTimeout is for what is left to do once no client connection is open:
// answers of the operators' listener, the last lines of the access log.
const closeTimeout = 2 * time.Second

// A server is one weir: the listeners, the data plane behind them and the
// operators' listener. start, reload, drain and close are called by one
// goroutine, in this order; close also after a start that failed.
type server struct {
	logs    *logging
	log     *slog.Logger
	metrics *metrics.Registry
	proxy   *proxy.Proxy
	phase   atomic.Uint32 // an admin.Phase

	cfg    *config.Config // in force
	access accessLog
	memory memoryKeeper
	failed chan error // a listener stopped serving by itself

	tasks     sync.WaitGroup // all goroutines
	retiring  sync.WaitGroup // those that wait for connections of removed listeners
	retire    context.Context
	endRetire context.CancelFunc // cuts those connections

	mu        sync.Mutex // guards the following fields against the operators' pages
	listeners []*listener
	admin     *admin.Server // nil: none
}

// newServer returns a server that logs to logs. It opens nothing.
func newServer(logs *logging) *server {
	s := &server{
		logs:    logs,
		log:     logs.logger(),
		metrics: metrics.New(currentVersion().Version),
		proxy:   proxy.New(),
		failed:  make(chan error, 1),
	}
	s.retire, s.endRetire = context.WithCancel(context.Background())
	return s
}

// start puts the first configuration in force: it opens everything and serves.
// hash identifies the configuration's text.
func (s *server) start(cfg *config.Config, hash string) error {
	s.logs.configure(cfg.Log)
	if err := s.change(cfg, hash); err != nil {
		return err
	}
	s.tasks.Go(s.keepMemory)
	s.phase.Store(uint32(admin.Ready))
	s.log.Info("serving",
		"listeners", s.addresses(),
		"admin", s.adminAddress(),
		"version", currentVersion().Version,
		"holds", summary(cfg))
	return nil
}

// drain lets clients go: readiness fails, responses ask to close, and after the
// configured delay no connection is accepted any more and what is in flight has
// until the timeout. It reports whether that was enough. The end of ctx ends
// the delay and the wait.
func (s *server) drain(ctx context.Context) bool {
	began := time.Now()
	s.phase.Store(uint32(admin.Draining))
	s.log.Info("draining", "delay", s.cfg.Drain.Delay.String(), "timeout", s.cfg.Drain.Timeout.String())
	s.proxy.Drain()
	for _, l := range s.listeners {
		l.edge.Bleed()
	}
	pause(ctx, s.cfg.Drain.Delay)
	for _, l := range s.listeners {
		l.edge.StopAccepting()
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Drain.Timeout)
	defer cancel()
	ok := s.waitAll(ctx)
	s.log.Info("drained", "complete", ok, "took", time.Since(began).Round(time.Millisecond).String())
	return ok
}

// waitAll waits for the connections of all listeners, removed ones included,
// and reports whether none had to be cut because ctx ended.
func (s *server) waitAll(ctx context.Context) bool {
	stop := context.AfterFunc(ctx, func() {
		s.endRetire()
		s.proxy.Abandon() // handlers may be waiting for a backend on behalf of the cache
	})
	defer stop()
	var cut atomic.Bool
	var all sync.WaitGroup
	for _, l := range s.listeners {
		all.Go(func() {
			if l.edge.Wait(ctx) != nil {
				cut.Store(true)
			}
		})
	}
	all.Wait()
	s.retiring.Wait()
	return !cut.Load() && ctx.Err() == nil
}

// close ends what drain leaves: connections to backends, probes, the access log
// and, last, the operators' listener. Without a drain before it, client
// connections are cut.
func (s *server) close() {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	for _, l := range s.listeners {
		l.edge.StopAccepting()
	}
	s.waitAll(now)
	s.endRetire() // and with it the wait of access logs

	s.proxy.Close()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if s.admin != nil {
		s.admin.Close(ctx)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.tasks.Wait()
		if err := s.access.close(); err != nil {
			s.log.Error("access log", "error", err)
		}
	}()
	select {
	case <-written:
	case <-ctx.Done():
		s.log.Error("the access log's reader has stalled: its last lines are lost")
	}
}

// reopenLogs opens the access log anew, after its file was moved away.
func (s *server) reopenLogs() {
	s.tasks.Go(func() {
		if err := s.access.reopen(); err != nil {
			s.log.Error("access log is not reopened; the old file stays in use", "error", err)
			return
		}
		s.log.Info("access log reopened")
	})
}

// fail reports that a listener stopped serving; only the first one counts.
func (s *server) fail(what string, err error) {
	select {
	case s.failed <- fmt.Errorf("%s: %w", what, err):
	default:
	}
}
