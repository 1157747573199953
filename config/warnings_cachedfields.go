package config

import "strings"

// cachedFieldWarnings warns of operations on the fields of a cached route that
// have another effect than one may think.
func cachedFieldWarnings(r *Route, path string, warn func(path, format string, args ...any)) {
	objections(r.RequestFields.changes(path+".request"), requestDoubt, warn)
	objections(r.ResponseFields.changes(path+".response"), responseDoubt, warn)
}

func requestDoubt(c fieldChange) string {
	if c.op != opRemove && c.plain == "cache-control" && hasDirective(c.value, "no-store") {
		return "no-store speaks to caches behind weir only: the route is cached, and stores what the response allows"
	}
	return ""
}

func responseDoubt(c fieldChange) string {
	switch {
	case c.plain == "vary":
		return "is for caches in front of weir, browsers included: which of the stored responses fits goes by the backend's Vary and by cache.key"
	case c.plain == "content-encoding":
		return "says how the body is coded, which stays as the backend sent it, in the store too"
	case c.plain == "age" && c.op == opRemove:
		return "without it caches in front of weir, browsers included, take what is stored for new"
	case c.plain == "date" && c.op == opRemove:
		return "without it caches in front of weir, browsers included, take what is stored for made when they get it"
	case c.plain == "via" && c.op != opRemove:
		return "says which way the response came, and for what is stored that is not the way of the request"
	}
	return ""
}

// hasDirective tells whether the value of a Cache-Control has a directive
// without an argument.
func hasDirective(value, name string) bool {
	for item := range strings.SplitSeq(value, ",") {
		if strings.EqualFold(strings.Trim(item, " \t"), name) {
			return true
		}
	}
	return false
}
