package config

import (
	"errors"
	"time"
)

func poolsKind(p *[]Pool) kind {
	fresh := func(name string) Pool {
		pool := defaultPool()
		pool.Name = name
		return pool
	}
	return table("a mapping from names to pools", p, maxPools, checkName, fresh, poolKind)
}

func poolKind(p *Pool) kind {
	return group(
		key{"backends", list("a list of backends", &p.Backends, maxBackends, true, defaultBackend, backendKind), true},
		key{"policy", word(&p.Policy, "round_robin"), false},
		key{"host", text("a host", &p.Host, checkHostField), false},
		key{"tls", backendTLSKind(&p.TLS), false},
		key{"timeouts", group(
			key{"connect", duration(&p.ConnectTimeout, minTimeout, maxTimeout), false},
			key{"tls", duration(&p.TLSTimeout, minTimeout, maxTimeout), false},
			key{"first_byte", duration(&p.FirstByte, minTimeout, maxTimeout), false},
			key{"between_bytes", duration(&p.BetweenBytes, minTimeout, maxTimeout), false},
			key{"tunnel_idle", duration(&p.TunnelIdle, minTimeout, maxTunnel), false},
			key{"idle", duration(&p.IdleTimeout, minTimeout, maxTimeout), false},
		), false},
		key{"idle_connections", count(&p.IdleConnections, 0, 100_000), false},
		key{"max_requests", count(&p.MaxRequests, 1, 1_000_000), false},
		key{"retries", count(&p.Retries, 0, 10), false},
		key{"health", optional(&p.Health, defaultHealth, healthKind), false},
	)
}

func backendKind(b *Backend) kind {
	address := text("an address", &b.Address, checkBackend)
	return short(group(
		key{"address", address, true},
		key{"weight", count(&b.Weight, 1, 1000), false},
	), address)
}

func backendTLSKind(p **BackendTLS) kind {
	return optional(p, defaultBackendTLS, func(t *BackendTLS) kind {
		return short(group(
			key{"server_name", text("a host", &t.ServerName, checkHost), false},
			key{"ca", text("a file", &t.CA, checkFile), false},
			key{"cert", text("a file", &t.Cert, checkFile), false},
			key{"key", text("a file", &t.Key, checkFile), false},
			key{"insecure", flag(&t.Insecure), false},
		), onlyTrue)
	})
}

// onlyTrue stands for an empty mapping where that reads better.
var onlyTrue = kind{
	name: "true",
	scalar: func(text string) error {
		if text != "true" {
			return errors.New("has to be true or a mapping (leave the key out for no)")
		}
		return nil
	},
}

func healthKind(h *Health) kind {
	fresh := func() StatusRange { return StatusRange{} }
	of := func(s *StatusRange) kind {
		return derived("a status or a range such as 200-399", s, parseStatuses, showStatuses)
	}
	return group(
		key{"path", text("a path", &h.Path, checkProbePath), false},
		key{"method", text("a method", &h.Method, checkMethod), false},
		key{"host", text("a host", &h.Host, checkHostField), false},
		key{"interval", duration(&h.Interval, 10*time.Millisecond, maxTimeout), false},
		key{"timeout", duration(&h.Timeout, minTimeout, maxTimeout), false},
		key{"rise", count(&h.Rise, 1, 100), false},
		key{"fall", count(&h.Fall, 1, 100), false},
		key{"expect", list("a list of statuses", &h.Expect, maxStatusRanges, true, fresh, of), false},
	)
}
