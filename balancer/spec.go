package balancer

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The limits on what a Spec may ask for.
const (
	MaxBackends      = 1024
	MaxWeight        = 1000
	MinProbeInterval = 10 * time.Millisecond
)

// A Spec describes a pool.
type Spec struct {
	Name        string
	MaxRequests int // in flight per backend; 0: no limit
	Backends    []BackendSpec
	Health      *HealthSpec // nil: no active probes
}

// A BackendSpec describes one member of a pool.
type BackendSpec struct {
	Name   string // its address: "host:port" or "unix:/path"; unique in the pool
	Weight int    // 1 to MaxWeight
}

// A HealthSpec describes the active probes of a pool's backends, over HTTP/1.1.
type HealthSpec struct {
	Path     string        // origin-form, may have a query
	Method   string        // empty: GET
	Host     string        // Host field; empty: the backend's address, "localhost" for a unix socket
	Interval time.Duration // between the end of a probe and the next, ± 20 %
	Timeout  time.Duration // of a whole probe
	Rise     int           // passes in a row that make an unhealthy backend healthy
	Fall     int           // failures in a row that make a backend unhealthy
	Expect   []StatusRange // statuses that pass; empty: 200 to 399

	// TLS makes probes speak TLS; it is not modified. It needs a ServerName for
	// unix sockets. Identity tells two of them apart: of specs with the same
	// Identity the TLS settings are taken to be the same, so that a reload that
	// made a new tls.Config leaves running probes alone.
	TLS      *tls.Config
	Identity string
}

// A StatusRange is an inclusive range of status codes.
type StatusRange struct{ From, To int }

// passes tells whether a response with this status is a pass.
func (h *HealthSpec) passes(status int) bool {
	if len(h.Expect) == 0 {
		return status >= 200 && status <= 399
	}
	return slices.ContainsFunc(h.Expect, func(r StatusRange) bool {
		return r.From <= status && status <= r.To
	})
}

// same tells whether probes by h and by o are the same probes.
func (h *HealthSpec) same(o *HealthSpec) bool {
	return h.Path == o.Path && h.Method == o.Method && h.Host == o.Host &&
		h.Interval == o.Interval && h.Timeout == o.Timeout &&
		h.Rise == o.Rise && h.Fall == o.Fall &&
		slices.Equal(h.Expect, o.Expect) &&
		(h.TLS == nil) == (o.TLS == nil) && h.Identity == o.Identity
}

// validate reports all that is wrong with a spec.
func (s *Spec) validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if s.MaxRequests < 0 {
		bad("max requests %d is negative", s.MaxRequests)
	}
	if len(s.Backends) > MaxBackends {
		bad("%d backends, more than %d", len(s.Backends), MaxBackends)
	}
	names := make(map[string]bool, len(s.Backends))
	for i, b := range s.Backends {
		switch {
		case b.Name == "":
			bad("backend %d has no name", i)
		case names[b.Name]:
			bad("backend %s is listed twice", b.Name)
		case b.Weight < 1 || b.Weight > MaxWeight:
			bad("backend %s: weight %d is not 1 to %d", b.Name, b.Weight, MaxWeight)
		}
		names[b.Name] = true
	}
	if s.Health != nil {
		if err := s.Health.validate(); err != nil {
			bad("health: %w", err)
		}
	}
	return errors.Join(errs...)
}

func (h *HealthSpec) validate() error {
	switch {
	case h.Interval < MinProbeInterval:
		return fmt.Errorf("interval %v is below %v", h.Interval, MinProbeInterval)
	case h.Timeout <= 0:
		return fmt.Errorf("timeout %v is not positive", h.Timeout)
	case h.Rise < 1 || h.Fall < 1:
		return fmt.Errorf("rise %d and fall %d have to be at least 1", h.Rise, h.Fall)
	}
	for _, r := range h.Expect {
		if r.From < 100 || r.To > 599 || r.From > r.To {
			return fmt.Errorf("statuses %d to %d are not a range within 100 to 599", r.From, r.To)
		}
	}
	_, err := newProbeRequest("localhost:80", h)
	return err
}
