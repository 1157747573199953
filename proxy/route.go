package proxy

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/metrics"
	"github.com/weirproxy/weir/upstream"
)

// A route is a config.Route made ready to match and to act.
type route struct {
	name    string
	order   int // among the routes of its priority
	match   match
	metrics *metrics.Route
	spec    *config.Route

	pool     *pool // exactly one of these five says what the route does
	redirect *redirect
	respond  *config.Respond

	allowOdd    message.PathOddity
	timeouts    upstream.Timeouts // of the pool, unless the route has its own
	tunnelIdle  time.Duration
	upgrades    []string
	rewrite     rewrite
	requestOps  fieldOps
	responseOps fieldOps
	forwarded   bool        // also send Forwarded
	cache       *routeCache // nil: nothing is stored
}

// match is a config.Match made ready.
type match struct {
	path    string // exact, prefix and pattern: at most one is set
	prefix  string
	pattern *pattern
	methods []string
	allow   string // the methods as an Allow field
	fields  []valueMatch
	query   []valueMatch
}

// valueMatch is a condition on a field or a query parameter.
type valueMatch struct {
	name    []byte
	equals  []byte // nil: any value
	matches *regexp.Regexp
}

func newMatch(m *config.Match) (match, error) {
	out := match{path: m.Path, prefix: strings.TrimSuffix(m.Prefix, "/"), methods: m.Methods}
	if m.Prefix == "/" {
		out.prefix = ""
	}
	if m.Pattern != "" {
		out.pattern = newPattern(m.Pattern)
	}
	if slices.Contains(out.methods, http.MethodGet) && !slices.Contains(out.methods, http.MethodHead) {
		out.methods = append(slices.Clone(out.methods), http.MethodHead)
	}
	out.allow = strings.Join(out.methods, ", ")
	var err error
	if out.fields, err = newValueMatches(m.Fields); err != nil {
		return match{}, err
	}
	out.query, err = newValueMatches(m.Query)
	return out, err
}

func newValueMatches(specs []config.ValueMatch) ([]valueMatch, error) {
	var out []valueMatch
	for _, s := range specs {
		v := valueMatch{name: []byte(s.Name)}
		if s.Equals != nil {
			v.equals = []byte(*s.Equals)
		}
		if s.Matches != "" {
			re, err := regexp.Compile(s.Matches)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.Name, err)
			}
			v.matches = re
		}
		out = append(out, v)
	}
	return out, nil
}

func (v *valueMatch) holds(value []byte) bool {
	return (v.equals == nil || bytes.Equal(v.equals, value)) && (v.matches == nil || v.matches.Match(value))
}

// takesPath reports whether the route's path condition holds for path, and notes
// what a pattern took in captured.
func (m *match) takesPath(path []byte, captured *captures) bool {
	switch {
	case m.path != "":
		return string(path) == m.path
	case m.prefix != "":
		return len(path) >= len(m.prefix) && string(path[:len(m.prefix)]) == m.prefix &&
			(len(path) == len(m.prefix) || path[len(m.prefix)] == '/')
	case m.pattern != nil:
		return m.pattern.match(path, captured)
	}
	return true
}

func (m *match) takesMethod(method string) bool {
	return len(m.methods) == 0 || slices.Contains(m.methods, method)
}

// takesValues reports whether all conditions on fields and query hold. A field or
// parameter that occurs several times holds when one of its values does.
func (m *match) takesValues(req *message.Request) bool {
	for i := range m.fields {
		if !fieldHolds(&m.fields[i], req.Fields) {
			return false
		}
	}
	for i := range m.query {
		if !queryHolds(&m.query[i], req.Query) {
			return false
		}
	}
	return true
}

func fieldHolds(v *valueMatch, fields []message.Field) bool {
	for i := range fields {
		if len(fields[i].Name) == len(v.name) && bytes.EqualFold(fields[i].Name, v.name) && v.holds(fields[i].Value) {
			return true
		}
	}
	return false
}

// queryHolds looks through the parameters of an application/x-www-form-urlencoded query.
func queryHolds(v *valueMatch, query []byte) bool {
	for len(query) > 0 {
		var pair []byte
		pair, query, _ = bytes.Cut(query, []byte("&"))
		name, value, _ := bytes.Cut(pair, []byte("="))
		if bytes.Equal(unescape(name), v.name) && v.holds(unescape(value)) {
			return true
		}
	}
	return false
}

// unescape decodes a query component. What is not valid stays as it is.
func unescape(s []byte) []byte {
	if bytes.IndexByte(s, '%') < 0 && bytes.IndexByte(s, '+') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			out = append(out, ' ')
		case s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return out
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
