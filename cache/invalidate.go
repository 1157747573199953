package cache

import (
	"bytes"
	"net/http"

	"github.com/weirproxy/weir/message"
)

// maxInvalidated is the longest target that Location or Content-Location may name.
const maxInvalidated = 8 << 10

// Invalidates reports whether a response with that status, to a request with that
// method, puts in doubt what is stored for the request's target: a success or a
// redirect of a method that is not known to be safe (RFC 9111, section 4.4).
func Invalidates(method string, status int) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return false
	}
	return status >= 200 && status <= 399
}

// Invalidated returns the targets, besides the request's own, that are to be
// invalidated along with it when Invalidates says so: those of Location and
// Content-Location that are of the request's origin (RFC 9111, section 4.4), in
// origin-form. They are copies. scheme is that of the origin, which need not be
// the one of the connection.
func Invalidated(scheme string, req *message.Request, res *message.Response) (targets [][]byte) {
	if !Invalidates(req.Method, res.Status) {
		return nil
	}
	for i := range res.Fields {
		f := &res.Fields[i]
		if f.Drop || f.Known != message.Location && f.Known != message.ContentLocation || len(f.Value) > maxInvalidated {
			continue
		}
		target := resolve(scheme, req, f.Value)
		if target != nil && !bytes.Equal(target, req.Target) && !holds(targets, target) {
			targets = append(targets, target)
		}
	}
	return targets
}

func holds(list [][]byte, b []byte) bool {
	for _, have := range list {
		if bytes.Equal(have, b) {
			return true
		}
	}
	return false
}

// resolve resolves a URI reference against the request's target (RFC 3986, section
// 5.2) and returns the path and query; nil when it is of another origin.
func resolve(scheme string, req *message.Request, ref []byte) []byte {
	ref, _, _ = bytes.Cut(ref, []byte{'#'})
	if other, rest, ok := cutScheme(ref); ok {
		if !sameFold(other, scheme) || !bytes.HasPrefix(rest, []byte("//")) {
			return nil
		}
		ref = rest
	}
	if bytes.HasPrefix(ref, []byte("//")) {
		authority, rest := cutAuthority(ref[2:])
		if !sameFold(withoutPort(authority, scheme), withoutPort(req.Authority, scheme)) {
			return nil
		}
		path, query := cutQuery(rest)
		return joinTarget(path, query)
	}
	path, query := cutQuery(ref)
	basePath, baseQuery := cutQuery(req.Target)
	switch {
	case len(path) == 0 && query == nil:
		return joinTarget(basePath, baseQuery)
	case len(path) == 0:
		return joinTarget(basePath, query)
	case path[0] == '/':
		return joinTarget(path, query)
	}
	dir := basePath[:bytes.LastIndexByte(basePath, '/')+1]
	return joinTarget(append(bytes.Clone(dir), path...), query)
}

// cutScheme takes the scheme off a URI.
func cutScheme(ref []byte) (scheme, rest []byte, ok bool) {
	end := bytes.IndexAny(ref, ":/?")
	if end <= 0 || ref[end] != ':' {
		return nil, ref, false
	}
	return ref[:end], ref[end+1:], true
}

func cutAuthority(b []byte) (authority, rest []byte) {
	if end := bytes.IndexAny(b, "/?"); end >= 0 {
		return b[:end], b[end:]
	}
	return b, nil
}

// cutQuery takes the query off a path, with its question mark.
func cutQuery(b []byte) (path, query []byte) {
	if i := bytes.IndexByte(b, '?'); i >= 0 {
		return b[:i], b[i:]
	}
	return b, nil
}

// withoutPort takes a port off that is the scheme's own (RFC 9110, section 4.2.3).
func withoutPort(authority []byte, scheme string) []byte {
	if scheme == "https" {
		return bytes.TrimSuffix(authority, []byte(":443"))
	}
	return bytes.TrimSuffix(authority, []byte(":80"))
}

// joinTarget makes a target of a path, without its dot segments (RFC 3986, section
// 5.2.4), and a query.
func joinTarget(path, query []byte) []byte {
	target := make([]byte, 1, len(path)+len(query)+1)
	target[0] = '/'
	for rest := bytes.TrimPrefix(path, target); len(rest) > 0; {
		segment := rest
		if i := bytes.IndexByte(rest, '/'); i >= 0 {
			segment = rest[:i+1]
		}
		rest = rest[len(segment):]
		switch string(segment) {
		case ".", "./":
		case "..", "../":
			target = target[:bytes.LastIndexByte(target[:max(0, len(target)-1)], '/')+1]
			if len(target) == 0 {
				target = append(target, '/')
			}
		default:
			target = append(target, segment...)
		}
	}
	return append(target, query...)
}
