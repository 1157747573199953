package message

// maxOptions is how many options one Connection line may hold, and how many
// fields all of them may name.
const maxOptions = 32

// noteConnection takes a Connection line (RFC 9110, section 7.6.1).
func (g *gate) noteConnection(v []byte) *Reject {
	o, ok := scanOptions(v)
	if !ok {
		return reject(BadConnection)
	}
	g.close = g.close || o.close
	g.keepAlive = g.keepAlive || o.keepAlive
	g.upgrade = g.upgrade || o.upgrade
	g.named = g.named || o.named
	return nil
}

// options are what one Connection line says.
type options struct{ close, keepAlive, upgrade, named bool }

// scanOptions reads a list of connection options; ok is false when one is not a
// token or there are too many.
func scanOptions(v []byte) (o options, ok bool) {
	count := 0
	for rest := v; rest != nil; {
		var option []byte
		option, rest = nextItem(rest)
		if count++; count > maxOptions || len(option) > 0 && !IsToken(option) {
			return o, false
		}
		switch {
		case len(option) == 0:
		case equalFold(option, "close"):
			o.close = true
		case equalFold(option, "keep-alive"):
			o.keepAlive = true
		case equalFold(option, "upgrade"):
			o.upgrade = true
		default:
			o.named = true
		}
	}
	return o, true
}

// dropNamed marks the fields that Connection names. With strict set, for
// requests, naming a field that the recipient or weir depends on is rejected:
// a client could otherwise strip what a proxy before weir vouched for.
func dropNamed(fields []Field, strict bool) *Reject {
	count := 0
	for i := range fields {
		if fields[i].Known != Connection {
			continue
		}
		for rest := fields[i].Value; rest != nil; {
			var option []byte
			option, rest = nextItem(rest)
			if len(option) == 0 {
				continue
			}
			if count++; count > maxOptions {
				return reject(BadConnection)
			}
			if strict && (protected.has(KnownName(option)) || protected.has(knownAlias(option))) {
				return reject(ProtectedConnection)
			}
			dropField(fields, option)
		}
	}
	return nil
}

// dropField marks every field with that name.
func dropField(fields []Field, name []byte) {
	for i := range fields {
		if equalNames(fields[i].Name, name) {
			fields[i].Drop = true
		}
	}
}

// equalNames compares field names without regard to case.
func equalNames(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// noteExpect takes an Expect line (RFC 9110, section 10.1.1). HTTP/1.0 has none.
func (r *Request) noteExpect(v []byte) *Reject {
	if r.Version == HTTP10 {
		return nil
	}
	if !equalFold(v, "100-continue") {
		return reject(UnmetExpectation)
	}
	r.ExpectContinue = true
	return nil
}

// noteTE takes a TE line (RFC 9110, section 10.1.4).
func (r *Request) noteTE(v []byte) {
	for rest := v; rest != nil && r.Version != HTTP10; {
		var item []byte
		if item, rest = nextItem(rest); equalFold(item, "trailers") {
			r.AcceptsTrailers = true
		}
	}
}
