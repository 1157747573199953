package config

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// finish checks what concerns several values together and fills in what is
// derived from others. It runs after reading, whatever reading found wrong.
func (d *decoder) finish(c *Config) {
	d.finishListeners(c)
	if path := &c.Log.Access.Path; *path != "" && *path != "stdout" && *path != "stderr" {
		*path = d.resolve(*path)
	}
	for i := range c.Pools {
		d.finishPool(&c.Pools[i])
	}
	d.finishRoutes(c)
	d.finishCache(c)
}

func (d *decoder) finishListeners(c *Config) {
	seen := map[string]bool{}
	for i := range c.Listeners {
		l, path := &c.Listeners[i], fmt.Sprintf("listen[%d]", i)
		if l.Name != "" && seen[l.Name] {
			d.failAt(path+".name", "another listener has the name %q", l.Name)
		}
		seen[l.Name] = true
		if l.TargetBytes > l.HeaderBytes {
			if d.has(path + ".limits.target_bytes") {
				d.failAt(path+".limits.target_bytes", "is part of the head and cannot be larger than header_bytes, %s", showSize(l.HeaderBytes))
			}
			l.TargetBytes = l.HeaderBytes
		}
		for j := range i {
			if overlap(l.Address, c.Listeners[j].Address) {
				d.failAt(path+".address", "cannot listen on %s beside listen[%d] on %s", l.Address, j, c.Listeners[j].Address)
			}
		}
		if overlap(l.Address, c.Admin.Address) {
			d.failAt(path+".address", "cannot listen on %s beside the admin listener on %s", l.Address, c.Admin.Address)
		}
	}
	nameListeners(c.Listeners)
}

// overlap tells whether the system would refuse to listen on both addresses.
func overlap(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if strings.HasPrefix(a, "unix:") || errA != nil || errB != nil {
		return a == b && a != ""
	}
	if portA != portB || portA == "0" {
		return false
	}
	return hostA == hostB || takes(hostA, hostB) || takes(hostB, hostA)
}

// takes tells whether a socket bound to outer takes the connections for inner:
// the unspecified IPv6 address takes all, the IPv4 one those of IPv4.
func takes(outer, inner string) bool {
	ip, _ := netip.ParseAddr(inner)
	switch outer {
	case "", "::":
		return true
	case "0.0.0.0":
		return ip.Is4()
	}
	return false
}

func (d *decoder) finishPool(p *Pool) {
	path := join("pools", p.Name)
	seen := map[string]int{}
	for i, b := range p.Backends {
		if first, ok := seen[b.Address]; ok && b.Address != "" {
			d.failAt(fmt.Sprintf("%s.backends[%d].address", path, i), "%s is backends[%d] already: give that one more weight instead", b.Address, first)
			continue
		}
		seen[b.Address] = i
	}
	if p.TLS != nil {
		d.finishBackendTLS(p, path)
	}
}

func (d *decoder) finishBackendTLS(p *Pool, path string) {
	t := p.TLS
	path += ".tls"
	switch {
	case d.has(path+".cert") && !d.has(path+".key"):
		d.failAt(path, "a client certificate needs both cert and key: key is missing")
	case d.has(path+".key") && !d.has(path+".cert"):
		d.failAt(path, "a client certificate needs both cert and key: cert is missing")
	}
	if t.Insecure && t.CA != "" {
		d.failAt(path+".ca", "has no effect with insecure: true, which verifies nothing")
	}
	for i, b := range p.Backends {
		if strings.HasPrefix(b.Address, "unix:") && !d.has(path+".server_name") && !t.Insecure {
			d.failAt(path, "backends[%d] is a unix socket: server_name has to say which name its certificate is verified against", i)
			break
		}
	}
	for _, file := range []*string{&t.CA, &t.Cert, &t.Key} {
		if *file != "" {
			*file = d.resolve(*file)
		}
	}
}
