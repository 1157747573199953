package main

import (
	"context"
	"slices"
	"time"

	"github.com/weirproxy/weir/admin"
	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/proxy"
)

// A transition is everything that a new configuration needs and that can fail,
// made before anything in force is touched.
type transition struct {
	cfg      *config.Config
	memory   memoryPlan
	snapshot *proxy.Snapshot
	access   *proxy.AccessWriter // nil: none
	relog    bool                // access takes the place of the one in force
	opened   []*listener
	admin    *admin.Server // nil: the one in force stays, or none is wanted
}

// change puts cfg in force for what begins after it. After an error, everything
// is as it was.
func (s *server) change(cfg *config.Config, hash string) error {
	t := &transition{}
	t.cfg, t.memory = s.memory.fit(cfg)
	if err := s.prepare(t); err != nil {
		s.abandon(t)
		return err
	}
	s.commit(t)
	s.metrics.Reloaded(hash, time.Now())
	return nil
}

// prepare makes what t needs.
func (s *server) prepare(t *transition) error {
	t.access = s.access.writer()
	if s.cfg == nil || s.cfg.Log.Access != t.cfg.Log.Access {
		w, err := proxy.OpenAccessLog(t.cfg.Log.Access, s.metrics)
		if err != nil {
			return err
		}
		t.access, t.relog = w, true
	}
	var err error
	deps := proxy.Deps{Metrics: s.metrics, Log: s.log, Access: t.access}
	if t.snapshot, err = proxy.Build(t.cfg, s.proxy.Snapshot(), deps); err != nil {
		return &invalid{err}
	}
	if err := s.prepareAdmin(t); err != nil {
		return err
	}
	for i := range t.cfg.Listeners {
		c := &t.cfg.Listeners[i]
		if s.listenerAt(c.Address) != nil {
			continue
		}
		l, err := s.openListener(c, len(t.cfg.Listeners))
		if err != nil {
			return err
		}
		t.opened = append(t.opened, l)
	}
	return nil
}

// abandon undoes prepare.
func (s *server) abandon(t *transition) {
	for _, l := range t.opened {
		l.ln.Close()
		s.forget(l)
	}
	if t.admin != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		t.admin.Close(ctx)
	}
	if t.relog {
		t.access.Close()
	}
}

// commit puts t in force. Nothing in it can fail.
func (s *server) commit(t *transition) {
	s.logs.configure(t.cfg.Log)
	s.memory.follow(t.memory, s.log)
	s.proxy.Install(t.snapshot)
	if t.relog {
		s.retireAccess(s.access.replace(t.access))
	}
	next, gone := s.divide(t)
	s.mu.Lock()
	s.listeners = next
	s.mu.Unlock()
	for _, l := range t.opened {
		s.serveListener(l)
	}
	s.cfg = t.cfg
	for _, l := range gone {
		s.retireListener(l)
	}
	s.commitAdmin(t)
}

// retireAccess closes an access log that is no longer in force, once what was in
// flight when it was had the time a drain would give it.
func (s *server) retireAccess(w *proxy.AccessWriter) {
	if w == nil {
		return
	}
	grace := s.cfg.Drain.Timeout
	s.tasks.Go(func() {
		pause(s.retire, grace)
		if err := s.access.closeFormer(w); err != nil {
			s.log.Error("access log", "error", err)
		}
	})
}

// divide configures the listeners that stay, and returns all that are open from
// now on, in the order of the configuration, and those that go.
func (s *server) divide(t *transition) (next, gone []*listener) {
	for i := range t.cfg.Listeners {
		c := &t.cfg.Listeners[i]
		if l := s.listenerAt(c.Address); l != nil {
			l.edge.Configure(edgeSettings(c, len(t.cfg.Listeners)))
			if l.name != c.Name {
				s.log.Warn("a listener keeps its name until weir starts again", "listener", l.name, "wanted", c.Name)
			}
			next = append(next, l)
			continue
		}
		at := slices.IndexFunc(t.opened, func(l *listener) bool { return l.address == c.Address })
		next = append(next, t.opened[at])
	}
	for _, l := range s.listeners {
		if !slices.Contains(next, l) {
			gone = append(gone, l)
		}
	}
	return next, gone
}

// listenerAt is the open listener that is configured with address, or nil.
func (s *server) listenerAt(address string) *listener {
	for _, l := range s.listeners {
		if l.address == address {
			return l
		}
	}
	return nil
}
