package proxy

import (
	"net/http"
	"strings"

	"github.com/weirproxy/weir/message"
)

// Serve answers one request (edge.Handler). What stands here from top to bottom
// is the order of the stages, which is a security decision: nothing a stage
// protects may come before it.
func (p *Proxy) Serve(req *message.Request, sink message.Sink) {
	x := acquireExchange(p, req, sink)
	defer x.finish()
	if err := x.run(); err != nil {
		x.fail(err)
	}
}

func (x *exchange) run() error {
	if x.snap == nil {
		return errNotReady
	}
	x.identify()
	if x.purges() {
		return x.purge()
	}
	if err := x.matchRoute(); err != nil {
		return err
	}
	if answered, err := x.lookup(); answered || err != nil {
		return err
	}
	// Nothing above this line may block.
	if x.route.pool == nil {
		return x.answerItself()
	}
	if err := x.checkBody(); err != nil {
		return err
	}
	if x.cached.fillable {
		return x.fill()
	}
	return x.forward()
}

// Reject answers a request that the gate turned away (edge.Handler).
func (p *Proxy) Reject(req *message.Request, rej *message.Reject, sink message.Sink) {
	x := acquireExchange(p, req, sink)
	defer x.finish()
	x.outbound.Begin(req, req.Conn.Peer.Addr(), nil)
	e := &Error{Status: rej.Status, Token: tokenRequest, Details: rej.Reason.String(), Close: true}
	if rej.Reason == message.MethodRefused {
		e.Allow = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
	}
	x.fail(e)
}

// identify finds out who the client is.
func (x *exchange) identify() {
	x.outbound.Begin(x.req, x.req.Conn.Peer.Addr(), x.snap.trusted)
}

// requestID is the name of the request in logs and towards backends.
func (x *exchange) requestID() []byte {
	x.outbound.Identify(x.req)
	return x.outbound.RequestID
}

// matchRoute finds the route.
func (x *exchange) matchRoute() error {
	x.snap.router.find(x.req, &x.found)
	rt := x.found.route
	switch {
	case rt == nil && len(x.found.allow) > 0:
		return &Error{Status: http.StatusMethodNotAllowed, Token: tokenRequest, Details: "method not allowed", Allow: joinMethods(x.found.allow)}
	case rt == nil:
		return errNoRoute
	}
	x.route = rt
	if x.req.Odd&^rt.allowOdd != 0 {
		return errOddPath
	}
	return nil
}

// joinMethods makes one list of several, each method once.
func joinMethods(lists []string) string {
	var out []string
	seen := make(map[string]bool)
	for _, list := range lists {
		for m := range strings.SplitSeq(list, ", ") {
			if !seen[m] {
				seen[m] = true
				out = append(out, m)
			}
		}
	}
	return strings.Join(out, ", ")
}

// fail answers with err, unless a response is under way: then all that is left
// is to leave it incomplete, so that the client can tell.
func (x *exchange) fail(err error) {
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Status: http.StatusInternalServerError, Token: tokenInternal, Details: "internal error", Cause: err, Close: true}
	}
	x.err = e
	if x.status != 0 || e.Status == 0 {
		return
	}
	x.answerError(e)
}
