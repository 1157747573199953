package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A placeholder is a lower-case word in braces. In field values every other
// brace stands for itself, so that JSON can be written as it is; in paths and
// locations, which cannot hold braces, every other brace is a mistake.
var placeholder = regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`)

var fieldPlaceholders = []string{"client_ip", "host", "hostname", "path", "method", "scheme", "request_id", "route"}

// checkFieldPlaceholders accepts the given placeholders and braces around
// anything but a word. It quotes only words it knows: the value may be secret.
func checkFieldPlaceholders(value string, known []string) error {
	for _, m := range placeholder.FindAllStringSubmatch(value, -1) {
		if !slices.Contains(known, m[1]) {
			return fmt.Errorf("unknown placeholder%s: there are {%s}", didYouMean(m[1], known), strings.Join(known, "}, {"))
		}
	}
	return nil
}

// checkPlaceholders accepts the given placeholders and no other braces.
func checkPlaceholders(text string, known []string) error {
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(known, m[1]) {
			return fmt.Errorf("unknown placeholder {%s}%s", m[1], didYouMean(m[1], known))
		}
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(text, ""), "{}") {
		return errors.New("a brace that belongs to no placeholder")
	}
	return nil
}

var locationPlaceholders = []string{"host", "hostname", "path", "query"}

// checkLocation accepts where a redirect may lead, apart from its placeholders.
// What begins with two slashes would let the client choose the host.
func checkLocation(to string) error {
	switch {
	case to == "" || len(to) > maxLocationBytes:
		return fmt.Errorf("has from 1 to %d bytes", maxLocationBytes)
	case !isTarget(to):
		return errors.New("holds a byte that a URI cannot: encode it as %XX")
	case strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/{path}"):
		return errors.New("would begin with two slashes, after which a browser reads a host")
	case strings.HasPrefix(to, "/"):
		return nil
	}
	scheme, rest, _ := strings.Cut(to, "://")
	if scheme != "http" && scheme != "https" || rest == "" || strings.ContainsAny(rest[:1], "/?#") {
		return errors.New("has to begin with / or with http:// or https:// and a host")
	}
	return nil
}

// isTarget tells whether text, placeholders aside, can stand in a URI (RFC 3986)
// as it is.
func isTarget(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`|", c) >= 0 {
			return false
		}
		if c == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
