package config

import (
	"errors"
	"net/netip"
	"strings"
)

// parseMatchHost reads a host as routes match it: in lower case, without a dot
// at the end, exact or "*.example.com".
func parseMatchHost(text string) (string, error) {
	host := strings.ToLower(strings.TrimSuffix(text, "."))
	if strings.HasPrefix(host, "[") {
		return parseMatchIPv6(host)
	}
	switch {
	case host == "*":
		return "", errors.New("leave the host out of the match to take any")
	case strings.Contains(host, ":"):
		return "", errors.New("a port is not matched: write the host alone (an IPv6 address in brackets)")
	}
	rest := strings.TrimPrefix(host, "*.")
	switch {
	case strings.Contains(rest, "*"):
		return "", errors.New("a wildcard is the whole first label, as in *.example.com")
	case rest != host && !strings.ContainsFunc(rest, func(r rune) bool { return r >= 'a' && r <= 'z' }):
		return "", errors.New("a wildcard stands before a name")
	}
	return host, checkHost(rest)
}

func parseMatchIPv6(host string) (string, error) {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil || !ip.Is6() || ip.Zone() != "" || host != "["+strings.Trim(host, "[]")+"]" {
		return "", errors.New("not an IPv6 address in the brackets")
	}
	return host, nil
}

// hostsAround are the elements of Match.Hosts that take every host that host
// takes, from the most to the least specific; "" stands for any.
func hostsAround(host string) []string {
	all := []string{host}
	for rest := strings.TrimPrefix(host, "*."); host != ""; {
		_, after, found := strings.Cut(rest, ".")
		if !found {
			return append(all, "")
		}
		rest = after
		all = append(all, "*."+rest)
	}
	return all
}
