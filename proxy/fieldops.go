package proxy

import (
	"bytes"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/message"
)

// fieldOps are operations on the fields of a request or response.
type fieldOps struct {
	remove   [][]byte
	set, add []fieldOp
}

type fieldOp struct {
	name  []byte
	value template
}

func newFieldOps(ops *config.FieldOps, p *pattern) fieldOps {
	var out fieldOps
	for _, name := range ops.Remove {
		out.remove = append(out.remove, []byte(name))
	}
	out.set = newFieldOpList(ops.Set, p)
	out.add = newFieldOpList(ops.Add, p)
	return out
}

func newFieldOpList(specs []config.NameValue, p *pattern) []fieldOp {
	var out []fieldOp
	for _, s := range specs {
		out = append(out, fieldOp{name: []byte(s.Name), value: newTemplate(s.Value, p)})
	}
	return out
}

func (o *fieldOps) empty() bool { return len(o.remove)+len(o.set)+len(o.add) == 0 }

// apply returns fields with the operations applied: a new list, in dst, of which
// the values that were made live in x.arena. Fields marked Drop stay in it: they
// are not sent, but a sink may need what they say.
func (o *fieldOps) apply(dst, fields []message.Field, x *exchange) []message.Field {
	for i := range fields {
		f := &fields[i]
		if f.Drop || !named(o.remove, f.Name) && !o.sets(f.Name) {
			dst = append(dst, *f)
		}
	}
	for _, list := range [2][]fieldOp{o.set, o.add} {
		for i := range list {
			dst = append(dst, message.Field{Name: list[i].name, Value: x.expand(&list[i].value)})
		}
	}
	return dst
}

// personal returns the names of the fields that differ from client to client.
func (o *fieldOps) personal() (names []string) {
	for _, list := range [2][]fieldOp{o.set, o.add} {
		for i := range list {
			if list[i].value.personal() {
				names = append(names, string(list[i].name))
			}
		}
	}
	return names
}

func (o *fieldOps) sets(name []byte) bool {
	for i := range o.set {
		if bytes.EqualFold(o.set[i].name, name) {
			return true
		}
	}
	return false
}

func named(names [][]byte, name []byte) bool {
	for _, n := range names {
		if bytes.EqualFold(n, name) {
			return true
		}
	}
	return false
}
