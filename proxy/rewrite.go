package proxy

import (
	"bytes"

	"github.com/weirproxy/weir/config"
)

// rewrite changes the path that is sent to the backend.
type rewrite struct {
	strip string
	add   string
	path  *template
}

func newRewrite(r *config.Rewrite, p *pattern) rewrite {
	out := rewrite{strip: r.StripPrefix, add: r.AddPrefix}
	if r.Path != "" {
		t := newTemplate(r.Path, p)
		out.path = &t
	}
	return out
}

func (r *rewrite) empty() bool { return r.strip == "" && r.add == "" && r.path == nil }

// target returns the target to send to the backend: the client's own bytes,
// unless the route rewrites the path. It may be built in x.arena.
func (r *rewrite) target(x *exchange) []byte {
	target := x.req.Target
	if r.empty() || target[0] != '/' {
		return target
	}
	start := len(x.arena)
	switch {
	case r.path != nil:
		x.arena = r.path.append(x.arena, x)
	case r.add != "":
		x.arena = append(append(x.arena, r.add...), rawPath(target)...)
	default:
		x.arena = r.stripped(x.arena, x)
	}
	x.arena = append(x.arena, rawQuery(target)...)
	return x.arena[start:]
}

// stripped appends the path without the prefix. Where the client wrote the
// prefix in another way than the configuration (%61 for a, a/../a for a), the
// path that was matched is encoded anew, for cutting the raw one would cut
// something else.
func (r *rewrite) stripped(dst []byte, x *exchange) []byte {
	if rest, ok := cutPrefix(rawPath(x.req.Target), r.strip); ok && bytes.Equal(rawPath(x.req.Target), x.req.Path) {
		return append(dst, rest...)
	}
	rest, ok := cutPrefix(x.req.Path, r.strip)
	if !ok {
		return append(dst, rawPath(x.req.Target)...)
	}
	return appendPath(dst, rest, x.req.Odd)
}

// cutPrefix cuts whole segments off the front; "/" is left where nothing would be.
func cutPrefix(path []byte, prefix string) ([]byte, bool) {
	if len(prefix) > 0 && prefix[len(prefix)-1] == '/' {
		prefix = prefix[:len(prefix)-1]
	}
	if len(path) < len(prefix) || string(path[:len(prefix)]) != prefix {
		return nil, false
	}
	switch rest := path[len(prefix):]; {
	case len(rest) == 0:
		return []byte("/"), true
	case rest[0] == '/':
		return rest, true
	}
	return nil, false
}
