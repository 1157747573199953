package cache

import (
	"bytes"
	"slices"

	"github.com/weirproxy/weir/message"
)

// maxTags is how many tags and groups an entry has; maxTag is how long one may
// be. What goes beyond is not one.
const (
	maxTags = 64
	maxTag  = 256
)

// TagsOf returns the tags of a response by which it can be purged: what
// Surrogate-Key lists with spaces, Cache-Tag with commas, and its groups, which
// are what Cache-Groups holds (RFC 9875, section 2). Groups come first, so that
// no flood of tags can push them out. A Cache-Groups that is not a list of
// strings is disregarded. Nothing points into fields.
func TagsOf(fields []message.Field) (tags, groups []string) {
	groups = stringsIn(fields, "Cache-Groups")
	tags = slices.Clone(groups)
	for i := range fields {
		f := &fields[i]
		switch {
		case f.Known != message.Other || f.Drop:
		case sameFold(f.Name, "Surrogate-Key"):
			tags = addTags(tags, f.Value, " \t")
		case sameFold(f.Name, "Cache-Tag"):
			tags = addTags(tags, f.Value, ",")
		}
	}
	return tags, groups
}

// GroupInvalidations returns the groups that a response asks to invalidate in its
// origin by Cache-Group-Invalidation (RFC 9875, section 3). That is to be done
// only when the method of the request is unsafe.
func GroupInvalidations(fields []message.Field) []string {
	return stringsIn(fields, "Cache-Group-Invalidation")
}

// addTags adds the members of list, divided by any of dividers.
func addTags(tags []string, list []byte, dividers string) []string {
	for len(list) > 0 {
		tag := list
		if i := bytes.IndexAny(list, dividers); i >= 0 {
			tag, list = list[:i], list[i+1:]
		} else {
			list = nil
		}
		if tag = trimOWS(tag); len(tag) > 0 {
			tags = addTag(tags, string(tag))
		}
	}
	return tags
}

func addTag(tags []string, tag string) []string {
	if len(tags) == maxTags || len(tag) > maxTag || slices.Contains(tags, tag) {
		return tags
	}
	return append(tags, tag)
}

// stringsIn returns the members of a field that is a list of strings, over all
// its lines.
func stringsIn(fields []message.Field, name string) (members []string) {
	var value []byte
	for i := range fields {
		if f := &fields[i]; f.Known == message.Other && !f.Drop && len(f.Value) > 0 && sameFold(f.Name, name) {
			if value != nil {
				value = append(value, ',')
			}
			value = append(value, f.Value...)
		}
	}
	if value == nil {
		return nil
	}
	list, ok := parseStringList(value)
	if !ok {
		return nil
	}
	for _, s := range list {
		members = addTag(members, s)
	}
	return members
}
