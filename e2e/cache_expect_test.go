package e2e

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weirproxy/weir/internal/origintest"
)

// A status9211 is what Cache-Status says of weir.
type status9211 struct {
	present bool
	params  map[string]string // "" for true
	keys    []string
	err     error // it is no structured field
}

// A word of step.want: value, or a range of numbers, or its absence.
type word struct {
	absent, any bool
	value       string
}

// demanded tells whether a word is there and not refused.
func (w *word) demanded() bool { return w != nil && !w.absent }

// wordsOf reads step.want.
func wordsOf(want string) map[string]*word {
	words := map[string]*word{}
	for part := range strings.SplitSeq(want, ";") {
		part = strings.TrimSpace(part)
		if part == "" || part == "off" || part == "any" {
			continue
		}
		name, value, valued := strings.Cut(strings.TrimPrefix(part, "!"), "=")
		w := &word{absent: part[0] == '!', value: value, any: !valued && name != "hit" && name != "stored" && name != "collapsed"}
		words[name] = w
	}
	return words
}

func (s *status9211) is(param string) bool { return slices.Contains(s.keys, param) }

// fulfils says what is missing.
func (s status9211) fulfils(want string) error {
	if s.err != nil {
		return s.err
	}
	if want == "off" && s.present {
		return errors.New("Cache-Status speaks of weir on a route that does not cache")
	}
	for name, w := range wordsOf(want) {
		value, there := s.params[name]
		switch {
		case !s.present:
			return fmt.Errorf("no Cache-Status of weir's, want %q", want)
		case w.absent && there:
			return fmt.Errorf("Cache-Status has %s, want %q", name, want)
		case w.absent || there && (w.any || valueFits(value, w.value)):
		default:
			return fmt.Errorf("Cache-Status says %s=%q (%v), want %q", name, value, there, want)
		}
	}
	return nil
}

// valueFits compares a value with a wanted one, or with a range of numbers.
func valueFits(value, want string) bool {
	low, high, ok := strings.Cut(want, "..")
	a, errA := strconv.ParseInt(low, 10, 64)
	b, errB := strconv.ParseInt(high, 10, 64)
	if !ok || errA != nil || errB != nil {
		return value == want
	}
	n, err := strconv.ParseInt(value, 10, 64)
	return err == nil && a <= n && n <= b
}

// fieldIs checks one line of step.has.
func fieldIs(want string, values func(string) []string) error {
	if name, absent := strings.CutPrefix(want, "!"); absent {
		if got := values(name); len(got) > 0 {
			return fmt.Errorf("%s is %q, want none", name, got)
		}
		return nil
	}
	name, value, _ := strings.Cut(want, ":")
	value = strings.TrimSpace(value)
	got := values(name)
	if len(got) == 0 || value != "*" && !valueFits(strings.Join(got, " | "), value) {
		return fmt.Errorf("%s is %q, want %q", name, got, value)
	}
	return nil
}

var (
	sfItem = regexp.MustCompile(`^([A-Za-z*][!#$%&'*+\-.^_|~0-9A-Za-z:/]*|"(?:[ !#-\[\]-~]|\\["\\])*")`)
	sfKey  = regexp.MustCompile(`^[a-z*][a-z0-9_\-.*]*`)
	sfBare = regexp.MustCompile(`^(-?[0-9]{1,15}|\?[01]|[A-Za-z*][!#$%&'*+\-.^_|~0-9A-Za-z:/]*|"(?:[ !#-\[\]-~]|\\["\\])*")`)
)

