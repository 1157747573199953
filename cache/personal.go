package cache

import "github.com/weirproxy/weir/message"

// Personal returns the fields of a response that are not stored because they are
// for the client alone whose request brought it (RFC 9111, sections 5.2.2.4 and
// 5.2.2.7): it gets them besides what the entry has. They are copies; nil: none.
func (p *Policy) Personal(res *message.Response) (out []message.Field) {
	k := newKeeper(p, res.Fields)
	if len(k.unstorable) == 0 {
		return nil
	}
	for i := range res.Fields {
		f := &res.Fields[i]
		if k.personal(f) && !f.Drop && f.Known != message.ContentLength && f.Known != message.Age {
			out = append(out, message.Field{Name: append([]byte(nil), f.Name...), Value: append([]byte(nil), f.Value...), Known: f.Known})
		}
	}
	return out
}
