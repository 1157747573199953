package admin

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard lets pass only requests whose Host names the listener itself. A page of
// a hostile site can make a browser send requests here under the site's own
// name, once that name resolves to a loopback address (DNS rebinding); it
// cannot make the browser send another Host.
//
// It also refuses what a browser sends for a page of another origin, unless it
// only reads: what it would read, the browser keeps from that page.
func guard(address string, next http.Handler) http.Handler {
	configured := hostname(address)
	origins := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if host := hostname(r.Host); !loopback(host) && (host == "" || host != configured) {
			plain(w, http.StatusMisdirectedRequest, []byte("this listener answers to localhost and to its own address only\n"))
			return
		}
		if origins.Check(r) != nil {
			plain(w, http.StatusForbidden, []byte("requests from pages of other origins may only read\n"))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyBytes)
		next.ServeHTTP(w, r)
	})
}

// hostname is the host of "host:port" or "host", in lower case, without
// brackets and trailing dot.
func hostname(authority string) string {
	host, _, err := net.SplitHostPort(authority)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(authority, "["), "]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
