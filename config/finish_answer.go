package config

import (
	"slices"
	"strings"
)

// checkAnswers checks what a redirect and a fixed response say against the
// rest of the route.
func (d *decoder) checkAnswers(r *Route, path string) {
	if r.Redirect != nil && d.patternRead(r, path) {
		known := append(slices.Clone(locationPlaceholders), patternNames(r.Match.Pattern)...)
		if err := checkPlaceholders(r.Redirect.To, known); err != nil {
			d.failAt(path+".redirect.to", "%s: %v", quote(r.Redirect.To), err)
		}
	}
	if a := r.Respond; a != nil && a.Body != "" && slices.Contains([]int{204, 205, 304}, a.Status) {
		d.failAt(path+".respond.body", "a response with status %d has no body", a.Status)
	}
}

func (d *decoder) checkRewrite(r *Route, path string) {
	var given []string
	for _, name := range []string{"strip_prefix", "add_prefix", "path"} {
		if d.has(path + ".rewrite." + name) {
			given = append(given, name)
		}
	}
	if len(given) > 1 {
		d.failAt(path+".rewrite."+given[1], "a rewrite has one of strip_prefix, add_prefix and path: this one has %s already", given[0])
	}
	if d.patternRead(r, path) {
		if err := checkPlaceholders(r.Rewrite.Path, patternNames(r.Match.Pattern)); err != nil {
			d.failAt(path+".rewrite.path", "%s: %v: the match's pattern has to name it", quote(r.Rewrite.Path), err)
		}
	}
	strip, matched := r.Rewrite.StripPrefix, r.Match.Prefix+r.Match.Path
	if strip != "" && matched != "" && !within(strip, matched) {
		d.failAt(path+".rewrite.strip_prefix", "%s is not the beginning of what the route matches, %s", quote(strip), quote(matched))
	}
}

// patternRead tells that the route's pattern, if it has one, is known: one that
// was refused says nothing about placeholders.
func (d *decoder) patternRead(r *Route, path string) bool {
	return r.Match.Pattern != "" || !d.has(path+".match.pattern")
}

// within tells whether path has all segments of prefix at its front.
func within(prefix, path string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/' || prefix == "/")
}
