package config

func fieldOpsKind(ops *FieldOps, check func(name string) error) kind {
	remove := func(p *string) kind { return text("a field name", p, check) }
	return group(
		key{"remove", list("a list of field names", &ops.Remove, maxFieldOps, true, none, remove), false},
		key{"set", setKind(&ops.Set, check), false},
		key{"add", addKind(&ops.Add, check), false},
	)
}

func setKind(p *[]NameValue, check func(name string) error) kind {
	fresh := func(name string) NameValue { return NameValue{Name: name} }
	return table("a mapping from field names to values", p, maxFieldOps, check, fresh, fieldValueKind)
}

func fieldValueKind(n *NameValue) kind {
	k := text("text", &n.Value, checkFieldValue)
	k.secret = &n.Secret
	return k
}

// addKind reads several values of one name into as many elements of *p.
func addKind(p *[]NameValue, check func(name string) error) kind {
	type lines struct{ values []NameValue }
	var all []lines
	name := ""
	fresh := func(s string) lines { name = s; return lines{} }
	named := func() NameValue { return NameValue{Name: name} }
	of := func(l *lines) kind { return list("text", &l.values, maxFieldOps, true, named, fieldValueKind) }

	k := table("a mapping from field names to values", &all, maxFieldOps, check, fresh, of)
	read := k.mapping
	k.mapping = func(d *decoder, v value) {
		read(d, v)
		*p = nil
		for _, l := range all {
			*p = append(*p, l.values...)
		}
	}
	return k
}
