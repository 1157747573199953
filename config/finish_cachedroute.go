package config

import "slices"

// checkCachedRoute refuses what makes a cached route store nothing, or lie about
// what it has stored.
func (d *decoder) checkCachedRoute(r *Route, path string) {
	if m := r.Match.Methods; len(m) > 0 && !slices.Contains(m, "GET") {
		d.failAt(path+".cache", "has no effect: only responses to GET are stored, and match.methods does not have it")
	}
	objections(r.RequestFields.changes(path+".headers.request"), requestFault, d.failAt)
	objections(r.ResponseFields.changes(path+".headers.response"), responseFault, d.failAt)
}

// requestFault says why no cached route sends a field to its backend.
func requestFault(c fieldChange) string {
	if c.op == opRemove {
		return ""
	}
	switch c.plain {
	case "range", "if-range":
		return "has the backend answer with a part, and the route is cached: parts are not stored"
	case "if-match", "if-none-match", "if-modified-since", "if-unmodified-since":
		return "makes every request conditional, and the route is cached: weir sets conditions by what it has stored"
	}
	return ""
}

// responseFault says why no cached route changes a field in its responses.
func responseFault(c fieldChange) string {
	switch {
	case c.plain == "content-range":
		return "says which part of a stored response is sent, which weir alone knows: the route is cached"
	case c.op == opRemove:
		return ""
	case c.plain == "age":
		return "says how old a stored response is, which weir alone knows: the route is cached"
	case c.plain == "date":
		return "says when the backend made a response, which its age is counted from: the route is cached"
	case c.plain == "cache-status":
		return "says what a response has to do with the cache, which weir alone knows: the route is cached"
	}
	return ""
}
