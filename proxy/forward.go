package proxy

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/weirproxy/weir/balancer"
	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/upstream"
)

// forward has a backend of the route's pool answer, and passes its answer on.
func (x *exchange) forward() error {
	if x.cached.found.Entry != nil {
		x.cached.serial = x.route.cache.zone.Serial()
	}
	err := x.fetch()
	if e := x.covered(err); e != nil {
		return x.deliverStored(e, nil) // to a HEAD: who leads a fill asks for itself
	}
	if err != nil {
		return err
	}
	if err := x.noteAnswer(); err != nil {
		x.endAttempt(true)
		return err
	}
	return x.pass()
}

// fetch has a backend of the route's pool answer: x.res is the final head then,
// and x.conn has the body.
func (x *exchange) fetch() error {
	if message.ViaHops(x.req) > message.MaxViaHops {
		return errLoop
	}
	if err := x.readAhead(); err != nil {
		return err
	}
	x.buildHead()
	x.tried, x.attempts = x.tried[:0], 0
	for {
		err := x.attempt()
		if err == nil && !x.worthRetrying() {
			return nil
		}
		again := err == nil || x.mayRetry(err)
		fault := err == nil || backendsFault(err)
		if !again {
			err = x.attemptError(err)
		}
		x.endAttempt(!fault)
		if !again {
			return err
		}
	}
}

// pass passes the answer that fetch got on to the client.
func (x *exchange) pass() error {
	if x.res.Status == http.StatusSwitchingProtocols {
		return x.tunnel()
	}
	fault, err := x.deliver()
	x.endAttempt(!fault)
	return err
}

// buildHead makes the request head, and the body if it is at hand, that every
// attempt sends.
func (x *exchange) buildHead() {
	rt, req := x.route, x.req
	o := &x.outbound
	x.keyedOnly()
	o.Target = rt.rewrite.target(x)
	o.Host = rt.pool.hostFor(req)
	o.Forwarded = rt.forwarded
	o.Upgrade = x.wantedUpgrade()
	if ops := &rt.requestOps; !ops.empty() {
		o.Remove = ops.remove
		o.Set = x.expandList(ops.set)
		o.Add = x.expandList(ops.add)
	}
	if x.head == nil {
		x.head = make([]byte, 0, 4<<10)
	}
	x.head = message.AppendRequestHead(x.head[:0], req, o)
	body := x.bodyAtHand()
	x.bytesIn = int64(len(body))
	if len(body) <= inlineBody {
		x.head = append(x.head, body...)
	}
}

// inlineBody is up to what size a body travels in one piece with the head.
const inlineBody = 32 << 10

func (x *exchange) expandList(ops []fieldOp) []message.Field {
	var out []message.Field
	for i := range ops {
		out = append(out, message.Field{Name: ops[i].name, Value: x.expand(&ops[i].value)})
	}
	return out
}

// wantedUpgrade is the protocol to ask the backend for: what the client asked
// for, where the route allows it.
func (x *exchange) wantedUpgrade() []byte {
	if len(x.req.Upgrade) == 0 || x.req.ContentLength != 0 {
		return nil
	}
	for _, u := range x.route.upgrades {
		if strings.EqualFold(u, string(x.req.Upgrade)) {
			return x.req.Upgrade
		}
	}
	return nil
}

// attempt claims a backend, sends the request to it and reads heads up to the
// final one, passing interim ones on. The error is an *upstream.Error, an *Error,
// or one of package balancer.
func (x *exchange) attempt() error {
	pl := x.route.pool
	if err := x.claim(); err != nil {
		return err
	}
	i := x.claimed
	x.tried = append(x.tried, i)
	x.stats.pool, x.stats.backend = pl, i
	x.stats.attempts++
	if x.attempts++; x.attempts > 1 {
		pl.metrics.Retried(x.req.Conn.Stripe)
	}
	start := x.req.Arrived
	if x.attempts > 1 || x.req.ContentLength != 0 || x.cached.status != cache.Off {
		start = upstream.Now()
	}
	x.res.At, x.sent = 0, start
	err := x.exchangeWith(&pl.backends[i], start)
	if err == nil {
		err = x.passInterims()
	}
	if err != nil {
		x.backendFailed(err)
		return err
	}
	x.res.At = upstream.Now()
	x.stats.firstByte = time.Duration(x.res.At - start)
	b := pl.backends[i].metrics
	b.Attempt(x.req.Conn.Stripe, x.res.Status, x.stats.firstByte)
	return nil
}

