package config

import (
	"strconv"

	"gopkg.in/yaml.v3"
)

func routeCacheKind(c *RouteCache) kind {
	return group(
		key{"zone", text("the name of a zone", &c.Zone, checkName), false},
		key{"targeted_headers", targetedKind(&c.Targeted), false},
		key{"heuristic", either(share(&c.Heuristic), "off", &c.Heuristic, 0), false},
		key{"heuristic_max", duration(&c.HeuristicMax, minLifetime, maxLifetime), false},
		key{"stale_while_revalidate", duration(&c.StaleWhileRevalidate, 0, maxLifetime), false},
		key{"stale_if_error", duration(&c.StaleIfError, 0, maxLifetime), false},
		key{"negative", negativeKind(&c.Negative), false},
		key{"store_set_cookie", flag(&c.StoreSetCookie), false},
		key{"client_revalidation", flag(&c.ClientRevalidation), false},
		key{"collapse", flag(&c.Collapse), false},
		key{"collapse_wait", duration(&c.CollapseWait, minTimeout, maxCollapseWait), false},
		key{"uncacheable_for", duration(&c.UncacheableFor, 0, maxTimeout), false},
		key{"show_key", flag(&c.ShowKey), false},
		key{"key", cacheKeyKind(&c.Key), false},
	)
}

func cacheKeyKind(k *CacheKey) kind {
	same := func(s string) string { return s }
	parameter := func(p *string) kind { return text("the name of a parameter", p, checkKeyParameter) }
	field := func(p *string) kind { return derived("a field name", p, parseKeyField, same) }
	cookie := func(p *string) kind { return text("the name of a cookie", p, checkCookieName) }
	return group(
		key{"query", group(
			key{"sort", flag(&k.SortQuery), false},
			key{"allow", list("a list of names", &k.AllowQuery, maxKeyParameters, true, none, parameter), false},
			key{"ignore", list("a list of names", &k.IgnoreQuery, maxKeyParameters, true, none, parameter), false},
		), false},
		key{"headers", list("a list of field names", &k.Headers, maxKeyFields, true, none, field), false},
		key{"cookies", list("a list of names", &k.Cookies, maxKeyFields, true, none, cookie), false},
		key{"device", flag(&k.Device), false},
	)
}

// targetedKind is a list of fields, or off for none.
func targetedKind(p *[]string) kind {
	k := list("a list of field names or off", p, maxTargeted, true, none, func(p *string) kind {
		return text("a field name", p, checkTargeted)
	})
	read := k.sequence
	k.sequence = func(d *decoder, v value) {
		if all := v.node.Content; len(all) == 1 && all[0].Kind == yaml.ScalarNode && all[0].Value == "off" {
			*p = nil
			return
		}
		read(d, v)
	}
	return k
}

// negativeKind reads lifetimes by status.
func negativeKind(p *[]StatusLifetime) kind {
	fresh := func(name string) StatusLifetime {
		status, _ := strconv.Atoi(name)
		return StatusLifetime{Status: status}
	}
	of := func(l *StatusLifetime) kind { return duration(&l.Lifetime, minLifetime, maxLifetime) }
	return table("a mapping from statuses to durations", p, maxNegative, checkNegative, fresh, of)
}
