package config

import (
	"net/netip"
	"time"
)

// The schema: which keys there are, what kind of value each takes and where the
// value goes. The decoder reads by it, suggestions are made from it and the
// reference is held to it.

func rootKind(c *Config) kind {
	return group(
		key{"listen", listenKind(&c.Listeners), true},
		key{"trusted_proxies", rangesKind(&c.TrustedProxies, maxTrustedProxies), false},
		key{"admin", adminKind(&c.Admin), false},
		key{"log", logKind(&c.Log), false},
		key{"drain", drainKind(&c.Drain), false},
		key{"cache", cacheKind(&c.Cache), false},
		key{"pools", poolsKind(&c.Pools), false},
		key{"routes", routesKind(&c.Routes), true},
	)
}

func listenKind(p *[]Listener) kind {
	return list("a list of listeners", p, maxListeners, true, defaultListener, listenerKind)
}

func listenerKind(l *Listener) kind {
	address := text("an address", &l.Address, checkListen)
	return short(group(
		key{"name", text("a name", &l.Name, checkName), false},
		key{"address", address, true},
		key{"timeouts", group(
			key{"header", duration(&l.HeaderTimeout, minTimeout, maxTimeout), false},
			key{"body_idle", duration(&l.BodyIdle, minTimeout, maxTimeout), false},
			key{"body_grace", duration(&l.BodyGrace, 0, maxTimeout), false},
			key{"send_idle", duration(&l.SendIdle, minTimeout, maxTimeout), false},
			key{"keep_alive", either(duration(&l.KeepAlive, minTimeout, maxTimeout), "off", &l.KeepAlive, 0), false},
		), false},
		key{"limits", group(
			key{"header_bytes", size(&l.HeaderBytes, 1<<10, 1<<20), false},
			key{"header_fields", count(&l.HeaderFields, 8, 1000), false},
			key{"target_bytes", size(&l.TargetBytes, 64, 1<<20), false},
			key{"connections", either(count(&l.MaxConnections, 1, 1_000_000), "auto", &l.MaxConnections, 0), false},
			key{"connections_per_address", either(count(&l.MaxConnectionsPerAddress, 1, 1_000_000), "unlimited", &l.MaxConnectionsPerAddress, 0), false},
			key{"body_min_rate", either(rate(&l.BodyMinRate, 1, 1<<30), "off", &l.BodyMinRate, 0), false},
		), false},
		key{"underscores", word(&l.Underscores, UnderscoresRejectAliases, UnderscoresReject, UnderscoresDrop, UnderscoresAllow), false},
	), address)
}

func rangesKind(p *[]netip.Prefix, most int) kind {
	fresh := func() netip.Prefix { return netip.Prefix{} }
	of := func(p *netip.Prefix) kind {
		return derived("an address range", p, parsePrefix, netip.Prefix.String)
	}
	return list("a list of address ranges", p, most, true, fresh, of)
}

func adminKind(a *Admin) kind {
	return group(
		key{"address", either(text("an address", &a.Address, checkAdmin), "off", &a.Address, ""), false},
	)
}

func logKind(l *Log) kind {
	path := either(text("a file", &l.Access.Path, checkFile), "off", &l.Access.Path, "")
	path.name = "stdout, stderr, off or a file"
	return group(
		key{"level", word(&l.Level, "debug", "info", "warn", "error"), false},
		key{"format", word(&l.Format, "text", "json"), false},
		key{"access", short(group(
			key{"path", path, false},
			key{"format", word(&l.Access.Format, "json", "combined"), false},
		), path), false},
	)
}

func drainKind(d *Drain) kind {
	return group(
		key{"delay", duration(&d.Delay, 0, time.Hour), false},
		key{"timeout", duration(&d.Timeout, 0, maxTimeout), false},
	)
}
