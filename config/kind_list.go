package config

import "strings"

// group is a mapping with the given keys.
func group(keys ...key) kind {
	return kind{
		name:    "a mapping",
		mapping: func(d *decoder, v value) { d.readKeys(v, keys) },
		keys:    func() []key { return keys },
	}
}

// short is the mapping k, or a scalar that stands for its most important key.
func short(k, scalar kind) kind {
	k.name = scalar.name + ", or a mapping"
	k.scalar = scalar.scalar
	return k
}

// optional is a mapping that leaves *p nil unless it is there.
func optional[T any](p **T, fresh func() T, of func(*T) kind) kind {
	schema := fresh()
	k := of(&schema)
	forward := func(d *decoder, v value) {
		t := fresh()
		*p = &t
		of(&t).mapping(d, v)
	}
	k.mapping = forward
	if k.scalar != nil {
		k.scalar = func(text string) error {
			t := fresh()
			*p = &t
			return of(&t).scalar(text)
		}
	}
	k.show = func() string { return "" }
	return k
}

// list is a list of 1 to most elements, each of which starts as fresh
// returns it. With lone, one element may stand for a list of one.
func list[T any](name string, p *[]T, most int, lone bool, fresh func() T, of func(*T) kind) kind {
	return kind{
		name: name,
		lone: lone,
		sequence: func(d *decoder, v value) {
			if len(v.node.Content) > most {
				d.fail(v, "%d elements: at most %d are allowed", len(v.node.Content), most)
				return
			}
			if len(v.node.Content) == 0 {
				d.fail(v, "the list is empty: leave the key out, or write at least one element")
				return
			}
			all := make([]T, len(v.node.Content))
			for i := range all {
				all[i] = fresh()
				d.read(v.index(i), of(&all[i]))
			}
			*p = all
		},
		show: func() string { return showAll(*p, of) },
		elem: func() kind { t := fresh(); return of(&t) },
	}
}

func showAll[T any](all []T, of func(*T) kind) string {
	if len(all) == 0 {
		return ""
	}
	shown := make([]string, len(all))
	for i := range all {
		k := of(&all[i])
		if k.show == nil {
			return ""
		}
		shown[i] = k.show()
	}
	return "[" + strings.Join(shown, ", ") + "]"
}

// table is a mapping with free keys that check accepts, at most most of them, in
// the order of the file. of reads the value of one key.
func table[T any](name string, p *[]T, most int, check func(string) error, fresh func(name string) T, of func(*T) kind) kind {
	return kind{
		name: name,
		mapping: func(d *decoder, v value) {
			if n := len(v.node.Content) / 2; n > most {
				d.fail(v, "%d keys: at most %d are allowed", n, most)
				return
			}
			all := []T{}
			for key, at := range d.pairs(v) {
				if err := check(key.Value); err != nil {
					d.report(place{key.Line, key.Column}, join(v.path, key.Value), "%v", err)
				}
				t := fresh(key.Value)
				d.read(v.key(key.Value, at), of(&t))
				all = append(all, t)
			}
			*p = all
		},
		show:  func() string { return "" },
		named: func() kind { t := fresh(""); return of(&t) },
	}
}
