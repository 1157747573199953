package message

// A gate is what Parse remembers between the lines of one head.
type gate struct {
	authority []byte // of an absolute-form target
	hosts     int
	lengths   int
	codings   int
	coding    RejectReason // what is wrong with Transfer-Encoding
	named     bool         // Connection names fields to remove
	close     bool
	keepAlive bool
	upgrade   bool
}

// Parse reads one request head, from the first byte of the request line to the
// end of the empty line as HeadEnd delimits it, and fills r with what it says;
// r then points into head. It leaves Conn and Client as they are and clears Body
// and Prefetched. scheme is the scheme of the connection.
//
// A head that is malformed or that two readers could understand differently is
// rejected (RFC 9112, sections 2 to 6; RFC 9110, sections 4 to 10). Of a
// rejected request only Method, Version, Target and Fields may be looked at, as
// far as they were read; KeepAlive is false. Parse reuses what r holds and does
// not allocate once r has grown to the size of its connection's requests.
//
// Decisions where the standards leave one: a request in HTTP/1.0 may lack Host
// and then has an empty Authority. Method names are case-sensitive, but those on
// which framing depends are refused in any case. The authority of an
// absolute-form target and Host must be the same, letter case aside, default
// ports included.
func (r *Request) Parse(head []byte, scheme string, lim *Limits) *Reject {
	r.reset(scheme)
	if !complete(head) {
		return reject(BadRequestLine)
	}
	var g gate
	next, rej := r.parseRequestLine(head, lim.targetBytes(), &g)
	if rej != nil {
		return rej
	}
	if len(head) > lim.headerBytes() {
		return reject(HeadTooLarge)
	}
	if rej := r.parseFields(head, next, lim, &g); rej != nil {
		return rej
	}
	return r.conclude(&g)
}

// reset clears r but for the memory it reuses.
func (r *Request) reset(scheme string) {
	*r = Request{
		Scheme:       scheme,
		Fields:       r.Fields[:0],
		Conn:         r.Conn,
		Client:       r.Client,
		Kept:         r.Kept,
		scratch:      r.scratch[:0],
		customMethod: r.customMethod,
	}
}

// parseFields reads the field lines that begin at head[i].
func (r *Request) parseFields(head []byte, i int, lim *Limits, g *gate) *Reject {
	end, most := len(head)-2, lim.fieldCount()
	for i < end {
		n := len(r.Fields)
		fields := grow(r.Fields)
		f := &fields[n]
		next, underscore, bad := scanLine(head, i, false, f)
		switch {
		case bad != NotRejected:
			return reject(bad)
		case n == most:
			return reject(TooManyFields)
		case underscore:
			if rej := applyUnderscores(f, lim.underscores()); rej != nil {
				return rej
			}
		}
		r.Fields = fields
		if f.Known != Other {
			if rej := r.note(f, g); rej != nil {
				return rej
			}
		}
		i = next
	}
	if i != end {
		return reject(MissingColon) // an empty line before the last one
	}
	return nil
}

// note acts on a field weir knows.
func (r *Request) note(f *Field, g *gate) *Reject {
	switch f.Known {
	case Host:
		return r.noteHost(f.Value, g)
	case ContentLength:
		return r.noteLength(f.Value, g)
	case TransferEncoding:
		g.noteCoding(f.Value)
	case Connection:
		return g.noteConnection(f.Value)
	case Expect:
		return r.noteExpect(f.Value)
	case TE:
		r.noteTE(f.Value)
	}
	return nil
}

// conclude draws the conclusions that need all fields.
func (r *Request) conclude(g *gate) *Reject {
	if rej := r.concludeAuthority(g); rej != nil {
		return rej
	}
	if rej := r.concludeFraming(g); rej != nil {
		return rej
	}
	if g.named {
		if rej := dropNamed(r.Fields, true); rej != nil {
			return rej
		}
	}
	if g.upgrade && r.Version == HTTP11 {
		r.Upgrade = r.joined(Upgrade)
	}
	if r.ContentLength == 0 {
		r.ExpectContinue = false // there is nothing to wait with
	}
	r.KeepAlive = !g.close && (r.Version == HTTP11 || g.keepAlive)
	return nil
}

// joined returns the values of all fields that are k as one list; nil when there are none.
func (r *Request) joined(k Known) (v []byte) {
	count := 0
	for i := range r.Fields {
		if r.Fields[i].Known != k || len(r.Fields[i].Value) == 0 {
			continue
		}
		switch count++; count {
		case 1:
			v = r.Fields[i].Value
		case 2:
			start := len(r.scratch)
			r.scratch = append(r.scratch, v...)
			v = r.scratch[start:]
			fallthrough
		default:
			r.scratch = append(append(r.scratch, ", "...), r.Fields[i].Value...)
			v = r.scratch[len(r.scratch)-len(v)-2-len(r.Fields[i].Value):]
		}
	}
	return v
}

func applyUnderscores(f *Field, policy Underscores) *Reject {
	alias := aliased.has(knownAlias(f.Name))
	switch {
	case policy == UnderscoresReject, policy == UnderscoresRejectAliases && alias:
		return reject(UnderscoreInName)
	case policy == UnderscoresDrop, alias:
		f.Drop = true
	}
	return nil
}
