package config

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// A key is one key of a mapping and how its value is read.
type key struct {
	name     string
	kind     kind
	required bool
}

// readKeys reads the mapping v, which may hold the given keys and no others.
func (d *decoder) readKeys(v value, keys []key) {
	present := map[string]bool{}
	for name, at := range d.pairs(v) {
		present[name.Value] = true
		if k := find(keys, name.Value); k != nil {
			d.read(v.key(name.Value, at), k.kind)
			continue
		}
		d.report(place{name.Line, name.Column}, join(v.path, name.Value), "unknown key%s", didYouMean(name.Value, names(keys)))
	}
	for _, k := range keys {
		if k.required && !present[k.name] {
			d.fail(v, "needs the key %s", k.name)
		}
	}
}

// pairs yields the pairs of the mapping v in order; those whose key is not plain
// text or stands there a second time are reported instead.
func (d *decoder) pairs(v value) func(yield func(name, at *yaml.Node) bool) {
	return func(yield func(name, at *yaml.Node) bool) {
		lines := map[string]int{}
		for i := 0; i+1 < len(v.node.Content); i += 2 {
			name := v.node.Content[i]
			if !d.plainName(v, name) {
				continue
			}
			if line := lines[name.Value]; line > 0 {
				d.report(place{name.Line, name.Column}, join(v.path, name.Value), "duplicate key: it stands on line %d already", line)
				continue
			}
			lines[name.Value] = name.Line
			if !yield(name, v.node.Content[i+1]) {
				return
			}
		}
	}
}

func (d *decoder) plainName(v value, name *yaml.Node) bool {
	at := value{node: name, path: v.path}
	switch {
	case name.Tag == "!!merge":
		d.fail(at, "merge keys (<<) are not supported: write the keys out")
	case name.Kind != yaml.ScalarNode || name.Anchor != "" || name.Style&yaml.TaggedStyle != 0:
		d.fail(at, "a key has to be plain text")
	default:
		return true
	}
	return false
}

func find(keys []key, name string) *key {
	for i := range keys {
		if keys[i].name == name {
			return &keys[i]
		}
	}
	return nil
}

func names(keys []key) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.name
	}
	return out
}

// oneOf lists words for a message: "a, b or c".
func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
