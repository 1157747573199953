package cache

import (
	"github.com/weirproxy/weir/message"
)

// NewEntry makes the entry, still without body, of a response to req that Judge
// let through with freshness f. Nothing in it points into req or res.
//
// Left out are the fields that concern one connection or one proxy, those that
// the response itself excludes from storage, Age, Set-Cookie unless the policy
// stores it (RFC 9111, sections 3.1 and 5.2.2; RFC 9110, section 7.6.1), and the
// length, which Entry.Length tells. A Date is added where there is no valid one
// (RFC 9110, section 6.6.1), and a Via line of weir's, the last. What caches
// nearer to the origin said in Cache-Status stays; weir's own goes in a line
// after it (RFC 9211, section 2).
func (p *Policy) NewEntry(req *message.Request, res *message.Response, f Freshness, t Times) *Entry {
	var scratch [512]byte
	vary, star := AppendVaryNames(scratch[:0], res.Fields)
	if star {
		vary = append(vary, '*')
	}
	variant := AppendVariant(vary, vary, req)[len(vary):]
	var clock [32]byte
	added := [...]message.Field{
		{Name: nameDate, Value: AppendDate(clock[:0], t.Wall.Unix()), Known: message.Date},
		{Name: nameVia, Value: viaOf(res.Version), Known: message.Via},
	}
	own := added[:]
	k := newKeeper(p, res.Fields)
	if k.date >= 0 {
		own = own[1:]
	}
	e := &Entry{Status: res.Status, Length: res.ContentLength, Fresh: f}
	l := newLayout(&k, res.Fields, own, len(vary)+len(variant))
	e.setLines(&l, &k, res.Fields, own)
	e.Vary, e.Variant = l.copy(vary), l.copy(variant)
	e.describe()
	return e
}

// setLines sets the lines and fields of e: of those given, what is kept, and own.
func (e *Entry) setLines(l *layout, k *keeper, fields, own []message.Field) {
	for i := range fields {
		if f := &fields[i]; k.keeps(i, f) {
			l.add(f)
		}
	}
	for i := range own {
		l.add(&own[i])
	}
	e.Fields, e.Lines = l.fields, l.cut()
	for i := range e.Fields {
		if f := &e.Fields[i]; k.keeps304(f) {
			l.bytes = message.AppendField(l.bytes, f)
		}
	}
	e.Lines304 = l.cut()
}

var nameDate, nameVia = []byte("Date"), []byte("Via")

var via10, via11, via2 = []byte("1.0 weir"), []byte("1.1 weir"), []byte("2 weir")

// viaOf is the value of weir's Via line in a response that came in version v (RFC
// 9110, section 7.6.3).
func viaOf(v message.Version) []byte {
	switch v {
	case message.HTTP10:
		return via10
	case message.HTTP2:
		return via2
	}
	return via11
}

// describe sets what the stored fields say about e.
func (e *Entry) describe() {
	if tag := only(e.Fields, message.ETag); usableTag(tag) {
		e.ETag = tag
	}
	if v := only(e.Fields, message.LastModified); v != nil {
		if at, ok := ParseDate(v); ok {
			e.LastModified, e.Modified = v, at
		}
	}
	e.Dated, _ = ParseDate(message.Get(e.Fields, message.Date))
	e.Tags, e.Groups = TagsOf(e.Fields)
}

// only returns the value of a field that has one: on several lines, if at all, the
// same. Otherwise nil.
func only(fields []message.Field, known message.Known) (v []byte) {
	for i := range fields {
		f := &fields[i]
		if f.Known != known || f.Drop {
			continue
		}
		if v != nil && string(v) != string(f.Value) {
			return nil
		}
		v = f.Value
	}
	return v
}

// A layout is the memory of an entry while it is filled: all its bytes are one
// allocation, and all its fields another.
type layout struct {
	bytes  []byte
	begun  int // where the present slice of bytes begins
	fields []message.Field
}

// newLayout makes room for the fields that are kept, own and rest more bytes.
func newLayout(k *keeper, fields, own []message.Field, rest int) layout {
	size, count := rest, len(own)
	measure := func(f *message.Field) {
		n := len(f.Name) + len(": \r\n") + len(f.Value)
		if size += n; k.keeps304(f) {
			size += n
		}
	}
	for i := range fields {
		if f := &fields[i]; k.keeps(i, f) {
			measure(f)
			count++
		}
	}
	for i := range own {
		measure(&own[i])
	}
	return layout{bytes: make([]byte, 0, size), fields: make([]message.Field, 0, count)}
}

// add adds a line, and the field in it.
func (l *layout) add(f *message.Field) {
	start := len(l.bytes)
	l.bytes = message.AppendField(l.bytes, f)
	name, value := start+len(f.Name), len(l.bytes)-2
	l.fields = append(l.fields, message.Field{
		Name:  l.bytes[start:name:name],
		Value: l.bytes[value-len(f.Value) : value : value],
		Known: f.Known,
	})
}

// copy adds bytes and cuts them off.
func (l *layout) copy(b []byte) []byte {
	l.bytes = append(l.bytes, b...)
	return l.cut()
}

// cut returns what was added since the last cut; nil: nothing.
func (l *layout) cut() []byte {
	b := l.bytes[l.begun:len(l.bytes):len(l.bytes)]
	l.begun = len(l.bytes)
	if len(b) == 0 {
		return nil
	}
	return b
}
