package cache

import (
	"bytes"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/weirproxy/weir/message"
)

// An Entry is one stored response. All but its counters is fixed once it is
// published; it may be read by any goroutine then.
type Entry struct {
	Status int
	// Lines are the stored field lines as they are sent, each with its CRLF:
	// Date and weir's Via among them; without Age, Content-Length and
	// Cache-Status of weir's own.
	Lines []byte
	// Fields are the same one by one: their names and values point into Lines.
	Fields []message.Field
	// Lines304 are those of them that a 304 made from the entry has.
	Lines304 []byte
	// Length is the length of the body; message.Unknown while it arrives and was
	// not declared.
	Length int64

	// Fresh says for how long, and how, the entry may be used.
	Fresh Freshness
	// ETag and LastModified are its validators, pointing into Lines; nil: none.
	ETag, LastModified []byte
	// Modified is Last-Modified and Dated is Date in Unix seconds; 0: not known.
	Modified, Dated int64
	// Vary are the names of the request fields that chose this response, as
	// AppendVaryNames makes them, and Variant is what they were, as AppendVariant
	// makes it. Both are empty when every request for the key gets it; a Vary of
	// "*" means that no other does.
	Vary, Variant []byte
	// Tags are the tags it can be purged by, as written by the backend, and
	// Groups its Cache-Groups (RFC 9875); see TagsOf.
	Tags, Groups []string

	body [][]byte

	refreshed atomic.Int64 // when it was last tried to be refreshed; 0: never
	stored    stored       // what the zone keeps about it
}

// Body returns the body in pieces, which nobody may modify.
func (e *Entry) Body() [][]byte { return e.body }

// refreshPause is how long a backend that failed to refresh an entry is left in
// peace.
const refreshPause = int64(time.Second)

// TakeRefresh reports whether it is the caller's to have the entry refreshed: one
// request a second is told so. It may be called by any goroutine.
func (e *Entry) TakeRefresh(now int64) bool {
	last := e.refreshed.Load()
	return (last == 0 || now-last >= refreshPause) && e.refreshed.CompareAndSwap(last, max(now, 1))
}

// FieldsFor returns those of Fields that a response with status has, 304 being
// the one that does not have them all.
func (e *Entry) FieldsFor(status int) []message.Field {
	if status != http.StatusNotModified {
		return e.Fields
	}
	var out []message.Field
	for i := range e.Fields {
		if bytes.Contains(e.Lines304, message.AppendField(nil, &e.Fields[i])) {
			out = append(out, e.Fields[i])
		}
	}
	return out
}