// cacheStatus reads Cache-Status of a response as a structured list (RFC 9651)
// and takes weir's member, which has to be the last one. Others before it may have
// the same name: an origin can say what it likes.
func cacheStatus(res *response) (s status9211) {
	weirs := false // there is a member of that name
	rest := strings.Join(res.values("Cache-Status"), ", ")
	for rest != "" {
		name := sfItem.FindString(rest)
		if name == "" {
			s.err = fmt.Errorf("Cache-Status is no structured list at %q", rest)
			return s
		}
		rest = rest[len(name):]
		member := status9211{present: name == "weir", params: map[string]string{}}
		var err error
		if rest, err = member.readParams(rest); err != nil {
			s.err = err
			return s
		}
		weirs = weirs || member.present
		s = member
		rest = strings.TrimLeft(rest, " \t")
		if next, comma := strings.CutPrefix(rest, ","); comma {
			rest = strings.TrimLeft(next, " \t")
		} else if rest != "" {
			s.err = fmt.Errorf("Cache-Status is no structured list at %q", rest)
			return s
		}
	}
	if weirs && !s.present {
		s.err = errors.New("weir is not the last member of Cache-Status")
	}
	return s
}

// readParams reads the parameters at the beginning of rest.
func (s *status9211) readParams(rest string) (string, error) {
	for strings.HasPrefix(rest, ";") {
		rest = strings.TrimLeft(rest[1:], " ")
		key := sfKey.FindString(rest)
		if key == "" {
			return rest, fmt.Errorf("Cache-Status has no parameter at %q", rest)
		}
		rest = rest[len(key):]
		value := ""
		if after, valued := strings.CutPrefix(rest, "="); valued {
			if value = sfBare.FindString(after); value == "" {
				return rest, fmt.Errorf("Cache-Status has no value at %q", after)
			}
			rest = after[len(value):]
		}
		if s.is(key) {
			return rest, fmt.Errorf("Cache-Status says %s twice", key)
		}
		s.params[key] = strings.Trim(value, `"`)
		s.keys = append(s.keys, key)
	}
	return rest, nil
}

var fwdReasons = []string{"bypass", "method", "uri-miss", "vary-miss", "miss", "request", "stale", "partial"}

// lint is what has to hold for each response of a cached route, whatever the case
// is about: what Cache-Status says fits itself and what happened (RFC 9211), a
// response from the store has an Age (RFC 9111, section 5.1), and none but weir's own
// errors lacks a Date.
func lint(s *step, got status9211, res *response, requests []origintest.Request, last int) (wrong []error) {
	note := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if s.want == "off" || got.err != nil {
		return nil
	}
	if !got.present {
		note("no Cache-Status of weir's")
		return wrong
	}
	if got.is("hit") && got.is("fwd") {
		note("Cache-Status has both hit and fwd")
	}
	for _, name := range []string{"fwd-status", "stored", "collapsed"} {
		if got.is(name) && !got.is("fwd") {
			note("Cache-Status has %s without fwd", name)
		}
	}
	if v, there := got.params["fwd-status"]; len(requests) > 0 && s.behind == 0 {
		if there && v != strconv.Itoa(last) || !there && last != res.status && last != 0 {
			note("Cache-Status: fwd-status=%q (%v), the origin said %d", v, there, last)
		}
	}
	if got.is("fwd") && !slices.Contains(fwdReasons, got.params["fwd"]) {
		note("Cache-Status: fwd=%q is not registered", got.params["fwd"])
	}
	if v, there := got.params["ttl"]; there && !valueFits(v, "-9999999999..9999999999") {
		note("Cache-Status: ttl=%q", v)
	}
	if len(requests) > 0 && s.behind == 0 && !got.is("fwd") {
		note("the origin was asked, and Cache-Status does not say so")
	}
	wrong = append(wrong, lintAge(got, res)...)
	if n := len(res.values("Date")); n > 1 || n == 0 && (got.is("hit") || len(requests) > 0) {
		note("%d lines of Date", n)
	}
	return wrong
}

// lintAge checks Age where it must be or may not be malformed.
func lintAge(got status9211, res *response) (wrong []error) {
	ages := res.values("Age")
	if len(ages) > 1 {
		wrong = append(wrong, fmt.Errorf("Age is %q", ages))
	}
	if got.is("hit") && (len(ages) != 1 || !valueFits(ages[0], "0..2147483648")) {
		wrong = append(wrong, fmt.Errorf("a response from the store with Age %q", ages))
	}
	return wrong
}
