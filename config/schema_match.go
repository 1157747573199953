package config

import "errors"

func matchKind(m *Match) kind {
	same := func(s string) string { return s }
	host := func(p *string) kind { return derived("a host", p, parseMatchHost, same) }
	method := func(p *string) kind { return text("a method", p, checkMethod) }
	return group(
		key{"host", list("a list of hosts", &m.Hosts, maxHosts, true, none, host), false},
		key{"path", text("a path", &m.Path, checkMatchPath), false},
		key{"prefix", derived("a path", &m.Prefix, parsePathPrefix, same), false},
		key{"pattern", text("a pattern", &m.Pattern, checkPattern), false},
		key{"methods", list("a list of methods", &m.Methods, maxMethods, true, none, method), false},
		key{"headers", conditionsKind(&m.Fields, checkConditionField), false},
		key{"query", conditionsKind(&m.Query, checkParameter), false},
	)
}

func conditionsKind(p *[]ValueMatch, check func(name string) error) kind {
	fresh := func(name string) ValueMatch { return ValueMatch{Name: name} }
	return table("a mapping from names to conditions", p, maxConditions, check, fresh, conditionKind)
}

// conditionKind is the value itself, or a mapping that says how it is compared.
func conditionKind(v *ValueMatch) kind {
	equals := overriding(&v.Equals, func(p *string) kind { return text("text", p, checkConditionValue) })
	equals.secret = &v.Secret
	matches := text("a regular expression", &v.Matches, checkRegexp)
	matches.secret = &v.Secret
	present := false
	k := group(
		key{"equals", equals, false},
		key{"matches", matches, false},
		key{"present", flag(&present), false},
	)
	read := k.mapping
	k.mapping = func(d *decoder, at value) {
		before := len(d.problems)
		read(d, at)
		given := 0
		for _, is := range []bool{v.Equals != nil, v.Matches != "", present} {
			if is {
				given++
			}
		}
		if given != 1 && len(d.problems) == before {
			d.fail(at, "needs exactly one of equals, matches and present: true")
		}
	}
	k = short(k, equals)
	k.secret = &v.Secret
	return k
}

func checkConditionValue(text string) error {
	if len(text) > maxFieldValueBytes {
		return errors.New("longer than " + showSize(maxFieldValueBytes))
	}
	if hasControl(text) {
		return errControl
	}
	return nil
}
