package proxy

import (
	"time"

	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/upstream"
)

// An exchange is the state of one request while it is served. It is used by the
// connection's goroutine only; what the sender of a request body shares with it
// is in upload.
type exchange struct {
	proxy *Proxy
	snap  *Snapshot
	req   *message.Request
	sink  message.Sink
	end   int64 // when the last attempt was over, by upstream.Now; 0: not yet

	// outbound knows the true client and the id of the request from the first
	// stage on, and from forward on what is sent to the backend.
	outbound message.Outbound
	found    finding
	route    *route
	cached   caching

	// Of the attempts.
	head      []byte // request head, and body when it is at hand, as sent to the backend
	tried     []int  // backends claimed so far for what is fetched now
	attempts  int    // of it
	sent      int64  // when the last one began
	next      int    // one claimed ahead for the next attempt; -1: none
	claimed   int    // the one claimed now; -1: none
	conn      *upstream.Conn
	upload    upload
	tunnelled int64  // when it became a tunnel
	interims  int    // 1xx responses passed on
	replay    []byte // a body read ahead so that it can be sent again

	// Of the response.
	res      message.Response
	fields   []message.Field // of the response when the route changes them
	status   int             // sent or begun; 0: none
	bytesOut int64
	bytesIn  int64
	err      *Error // why the request was not answered as hoped

	arena []byte // what is made for this request and has no other place
	stats outcome
}

// outcome is what the log says about the attempts.
type outcome struct {
	pool      *pool
	backend   int // the last one claimed; -1: none
	attempts  int
	firstByte time.Duration // of the last attempt; 0: none came
}

// acquireExchange begins an exchange, in the memory of an earlier one when req
// brings one along.
func acquireExchange(p *Proxy, req *message.Request, sink message.Sink) *exchange {
	x, ok := req.Kept.(*exchange)
	if !ok {
		x = &exchange{
			arena: make([]byte, 0, 192),
			res:   message.Response{Fields: make([]message.Field, 0, 3)},
			tried: make([]int, 0, 4),
		}
	}
	req.Kept = nil // what a panic interrupts is not used again
	x.proxy, x.req, x.sink = p, req, sink
	x.snap = p.current.Load()
	x.claimed, x.next, x.stats.backend = -1, -1, -1
	return x
}

// keepMax is up to what size buffers are kept for the next request.
const keepMax = 64 << 10

// releaseExchange forgets everything about the request but the memory it took,
// which the request keeps.
func releaseExchange(x *exchange) {
	req := x.req
	head, arena, tried, fields, resFields, allow := x.head[:0], x.arena[:0], x.tried[:0], x.fields[:0], x.res.Fields[:0], x.found.allow[:0]
	scratch, captures := x.cached.scratch[:0], x.found.captures[:0]
	if cap(head) > keepMax {
		head = nil
	}
	if cap(arena) > keepMax {
		arena = nil
	}
	*x = exchange{head: head, arena: arena, tried: tried, fields: fields, res: message.Response{Fields: resFields}}
	x.found.allow, x.found.captures = allow, captures
	x.cached.scratch = scratch
	req.Kept = x
}

// expand returns the text of t for this request.
func (x *exchange) expand(t *template) []byte {
	start := len(x.arena)
	x.arena = t.append(x.arena, x)
	return x.arena[start:len(x.arena):len(x.arena)]
}
