package proxy

import (
	"crypto/tls"
	"strings"
	"time"

	"github.com/weirproxy/weir/balancer"
	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/upstream"
)

// A pool is a config.Pool made ready: who gets the next attempt, and the
// connections to each backend, by the same index.
type pool struct {
	spec     *config.Pool
	balance  *balancer.Pool
	metrics  *metrics.Pool
	backends []backend
	timeouts upstream.Timeouts
	host     []byte // sent as Host; nil: the client's
}

// A backend is a member of a pool. Its transport outlives the snapshot when the
// next one still names the same address with the same parameters.
type backend struct {
	transport *upstream.Transport
	params    transportParams
	metrics   *metrics.Backend
}

// transportParams are what a transport was made from: equal ones can share it.
type transportParams struct {
	network, address string
	tls              string // identity of the TLS parameters, files' contents included
	connect, secure  time.Duration
	idle             time.Duration
	maxIdle          int
}

// buildPool makes the pool of spec; prev is its predecessor or nil. Problems are
// reported as those of cfg.
func buildPool(cfg *config.Config, spec *config.Pool, prev *pool, m *metrics.Registry) (*pool, config.Problems) {
	tlsConfig, identity, bad := clientTLS(spec.TLS)
	if bad != nil {
		return nil, inPool(cfg, spec, bad)
	}
	p := &pool{
		spec: spec, metrics: m.Pool(spec.Name),
		timeouts: upstream.Timeouts{FirstByte: spec.FirstByte, BetweenBytes: spec.BetweenBytes},
	}
	if spec.Host != "" {
		p.host = []byte(spec.Host)
	}
	var old *balancer.Pool
	if prev != nil {
		old = prev.balance
	}
	var err error
	if p.balance, err = balancer.New(balanceSpec(spec, tlsConfig, identity), old); err != nil {
		return nil, config.Problems{cfg.Problem(err.Error(), "pools", spec.Name)}
	}
	for i := range spec.Backends {
		network, address := splitAddress(spec.Backends[i].Address)
		b := backend{
			metrics: m.Backend(spec.Name, spec.Backends[i].Address),
			params: transportParams{
				network: network, address: address, tls: identity,
				connect: spec.ConnectTimeout, secure: spec.TLSTimeout,
				idle: spec.IdleTimeout, maxIdle: spec.IdleConnections,
			},
		}
		if b.transport = prev.transportFor(b.params); b.transport == nil {
			b.transport = upstream.New(upstream.Config{
				Network: network, Address: address, TLS: tlsConfig,
				ConnectTimeout: spec.ConnectTimeout, TLSTimeout: spec.TLSTimeout,
				IdleTimeout: spec.IdleTimeout, MaxIdle: spec.IdleConnections,
			})
		}
		p.backends = append(p.backends, b)
	}
	return p, nil
}

// hostFor is what the backend is told as Host; nil: what the client said. A client
// that said nothing, as HTTP/1.0 allows, asks for the backend itself.
func (p *pool) hostFor(req *message.Request) []byte {
	if p.host != nil || len(req.Authority) > 0 || len(p.spec.Backends) == 0 {
		return p.host
	}
	if network, address := splitAddress(p.spec.Backends[0].Address); network == "tcp" {
		return []byte(address)
	}
	return []byte("localhost")
}

// transportFor finds a transport made from the same parameters.
func (p *pool) transportFor(params transportParams) *upstream.Transport {
	if p == nil {
		return nil
	}
	for i := range p.backends {
		if p.backends[i].params == params {
			return p.backends[i].transport
		}
	}
	return nil
}

// watch lets the figures of the backends be read when somebody scrapes.
func (p *pool) watch() {
	for i, state := range p.balance.Backends() {
		transport := p.backends[i].transport
		p.backends[i].metrics.Watch(metrics.Gauges{
			InFlight: state.InFlight,
			Healthy:  state.Healthy,
			Connections: func() metrics.Connections {
				opened, reused, open, _ := transport.Stats()
				return metrics.Connections{Opened: opened, Reused: reused, Open: int64(open)}
			},
		})
	}
}

// splitAddress takes apart "host:port" and "unix:/path".
func splitAddress(address string) (network, rest string) {
	if path, unix := strings.CutPrefix(address, "unix:"); unix {
		return "unix", path
	}
	return "tcp", address
}

func balanceSpec(spec *config.Pool, tlsConfig *tls.Config, identity string) balancer.Spec {
	out := balancer.Spec{Name: spec.Name, MaxRequests: spec.MaxRequests}
	for _, b := range spec.Backends {
		out.Backends = append(out.Backends, balancer.BackendSpec{Name: b.Address, Weight: b.Weight})
	}
	if h := spec.Health; h != nil {
		host := h.Host
		if host == "" {
			host = spec.Host
		}
		out.Health = &balancer.HealthSpec{
			Path: h.Path, Method: h.Method, Host: host,
			Interval: h.Interval, Timeout: h.Timeout, Rise: h.Rise, Fall: h.Fall,
			TLS: tlsConfig, Identity: identity,
		}
		for _, r := range h.Expect {
			out.Health.Expect = append(out.Health.Expect, balancer.StatusRange{From: r.From, To: r.To})
		}
	}
	return out
}
