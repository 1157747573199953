package config

import (
	"errors"
	"slices"
	"time"
)

func routesKind(p *[]Route) kind {
	return list("a list of routes", p, maxRoutes, false, defaultRoute, routeKind)
}

func routeKind(r *Route) kind {
	return group(
		key{"name", text("a name", &r.Name, checkName), false},
		key{"match", matchKind(&r.Match), true},
		key{"priority", count(&r.Priority, -1000, 1000), false},
		key{"pool", text("the name of a pool", &r.Pool, checkName), false},
		key{"redirect", redirectKind(&r.Redirect), false},
		key{"redirect_https", flag(&r.RedirectHTTPS), false},
		key{"respond", respondKind(&r.Respond), false},
		key{"rewrite", rewriteKind(&r.Rewrite), false},
		key{"headers", group(
			key{"request", fieldOpsKind(&r.RequestFields, checkRequestField), false},
			key{"response", fieldOpsKind(&r.ResponseFields, checkResponseField), false},
		), false},
		key{"limits", group(
			key{"body", either(size(&r.MaxBody, 0, 1<<50), "unlimited", &r.MaxBody, -1), false},
		), false},
		key{"timeouts", group(
			key{"first_byte", overriding(&r.FirstByte, timeout), false},
			key{"between_bytes", overriding(&r.BetweenBytes, timeout), false},
		), false},
		key{"cache", optional(&r.Cache, defaultRouteCache, routeCacheKind), false},
		key{"upgrade", list("a list of protocols", &r.Upgrade, maxUpgrades, true, none, upgradeKind), false},
		key{"forwarded", flag(&r.Forwarded), false},
		key{"allow_in_path", allowKind(&r.AllowInPath), false},
	)
}

func none() string { return "" }

func timeout(p *time.Duration) kind { return duration(p, minTimeout, maxTimeout) }

func upgradeKind(p *string) kind { return text("a protocol", p, checkUpgrade) }

func redirectKind(p **Redirect) kind {
	return optional(p, defaultRedirect, func(r *Redirect) kind {
		to := text("a location", &r.To, checkLocation)
		return short(group(
			key{"to", to, true},
			key{"status", redirectStatus(&r.Status), false},
		), to)
	})
}

func redirectStatus(p *int) kind {
	k := count(p, 301, 308)
	scalar := k.scalar
	k.scalar = func(text string) error {
		if !slices.Contains([]string{"301", "302", "303", "307", "308"}, text) {
			return errors.New("has to be 301, 302, 303, 307 or 308")
		}
		return scalar(text)
	}
	return k
}

func respondKind(p **Respond) kind {
	return optional(p, defaultRespond, func(r *Respond) kind {
		status := count(&r.Status, 200, 599)
		body := text("text", &r.Body, nil)
		body.secret = &r.Secret
		return short(group(
			key{"status", status, false},
			key{"body", body, false},
			key{"content_type", text("a media type", &r.ContentType, checkContentType), false},
		), status)
	})
}

func rewriteKind(r *Rewrite) kind {
	return group(
		key{"strip_prefix", derived("a path", &r.StripPrefix, parsePathPrefix, func(s string) string { return s }), false},
		key{"add_prefix", text("a path", &r.AddPrefix, checkAddPrefix), false},
		key{"path", text("a path", &r.Path, checkNewPath), false},
	)
}

// allowKind is a list of words, each of which sets one member.
func allowKind(a *AllowInPath) kind {
	members := []struct {
		word string
		set  *bool
	}{
		{"encoded_slash", &a.EncodedSlash},
		{"encoded_backslash", &a.EncodedBackslash},
		{"encoded_nul", &a.EncodedNUL},
		{"above_root", &a.AboveRoot},
	}
	words := make([]string, len(members))
	for i, m := range members {
		words[i] = m.word
	}
	var chosen []string
	k := list("a list of "+oneOf(words), &chosen, len(members), true, none, func(p *string) kind { return word(p, words...) })
	read := k.sequence
	k.sequence = func(d *decoder, v value) {
		read(d, v)
		for _, m := range members {
			*m.set = slices.Contains(chosen, m.word)
		}
	}
	return k
}
