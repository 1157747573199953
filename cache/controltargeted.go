package cache

import "github.com/weirproxy/weir/message"

// validTargeted reports whether the targeted field of that name is present, is a
// valid dictionary and has a member (RFC 9213, section 2.1). An empty line among
// others is a fault: joined, they have a comma too many.
func validTargeted(fields []message.Field, name string) bool {
	members, empty := 0, 0
	for i := range fields {
		if !sameFold(fields[i].Name, name) {
			continue
		}
		before := members
		if !eachMember(fields[i].Value, func([]byte, sfItem) bool { members++; return true }) {
			return false
		}
		if members == before {
			empty++
		}
	}
	return members > 0 && empty == 0
}

func (c *Control) readTargeted(fields []message.Field, name string) {
	c.Targeted = name
	for i := range fields {
		if sameFold(fields[i].Name, name) {
			eachMember(fields[i].Value, func(key []byte, item sfItem) bool {
				d := targetedDirective(key, item)
				c.add(&d, true)
				return true
			})
		}
	}
}

// targetedDirective is what a member of a targeted field means as a directive. A
// value of a type that the directive does not have becomes an argument that no
// directive understands.
func targetedDirective(key []byte, item sfItem) directive {
	d := directive{name: key, seconds: -1, argument: true}
	switch item.kind {
	case sfBoolean:
		d.argument = item.num == 0
	case sfInteger:
		d.seconds = min(max(item.num, -1), maxSeconds)
	case sfString:
		d.value, d.quoted = item.text, true
	}
	return d
}
