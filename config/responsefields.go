package config

import (
	"slices"
	"strings"
)

// responseFields are fields that backends send and clients do not, so that no
// response can depend on them.
var responseFields = []string{
	"accept-ranges", "access-control-allow-credentials", "access-control-allow-headers",
	"access-control-allow-methods", "access-control-allow-origin", "access-control-expose-headers",
	"access-control-max-age", "age", "alt-svc", "cache-groups", "cache-status", "cache-tag",
	"cdn-cache-control", "clear-site-data", "content-disposition", "content-range",
	"content-security-policy", "date", "etag", "expires", "last-modified", "location",
	"permissions-policy", "proxy-status", "refresh", "retry-after", "server", "server-timing",
	"set-cookie", "set-cookie2", "strict-transport-security", "surrogate-control", "surrogate-key",
	"timing-allow-origin", "vary", "warning", "www-authenticate", "x-accel-expires",
	"x-content-type-options", "x-frame-options",
}

// otherFields are further fields that hold no directives to caches.
var otherFields = []string{
	"accept", "allow", "authorization", "cookie", "forwarded", "host", "link", "origin", "pragma",
	"range", "referer", "user-agent", "via",
}

// holdsNoDirectives tells whether a field is known to hold something else than
// Cache-Control does.
func holdsNoDirectives(plain string) bool {
	if strings.HasSuffix(plain, "-control") {
		return false
	}
	for _, start := range []string{"accept-", "content-", "if-", "x-forwarded-"} {
		if strings.HasPrefix(plain, start) {
			return true
		}
	}
	return slices.Contains(responseFields, plain) || slices.Contains(otherFields, plain)
}
