package proxy

import (
	"net/http"
	"strconv"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/message"
)

// A redirect is a config.Redirect made ready.
type redirect struct {
	to     template
	status int
	secure bool // only requests over http are redirected
}

func newRedirect(spec *config.Redirect, p *pattern) *redirect {
	return &redirect{to: newTemplate(spec.To, p), status: spec.Status}
}

func redirectHTTPS() *redirect {
	return &redirect{to: newTemplate("https://{hostname}{path}{query}", nil), status: http.StatusPermanentRedirect, secure: true}
}

// answerItself answers on a route that needs no backend.
func (x *exchange) answerItself() error {
	rt := x.route
	if rt.respond != nil {
		x.addField("Content-Type", []byte(rt.respond.ContentType))
		return x.send(rt.respond.Status, []byte(rt.respond.Body), false)
	}
	if rt.redirect.secure && x.req.Scheme == "https" {
		return errNoRoute
	}
	x.addField("Location", x.expand(&rt.redirect.to))
	return x.send(rt.redirect.status, nil, false)
}

// answerError answers with what e says, in HTML for browsers and as problem+json
// (RFC 9457) for everybody else. Nothing in it comes from the request.
func (x *exchange) answerError(e *Error) {
	x.res.Fields = x.res.Fields[:0] // a backend's may be in there
	start := len(x.arena)
	x.arena = append(x.arena, "weir; error="...)
	x.arena = append(x.arena, e.Token...)
	x.arena = append(x.arena, `; details="`...)
	x.arena = append(x.arena, e.Details...)
	x.arena = append(x.arena, '"')
	x.addField("Proxy-Status", x.arena[start:])
	if e.Allow != "" {
		x.addField("Allow", []byte(e.Allow))
	}
	if e.RetryAfter > 0 {
		start := len(x.arena)
		x.arena = strconv.AppendInt(x.arena, int64(e.RetryAfter), 10)
		x.addField("Retry-After", x.arena[start:])
	}
	start = len(x.arena)
	if prefersHTML(x.req.Fields) {
		x.addField("Content-Type", contentHTML)
		x.arena = appendErrorHTML(x.arena, e.Status)
	} else {
		x.addField("Content-Type", contentProblem)
		x.arena = appendProblem(x.arena, e.Status)
	}
	// An error here means that nobody is there to read it.
	_ = x.send(e.Status, x.arena[start:], e.Close)
}

var (
	contentHTML    = []byte("text/html; charset=utf-8")
	contentProblem = []byte("application/problem+json")
)

func appendProblem(dst []byte, status int) []byte {
	dst = append(dst, `{"type":"about:blank","title":"`...)
	dst = append(dst, message.StatusText(status)...)
	dst = append(dst, `","status":`...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	return append(dst, "}\n"...)
}

func appendErrorHTML(dst []byte, status int) []byte {
	dst = append(dst, "<!doctype html>\n<meta charset=\"utf-8\">\n<title>"...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ')
	dst = append(dst, message.StatusText(status)...)
	dst = append(dst, "</title>\n<h1>"...)
	dst = append(dst, message.StatusText(status)...)
	return append(dst, "</h1>\n"...)
}

// addField adds a field to the response weir makes itself.
func (x *exchange) addField(name string, value []byte) {
	x.res.Fields = append(x.res.Fields, message.Field{Name: nameBytes(name), Value: value})
}

// send sends a response of weir's own.
func (x *exchange) send(status int, body []byte, closing bool) error {
	res := &x.res
	res.Status, res.Reason, res.Version = status, nil, 0
	res.ContentLength, res.Close = int64(len(body)), closing
	if err := x.startResponse(); err != nil {
		return err
	}
	if err := x.sink.Write(body, true); err != nil {
		return errClientGone
	}
	x.bytesOut += int64(len(body))
	if err := x.sink.End(nil); err != nil {
		return errClientGone
	}
	return nil
}
