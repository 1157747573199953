package main

import (
	"context"

	"github.com/weirproxy/weir/admin"
	"github.com/weirproxy/weir/edge"
	"github.com/weirproxy/weir/proxy"
)

// prepareAdmin opens the operators' listener that t wants, unless it is open.
// It answers at once: until the first configuration is in force, that weir is
// starting.
func (s *server) prepareAdmin(t *transition) error {
	address := t.cfg.Admin.Address
	if address == "" || s.cfg != nil && s.cfg.Admin.Address == address {
		return nil
	}
	a := admin.New(address, admin.Sources{
		Phase:     func() admin.Phase { return admin.Phase(s.phase.Load()) },
		Listeners: s.adminListeners,
		Pools:     s.adminPools,
		Zones:     s.zones,
		Purge:     s.proxy.Purge,
		Metrics:   s.metrics.Handler(),
	}, s.log)
	if err := a.Listen(edge.Listen); err != nil {
		return err
	}
	t.admin = a
	s.tasks.Go(func() {
		if err := a.Serve(); err != nil {
			s.log.Error("operators' listener", "error", err)
		}
	})
	return nil
}

// commitAdmin closes the operators' listener that t replaces or wants no more.
func (s *server) commitAdmin(t *transition) {
	if t.admin == nil && t.cfg.Admin.Address != "" {
		return
	}
	s.mu.Lock()
	old := s.admin
	s.admin = t.admin
	s.mu.Unlock()
	if old == nil {
		return
	}
	s.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(s.retire, closeTimeout)
		defer cancel()
		old.Close(ctx)
	})
}

func (s *server) adminAddress() string {
	if s.admin == nil {
		return "none"
	}
	return addressOf(s.admin.Addr())
}

func (s *server) adminListeners() []admin.Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []admin.Listener
	for _, l := range s.listeners {
		list = append(list, admin.Listener{Name: l.name, Address: l.bound})
	}
	return list
}

func (s *server) adminPools() []admin.Pool {
	var list []admin.Pool
	for _, b := range s.backends() {
		if n := len(list); n == 0 || list[n-1].Name != b.Pool {
			list = append(list, admin.Pool{Name: b.Pool})
		}
		p := &list[len(list)-1]
		p.Total++
		if takesRequests(b) {
			p.Healthy++
		}
	}
	return list
}

// backends are the states of all backends, pool by pool.
func (s *server) backends() []proxy.BackendState {
	snapshot := s.proxy.Snapshot()
	if snapshot == nil {
		return nil
	}
	return snapshot.Backends()
}

// zones are the states of all zones of the cache.
func (s *server) zones() []proxy.ZoneState {
	snapshot := s.proxy.Snapshot()
	if snapshot == nil {
		return nil
	}
	return snapshot.Zones()
}

// takesRequests tells whether a backend's pool sends it requests.
func takesRequests(b proxy.BackendState) bool {
	return !b.Draining && b.Status.Health.String() != "unhealthy"
}
