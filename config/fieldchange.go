package config

import (
	"fmt"
	"slices"
)

// A fieldOp says in which way a route changes a field.
type fieldOp uint8

const (
	opRemove fieldOp = iota
	opSet
	opAdd
)

// A fieldChange is one operation of a route on a field.
type fieldChange struct {
	op    fieldOp
	plain string // the name as a backend may read it
	value string // of several, each
	path  string
}

// changes lists the operations of ops, which stand at path in the file.
func (ops *FieldOps) changes(path string) (all []fieldChange) {
	for i, name := range ops.Remove {
		all = append(all, fieldChange{opRemove, dashed(name), "", fmt.Sprintf("%s.remove[%d]", path, i)})
	}
	for _, n := range ops.Set {
		all = append(all, fieldChange{opSet, dashed(n.Name), n.Value, join(path+".set", n.Name)})
	}
	for _, n := range ops.Add {
		all = append(all, fieldChange{opAdd, dashed(n.Name), n.Value, join(path+".add", n.Name)})
	}
	return all
}

// replaces tells whether fields of that name, as requests have them, do not
// outlast ops.
func (ops *FieldOps) replaces(name string) bool {
	plain := dashed(name)
	return slices.ContainsFunc(ops.changes(""), func(c fieldChange) bool { return c.op != opAdd && c.plain == plain })
}

// objections reports what why says of the operations: of several that add to one
// field once.
func objections(all []fieldChange, why func(fieldChange) string, report func(path, format string, args ...any)) {
	last := ""
	for _, c := range all {
		if message := why(c); message != "" && c.path != last {
			report(c.path, "%s", message)
			last = c.path
		}
	}
}
