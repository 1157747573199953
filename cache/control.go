package cache

import "github.com/weirproxy/weir/message"

// maxUnstorable bounds the names that private="…" and no-cache="…" may list: with
// more of them they are read as if they listed none.
const maxUnstorable = 64

// Control is what a response says to caches (RFC 9111, section 5.2.2), in its
// Cache-Control or in the targeted field that takes its place.
type Control struct {
	NoStore, NoCache, Private, Public         bool
	MustRevalidate, ProxyRevalidate           bool
	MustUnderstand, Immutable, NoTransform    bool
	MaxAge, SMaxAge, WhileRevalidate, IfError int64 // seconds, at most 1<<31; -1: not said
	// Unstorable are the fields named by private="…" and no-cache="…", which are
	// left out of what is stored. They point into the fields read.
	Unstorable [][]byte
	// Malformed: something was said that cannot be understood, or a lifetime was
	// given twice and differently. The response is stale then, and permissions
	// do not count (section 4.2.1 encourages that).
	Malformed bool
	// Targeted is the name of the targeted field (RFC 9213) that was read; empty:
	// Cache-Control. With one, Expires does not count either.
	Targeted string
}

// ReadControl reads the Cache-Control of a response over all its lines, or
// instead of it the first of the targeted fields that is present, valid and not
// empty (RFC 9213, section 2.2). It reads what is malformed the restrictive way:
// a restriction counts whatever its argument is, a permission only as it should be.
func ReadControl(fields []message.Field, targeted []string) Control {
	c := Control{MaxAge: -1, SMaxAge: -1, WhileRevalidate: -1, IfError: -1}
	for _, name := range targeted {
		if validTargeted(fields, name) {
			c.readTargeted(fields, name)
			return c
		}
	}
	for i := range fields {
		if fields[i].Known == message.CacheControl {
			c.readLine(fields[i].Value)
		}
	}
	return c
}

func (c *Control) readLine(line []byte) {
	for {
		d, rest, clean, ok := nextDirective(line)
		c.Malformed = c.Malformed || !clean
		if !ok {
			return
		}
		c.add(&d, false)
		line = rest
	}
}

// add takes one directive in. last: of several lifetimes the last is the one that
// counts, as in a dictionary; else they have to agree.
func (c *Control) add(d *directive, last bool) {
	var buf [24]byte
	switch string(foldName(&buf, d.name)) {
	case "no-store":
		c.NoStore = true
	case "no-cache":
		c.NoCache = !c.addNames(d) || c.NoCache
	case "private":
		c.Private = !c.addNames(d) || c.Private
	case "public":
		c.Public = c.Public || !d.argument
	case "must-revalidate":
		c.MustRevalidate = true
	case "proxy-revalidate":
		c.ProxyRevalidate = true
	case "must-understand":
		c.MustUnderstand = true // allows and forbids: an argument makes both doubtful
		c.Malformed = c.Malformed || d.argument
	case "immutable":
		c.Immutable = c.Immutable || !d.argument
	case "no-transform":
		c.NoTransform = true
	case "max-age":
		c.addLifetime(&c.MaxAge, d, last)
	case "s-maxage":
		c.addLifetime(&c.SMaxAge, d, last)
	case "stale-while-revalidate":
		addGrace(&c.WhileRevalidate, d)
	case "stale-if-error":
		addGrace(&c.IfError, d)
	}
}

func (c *Control) addLifetime(at *int64, d *directive, last bool) {
	if d.seconds < 0 || *at >= 0 && *at != d.seconds && !last {
		c.Malformed = true
		*at = 0
		return
	}
	*at = d.seconds
}

// addGrace takes in a time for which stale use is allowed: the shortest that was
// given, and none when one of them is malformed.
func addGrace(at *int64, d *directive) {
	seconds := max(0, d.seconds)
	if *at < 0 || seconds < *at {
		*at = seconds
	}
}

// addNames takes in the fields that a qualified private or no-cache names and
// reports whether that is all the directive is about. Anything but a quoted list
// of names, and a list with a field without which the rest would be misread, means
// the whole response.
func (c *Control) addNames(d *directive) (qualified bool) {
	if !d.quoted {
		return false
	}
	for list := d.value; len(list) > 0; {
		var name []byte
		name, list = takeItem(list)
		if len(name) == 0 {
			continue
		}
		if !message.IsToken(name) || decides(name) || len(c.Unstorable) == maxUnstorable {
			return false
		}
		c.Unstorable = append(c.Unstorable, name)
		qualified = true
	}
	return qualified
}

// decides reports whether a stored response without the field would be misread or
// given to the wrong request.
func decides(name []byte) bool {
	return sameFold(name, "Vary") || sameFold(name, "Content-Encoding")
}
