package proxy

import (
	"errors"
	"io"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/upstream"
)

// An upload sends a request body to a backend while the exchange's goroutine
// reads the response. Between start and end it has a goroutine of its own.
type upload struct {
	begun bool // nothing may be sent again any more
	job   *uploadJob
}

// uploadJob is what the goroutine works on. It is not pooled: it is made for
// bodies that arrive piece by piece only.
type uploadJob struct {
	x       *exchange
	conn    *upstream.Conn
	body    message.Body // nil: all is in ahead
	ahead   []byte
	chunked bool
	limit   int64 // bytes the route allows; -1: no limit

	done  chan struct{} // closed at the end; the following fields are set then
	sent  bool          // the body was sent whole
	error error         // what its sender did wrong

	bytes   atomic.Int64
	stopped atomic.Bool
}

// start begins to send the body on x.conn: ahead, or x.req.Body without it.
func (u *upload) start(x *exchange, ahead []byte) {
	j := &uploadJob{x: x, conn: x.conn, ahead: ahead, limit: x.route.spec.MaxBody, done: make(chan struct{})}
	if ahead == nil {
		j.body = x.req.Body
		j.chunked = x.req.ContentLength == message.Unknown
		u.begun = true
	}
	u.job = j
	go j.run()
}

// end stops the upload, if there is one, waits for it, and reports whether the
// whole body was sent.
func (u *upload) end() (sentAll bool) {
	j := u.job
	if j == nil {
		return true
	}
	u.job = nil
	select {
	case <-j.done:
	default:
		j.stopped.Store(true)
		if j.body != nil {
			j.x.req.Client.StopBody()
		}
		j.conn.Abort()
		<-j.done
	}
	j.x.bytesIn += j.bytes.Load()
	return j.sent
}

// blame returns what the client did to the body, when that is why the exchange
// came to nothing. aborted tells that the connection was aborted, which only the
// upload does: it is about to end then.
func (u *upload) blame(aborted bool) *Error {
	if u.job == nil {
		return nil
	}
	if aborted {
		<-u.job.done
	}
	select {
	case <-u.job.done:
	default:
		return nil
	}
	switch {
	case u.job.error == nil:
		return nil
	case u.job.notAskedFor():
		return errNotAskedFor
	}
	return bodyError(u.job.error)
}

// notAskedFor tells that the client waited for 100 (Continue), as it may, and the
// backend never said it: no byte of the body is missing through the client's fault.
func (j *uploadJob) notAskedFor() bool {
	return j.x.req.ExpectContinue && j.x.interims == 0 && j.bytes.Load() == 0 && errors.Is(j.error, message.ErrStalled)
}

func (j *uploadJob) run() {
	defer close(j.done)
	defer func() {
		if r := recover(); r != nil {
			j.x.proxy.recovered(r, debug.Stack())
			j.conn.Abort()
		}
	}()
	if j.body == nil {
		j.sent = j.conn.Send(j.ahead, true) == nil
		return
	}
	buf := acquireCopyBuffer()
	defer releaseCopyBuffer(buf)
	j.copy(buf[:])
}

// copy sends the body piece by piece. When its sender fails, the backend is cut
// off: it must not take what it has for the whole.
func (j *uploadJob) copy(buf []byte) {
	for {
		n, err := j.body.Read(buf[16 : len(buf)-2])
		if j.limit >= 0 && j.bytes.Add(int64(n)) > j.limit {
			n, err = 0, errBodyTooLarge
		} else if j.limit < 0 {
			j.bytes.Add(int64(n))
		}
		if n > 0 && j.conn.Send(j.frame(buf, n), false) != nil {
			return // the backend may have said why: its answer is being read
		}
		switch {
		case err == nil:
			continue
		case err != io.EOF:
			if !j.stopped.Load() {
				j.error = err
				j.conn.Abort()
			}
			return
		}
		if j.chunked {
			j.sent = j.conn.Send(lastChunk, true) == nil
		} else {
			j.sent = j.conn.Send(nil, true) == nil
		}
		return
	}
}

var lastChunk = []byte("0\r\n\r\n")

// frame returns the n bytes at buf[16:] as they are sent: as a chunk, or bare.
func (j *uploadJob) frame(buf []byte, n int) []byte {
	if !j.chunked {
		return buf[16 : 16+n]
	}
	var size [16]byte
	head := message.AppendChunkSize(size[:0], n)
	start := 16 - len(head)
	copy(buf[start:], head)
	copy(buf[16+n:], "\r\n")
	return buf[start : 16+n+2]
}

// checkBody refuses a body that is declared larger than the route allows.
func (x *exchange) checkBody() error {
	if limit := x.route.spec.MaxBody; limit >= 0 && x.req.ContentLength > limit {
		return errBodyTooLarge
	}
	return nil
}

// replayMax is up to what size a body is read ahead so that it can be sent again.
const replayMax = 64 << 10

// replayFirst is the memory such a body is given to begin with.
const replayFirst = 4 << 10

// readAhead takes in a small body of an idempotent request before the first
// attempt, so that there can be another.
func (x *exchange) readAhead() error {
	req := x.req
	n := req.ContentLength
	if req.Body == nil || n < 0 || n > replayMax || req.ExpectContinue ||
		x.route.pool.spec.Retries == 0 || !idempotent(req.Method) {
		return nil
	}
	// What is announced costs nothing; so memory follows what has arrived.
	body := make([]byte, 0, min(n, replayFirst))
	for len(body) < int(n) {
		if len(body) == cap(body) {
			body = slices.Grow(body, min(len(body), int(n)-len(body)))
		}
		k, err := req.Body.Read(body[len(body):min(cap(body), int(n))])
		body = body[:len(body)+k]
		if err != nil && (err != io.EOF || len(body) < int(n)) {
			return bodyError(err)
		}
	}
	x.replay = body
	return nil
}

// bodyAtHand is the whole body when none of it has to be waited for any more.
func (x *exchange) bodyAtHand() []byte {
	if x.replay != nil {
		return x.replay
	}
	return x.req.Prefetched
}
