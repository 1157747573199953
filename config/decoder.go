package config

import (
	"fmt"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

// A decoder reads one document into a Config and collects everything that is
// wrong with it.
type decoder struct {
	file     string
	source   Source
	problems Problems

	places   places            // of every value that was read
	secrets  map[string]string // contents of secret files, by the path as written
	expanded int               // bytes that expansion has made so far
}

// A value is a node together with its path in the configuration.
type value struct {
	node *yaml.Node
	path string
}

func (v value) place() place { return place{v.node.Line, v.node.Column} }

// key is the value of the mapping v under name.
func (v value) key(name string, node *yaml.Node) value {
	return value{node: node, path: join(v.path, name)}
}

// index is the ith element of the list v.
func (v value) index(i int) value {
	return value{node: v.node.Content[i], path: v.path + "[" + strconv.Itoa(i) + "]"}
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// join appends a key to a path; one that would make the path ambiguous is quoted.
func join(path, name string) string {
	if !plainKey.MatchString(name) {
		name = quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func (d *decoder) report(at place, path, format string, args ...any) {
	d.problems = append(d.problems, d.problem(at, path, fmt.Sprintf(format, args...)))
}

func (d *decoder) problem(at place, path, message string) Problem {
	return Problem{File: d.file, Line: at.line, Column: at.column, Path: path, Message: message}
}

// fail reports a problem with v.
func (d *decoder) fail(v value, format string, args ...any) {
	d.report(v.place(), v.path, format, args...)
}

// failAt reports a problem with the value at path, or with the nearest one
// around it when path was left out of the file.
func (d *decoder) failAt(path, format string, args ...any) {
	at, path := d.places.find(path)
	d.report(at, path, format, args...)
}

// has tells whether the file has a value at path.
func (d *decoder) has(path string) bool {
	_, ok := d.places[path]
	return ok
}

// read reads v as k says, in whichever of k's forms it is written.
func (d *decoder) read(v value, k kind) {
	d.places[v.path] = v.place()
	if !d.ordinary(v, k) {
		return
	}
	if k.lone && v.node.Kind != yaml.SequenceNode {
		around := &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{v.node}, Line: v.node.Line, Column: v.node.Column}
		v.node = around
	}
	switch {
	case v.node.Kind == yaml.ScalarNode && k.scalar != nil:
		d.readScalar(v, k)
	case v.node.Kind == yaml.MappingNode && k.mapping != nil:
		k.mapping(d, v)
	case v.node.Kind == yaml.SequenceNode && k.sequence != nil:
		k.sequence(d, v)
	default:
		d.fail(v, "needs %s, not %s", k.wanted(), nodeName(v.node))
	}
}

// ordinary reports what YAML allows and a configuration does not: a value that
// was left out, aliases (their expansion could outgrow any memory) and tags.
func (d *decoder) ordinary(v value, k kind) bool {
	n := v.node
	switch {
	case n.Kind == yaml.AliasNode:
		d.fail(v, "aliases (*%s) are not supported: write the value out", n.Value)
	case n.Anchor != "":
		d.fail(v, "anchors (&%s) are not supported", n.Anchor)
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(v, "tags (%s) are not supported", n.Tag)
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		d.fail(v, "has no value: needs %s", k.wanted())
	default:
		return true
	}
	return false
}

// readScalar expands v and lets k parse it. Why a value is refused never quotes
// the value: that is done here, and not for one that may be secret.
func (d *decoder) readScalar(v value, k kind) {
	text, expanded, ok := d.expand(v, k.secret != nil)
	if !ok {
		return
	}
	hidden := expanded && k.secret != nil
	if hidden {
		*k.secret = true
	}
	if k.bare && !expanded && v.node.Style != 0 {
		d.fail(v, "%s: needs %s, not text in quotes", quote(text), k.wanted())
		return
	}
	if err := k.scalar(text); err != nil {
		shown := quote(text)
		if hidden {
			shown = redacted
		}
		d.fail(v, "%s: %v", shown, err)
	}
}

// nodeName says in a message what a node is.
func nodeName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return quote(n.Value)
	}
}
