package edge

import (
	"sync/atomic"
	"time"

	"github.com/weirproxy/weir/internal/sock"
)

// dateLine is a Date field line and the monotonic second it is right for.
type dateLine struct {
	second int64
	line   []byte
}

var dateNow atomic.Pointer[dateLine]

// appendDate appends the Date field (RFC 9110, section 6.6.1).
func appendDate(out []byte) []byte {
	const format = "Mon, 02 Jan 2006 15:04:05 GMT"
	second := sock.Now() / int64(time.Second)
	d := dateNow.Load()
	if d == nil || d.second != second {
		// Two goroutines may do this at once, with the same result.
		d = &dateLine{second: second}
		d.line = append(d.line, "Date: "...)
		d.line = time.Now().UTC().AppendFormat(d.line, format)
		d.line = append(d.line, '\r', '\n')
		dateNow.Store(d)
	}
	return append(out, d.line...)
}
