package origintest

import (
	"bytes"
	"strings"
)

// A Request is one request as it came over the socket.
type Request struct {
	Conn int // index of the connection it came on

	Head    string // byte for byte, with the empty line
	Method  string // first word of the request line, "" when there are not three
	Target  string // second word
	Version string // third word

	Body     []byte  // decoded, as far as the script has read it, at most RecordLimit
	BodySize int64   // decoded bytes the script has read
	Complete bool    // the script has read the body to the end of its framing
	Trailers []Field // of a chunked body, once complete
	Raw      []byte  // head and body as received, as far as read, at most RecordLimit
}

// A Field is one field line; whitespace around the value is removed.
type Field struct{ Name, Value string }

func newRequest(conn int, head []byte) *Request {
	r := &Request{Conn: conn, Head: string(head), Raw: bytes.Clone(head)}
	line, _, _ := strings.Cut(r.Head, "\r\n")
	if words := strings.Split(line, " "); len(words) == 3 {
		r.Method, r.Target, r.Version = words[0], words[1], words[2]
	}
	return r
}

func (r *Request) copyLocked() Request {
	c := *r
	c.Body, c.Raw = bytes.Clone(r.Body), bytes.Clone(r.Raw)
	c.Trailers = append([]Field(nil), r.Trailers...)
	return c
}

// Fields returns all field lines in order. A line without a colon is a field
// with an empty value.
func (r *Request) Fields() []Field { return parseFields(r.Head) }

func parseFields(head string) []Field {
	var all []Field
	_, rest, _ := strings.Cut(head, "\r\n")
	for line := range strings.SplitSeq(rest, "\r\n") {
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		all = append(all, Field{name, strings.Trim(value, " \t")})
	}
	return all
}

// Values returns the values of all lines of a field, whatever the case of its name.
func (r *Request) Values(name string) []string {
	var values []string
	for _, f := range r.Fields() {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Value returns the value of the only line of a field, "" when there is none,
// and all values joined by " | " when there are several.
func (r *Request) Value(name string) string { return strings.Join(r.Values(name), " | ") }

// Has tells whether there is at least one line of a field.
func (r *Request) Has(name string) bool { return len(r.Values(name)) > 0 }
