package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// An answer is what the origin of a case says.
//
// Unless fields say otherwise it has a Date of now ("!Date" for none) and a
// Content-Length. A body that is not given is "answer N", N being its number
// among the answers of the case that are not 304.
type answer struct {
	status  int
	fields  []string // lines
	body    string
	bodied  bool   // body is meant, even when empty
	before  string // sent in front of it: interim responses, with their CRLFs
	chunked bool
	byClose bool // the body ends with the connection
	cut     int  // > 0: only that many bytes of the body are sent, then the connection ends
	reset   bool // it ends by a reset
	// hold is waited for before anything is sent; nil: no wait.
	hold <-chan struct{}
	// script answers instead; the request's body has been read. An error ends the
	// connection.
	script func(c *origintest.Conn, q *origintest.Request) error
}

// ok is a 200 with these field lines.
func ok(lines ...string) *answer { return reply(200, lines...) }

// reply is an answer with a status and field lines.
func reply(status int, lines ...string) *answer { return &answer{status: status, fields: lines} }

// saying returns the answer with another body.
func (a answer) saying(body string) *answer { a.body, a.bodied = body, true; return &a }

// after returns the answer behind raw interim responses.
func (a answer) after(interim string) *answer { a.before = interim; return &a }

// inChunks returns the answer with a chunked body.
func (a answer) inChunks() *answer { a.chunked = true; return &a }

// untilClose returns the answer with a body that ends with the connection.
func (a answer) untilClose() *answer { a.byClose = true; return &a }

// cutAt returns the answer cut after n > 0 bytes of its body.
func (a answer) cutAt(n int) *answer { a.cut = n; return &a }

// byReset returns a cut answer that ends by a reset.
func (a answer) byReset() *answer { a.reset = true; return &a }

// heldBy returns the answer delayed until gate is closed.
func (a answer) heldBy(gate <-chan struct{}) *answer { a.hold = gate; return &a }

// scripted is an answer in Go.
func scripted(f func(c *origintest.Conn, q *origintest.Request) error) *answer {
	return &answer{status: 200, script: f}
}

// unanswered is no answer: what f sends is not a whole head.
func unanswered(f func(c *origintest.Conn, q *origintest.Request) error) *answer {
	return &answer{script: f}
}

// names tells whether the answer has a line for a field, or refuses one.
func (a *answer) names(field string) bool {
	for _, line := range a.fields {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "!"), ":")
		if strings.EqualFold(name, field) {
			return true
		}
	}
	return false
}

// write makes the bytes of the answer to a request with method; text is the body
// it gets when it has none of its own.
func (a *answer) write(method, text string, expand func(string) string) string {
	var s strings.Builder
	s.WriteString(expand(a.before))
	fmt.Fprintf(&s, "HTTP/1.1 %d Whatever\r\n", a.status)
	if !a.names("Date") {
		s.WriteString("Date: " + expand("{now}") + "\r\n")
	}
	for _, line := range a.fields {
		if !strings.HasPrefix(line, "!") {
			s.WriteString(expand(line) + "\r\n")
		}
	}
	bodiless := a.status == 304 || a.status == 204 || a.status < 200
	switch {
	case a.chunked:
		s.WriteString("Transfer-Encoding: chunked\r\n")
	case a.byClose:
		s.WriteString("Connection: close\r\n")
	case !bodiless && !a.names("Content-Length"):
		fmt.Fprintf(&s, "Content-Length: %d\r\n", len(text))
	}
	s.WriteString("\r\n")
	if bodiless || method == "HEAD" {
		return s.String()
	}
	if a.cut > 0 {
		text = text[:a.cut]
	}
	if a.chunked {
		text = fmt.Sprintf("%x\r\n%s\r\n", len(text), text)
		if a.cut == 0 {
			text += "0\r\n\r\n"
		}
	}
	return s.String() + text
}

var placeholder = regexp.MustCompile(`\{(?:(rfc850|asctime):)?(now|t0)([+-]\d+)?\}`)

// expandTimes replaces the placeholders of times.
func expandTimes(s string, t0 time.Time) string {
	return placeholder.ReplaceAllStringFunc(s, func(p string) string {
		m := placeholder.FindStringSubmatch(p)
		at := t0
		if m[2] == "now" {
			at = time.Now()
		}
		if m[3] != "" {
			n, _ := strconv.Atoi(m[3])
			at = at.Add(time.Duration(n) * time.Second)
		}
		format := "Mon, 02 Jan 2006 15:04:05 GMT"
		switch m[1] {
		case "rfc850":
			format = "Monday, 02-Jan-06 15:04:05 GMT"
		case "asctime":
			format = "Mon Jan _2 15:04:05 2006"
		}
		return at.UTC().Format(format)
	})
}
