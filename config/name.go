package config

import (
	"strconv"
	"strings"
)

// nameListeners names listeners without a name after their address; several may
// have the same one when the system chooses their ports.
func nameListeners(all []Listener) {
	taken := map[string]bool{}
	for i := range all {
		l := &all[i]
		if l.Name != "" {
			continue
		}
		l.Name = l.Address
		for n := 2; taken[l.Name]; n++ {
			l.Name = l.Address + " #" + strconv.Itoa(n)
		}
		taken[l.Name] = true
	}
}

// nameRoutes gives routes without a name one that says what they match and that
// no other route has.
func nameRoutes(routes []Route) {
	taken := map[string]bool{}
	for i := range routes {
		taken[routes[i].Name] = true
	}
	next := map[string]int{}
	for i := range routes {
		r := &routes[i]
		if r.Name != "" {
			continue
		}
		base := madeName(&r.Match)
		r.Name = base
		for taken[r.Name] {
			next[base] = max(next[base], 1) + 1
			r.Name = base + " #" + strconv.Itoa(next[base])
		}
		taken[r.Name] = true
	}
}

// madeName is such as "GET,POST api.example.com/v1/*".
func madeName(m *Match) string {
	var b strings.Builder
	if len(m.Methods) > 0 {
		b.WriteString(strings.Join(m.Methods, ",") + " ")
	}
	if len(m.Hosts) > 0 {
		b.WriteString(m.Hosts[0])
	}
	if len(m.Hosts) > 1 {
		b.WriteString(",...")
	}
	switch {
	case m.Prefix != "":
		b.WriteString(strings.TrimSuffix(m.Prefix, "/") + "/*")
	case m.Path+m.Pattern != "":
		b.WriteString(m.Path + m.Pattern)
	case len(m.Hosts) == 0:
		b.WriteString("*")
	}
	name := b.String()
	if len(name) > maxMadeNameBytes {
		name = strings.ToValidUTF8(name[:maxMadeNameBytes], "") + "..."
	}
	return name
}