// claim claims a backend for the next attempt: the one that worthRetrying has
// claimed already, or another one than those tried, as far as there is one.
func (x *exchange) claim() (err error) {
	if x.next >= 0 {
		x.claimed, x.next = x.next, -1
		return nil
	}
	balance := x.route.pool.balance
	i, err := x.waitClaim(balance)
	if err == balancer.ErrNoBackend && len(x.tried) > 0 {
		// There is no other. An old connection may have failed, a new one may not.
		x.tried = x.tried[:0]
		i, err = balance.Claim(x.tried)
	}
	if err == nil {
		x.claimed = i
	}
	return err
}

// passInterims passes 1xx responses on until x.res is a final one.
func (x *exchange) passInterims() error {
	for x.res.Status < 200 && x.res.Status != http.StatusSwitchingProtocols {
		x.interims++
		if err := x.inform(); err != nil {
			return err
		}
		if err := x.conn.ReadHead(x.req.Method, &x.res); err != nil {
			return err
		}
	}
	return nil
}

// inform passes an interim response on. Who leads a fill goes on without its
// client, and a refresh has none.
func (x *exchange) inform() error {
	if x.sink == nil {
		return nil
	}
	if err := x.sink.Start(&x.res); err != nil && x.cached.leading == nil {
		return errClientGone
	}
	return nil
}

// exchangeWith sends the request to b and reads the first head into x.res.
func (x *exchange) exchangeWith(b *backend, now int64) (err error) {
	// An idle connection that broke may be one of many, all cut by the same
	// restart: what is tried again goes over a new one.
	fresh := x.attempts > 1
	body := x.bodyAtHand()
	client := x.waiting()
	if (x.req.Body == nil || x.replay != nil) && len(body) <= inlineBody {
		x.conn, err = b.transport.Exchange(now, client, &x.route.timeouts, fresh, x.head, x.req.Method, &x.res)
		return err
	}
	if x.conn, err = b.transport.Get(now, client, &x.route.timeouts, fresh); err != nil {
		return err
	}
	if err = x.conn.Send(x.head, false); err != nil {
		return err
	}
	x.upload.start(x, body)
	return x.conn.ReadHead(x.req.Method, &x.res)
}

// mayRetry decides whether another attempt is made after one that failed with
// err: when nothing of the request can have reached the backend, or when it does
// no harm to have it done twice (RFC 9110, section 9.2.2); when its body can be
// sent again, and the client has seen nothing yet.
func (x *exchange) mayRetry(err error) bool {
	var up *upstream.Error
	if !errors.As(err, &up) || x.upload.begun || x.interims > 0 || x.attempts > x.route.pool.spec.Retries {
		return false
	}
	switch up.Kind {
	case upstream.ClientGone, upstream.Aborted, upstream.ResponseTimeout, upstream.ReadTimeout, upstream.WriteTimeout:
		return false // nobody waits for it, or the backend may still be at work on it
	}
	if up.Sent && !idempotent(x.req.Method) {
		return false
	}
	return true
}

// worthRetrying reports whether the answer says that another backend could do
// better, and there is one to ask: it is claimed for the next attempt.
func (x *exchange) worthRetrying() bool {
	switch x.res.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return false
	}
	pl := x.route.pool
	if x.upload.begun || x.interims > 0 || x.attempts > pl.spec.Retries || !idempotent(x.req.Method) {
		return false
	}
	i, err := pl.balance.Claim(x.tried)
	if err == nil {
		x.next = i
	}
	return err == nil
}

func idempotent(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// attemptError says what the client is told about the last attempt. The upload
// has not been ended yet.
func (x *exchange) attemptError(err error) error {
	var up *upstream.Error
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case !errors.As(err, &up):
		return claimError(err)
	}
	if e := x.upload.blame(up.Kind == upstream.Aborted); e != nil {
		return e
	}
	return backendError(up)
}

// endAttempt gives back the connection and the claim. ok tells that the backend
// did its part.
func (x *exchange) endAttempt(ok bool) {
	sentAll := x.upload.end()
	x.end = upstream.Now()
	if x.conn != nil {
		if sentAll {
			x.conn.Release(x.end) // which closes it unless the exchange ended cleanly
		} else {
			x.conn.Close()
		}
		x.conn = nil
	}
	if x.claimed >= 0 {
		x.route.pool.balance.Release(x.claimed, ok)
		x.claimed = -1
	}
}

// backendsFault tells whether err is something the backend did.
func backendsFault(err error) bool {
	var up *upstream.Error
	return errors.As(err, &up) && up.Kind != upstream.ClientGone && up.Kind != upstream.Aborted
}

// backendFailed counts what went wrong with the backend claimed now, unless it
// was the client's doing.
func (x *exchange) backendFailed(err error) {
	var up *upstream.Error
	if x.claimed >= 0 && backendsFault(err) && errors.As(err, &up) {
		x.route.pool.backends[x.claimed].metrics.Failed(x.req.Conn.Stripe, up.Kind.String())
	}
}
