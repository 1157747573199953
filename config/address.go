package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"strconv"
	"strings"
)

// checkListen accepts what a listener may listen on: "host:port", ":port" or
// "unix:/path". Port 0 lets the system choose one.
func checkListen(address string) error { return checkAddress(address, true) }

// checkBackend accepts what a connection can be made to: "host:port" or "unix:/path".
func checkBackend(address string) error { return checkAddress(address, false) }

// checkAdmin accepts addresses that only this machine can reach, for the
// operators' listener asks nobody who he is.
func checkAdmin(address string) error {
	if err := checkListen(address); err != nil {
		return err
	}
	if strings.HasPrefix(address, "unix:") {
		return nil
	}
	host, _, _ := net.SplitHostPort(address)
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return errors.New("the admin listener asks for no credentials, so it has to listen on loopback, such as 127.0.0.1:9900, or on a unix socket")
	}
	return nil
}

func checkAddress(address string, listen bool) error {
	if file, ok := strings.CutPrefix(address, "unix:"); ok {
		return checkSocket(file)
	}
	if strings.Contains(address, "://") {
		return errors.New("has to be host:port without a scheme")
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return errors.New("has to be host:port (an IPv6 address in brackets) or unix:/path")
	}
	if err := checkPort(port, listen); err != nil {
		return err
	}
	if host == "" {
		if listen {
			return nil
		}
		return errors.New("needs a host before the port")
	}
	return checkAddressHost(host)
}

// checkAddressHost checks the host of an address, without brackets.
func checkAddressHost(host string) error {
	if strings.Contains(host, ":") {
		ip, err := netip.ParseAddr(host)
		if err != nil || !ip.Is6() || ip.Is4In6() || ip.Zone() != "" && !isToken(ip.Zone()) {
			return errors.New("not an IPv6 address in the brackets")
		}
		return nil
	}
	return checkHost(host)
}

func checkPort(port string, zero bool) error {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || strconv.FormatUint(n, 10) != port || n == 0 && !zero {
		return errors.New("the port has to be a number from 1 to 65535")
	}
	return nil
}

func checkSocket(file string) error {
	switch {
	case !path.IsAbs(file) || path.Clean(file) != file || file == "/":
		return errors.New("a unix socket needs an absolute path, as in unix:/run/app.sock")
	case len(file) > maxUnixPathBytes:
		return fmt.Errorf("the path of a unix socket has at most %d bytes", maxUnixPathBytes)
	case hasControl(file):
		return errControl
	}
	return nil
}

// checkHost accepts IPv4 addresses and names in the letters of DNS and the underscore.
func checkHost(host string) error {
	if len(host) > maxHostBytes {
		return fmt.Errorf("a host has at most %d bytes", maxHostBytes)
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if err := checkLabel(label); err != nil {
			return err
		}
	}
	if digits(labels[len(labels)-1]) {
		if ip, err := netip.ParseAddr(host); err != nil || !ip.Is4() {
			return errors.New("not an IPv4 address")
		}
	}
	return nil
}

func checkLabel(label string) error {
	switch {
	case label == "":
		return errors.New("a host has no empty labels")
	case len(label) > maxLabelBytes:
		return fmt.Errorf("a label of a host has at most %d bytes", maxLabelBytes)
	case label[0] == '-' || label[len(label)-1] == '-':
		return errors.New("a label of a host neither begins nor ends with a dash")
	}
	for i := range len(label) {
		switch c := label[i]; {
		case c >= 0x80:
			return errors.New("a host is written in ASCII: use its xn-- form")
		case !alphanumeric(c) && c != '-' && c != '_':
			return fmt.Errorf("a host cannot hold %q", c)
		}
	}
	return nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// checkHostField accepts what a Host field may say: a host, with or without a port.
func checkHostField(text string) error {
	host, port := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasSuffix(text, "]") {
		host, port = text[:i], text[i+1:]
		if err := checkPort(port, false); err != nil {
			return err
		}
	}
	if inside, ok := strings.CutPrefix(host, "["); ok {
		inside, ok = strings.CutSuffix(inside, "]")
		if ip, err := netip.ParseAddr(inside); !ok || err != nil || !ip.Is6() || ip.Zone() != "" {
			return errors.New("not an IPv6 address in the brackets")
		}
		return nil
	}
	return checkHost(host)
}

// parsePrefix reads an address or a range of addresses.
func parsePrefix(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
		ip = ip.Unmap()
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return prefix, errors.New("has to be an address or a range, such as 10.0.0.0/8 or 2001:db8::/32")
	case prefix.Addr().Is4In6():
		return prefix, errors.New("write the IPv4 range itself")
	case prefix.Masked() != prefix:
		return prefix, fmt.Errorf("has bits set beyond its length: write %s", prefix.Masked())
	}
	return prefix, nil
}
