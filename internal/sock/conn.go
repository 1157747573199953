package sock

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// A Conn is a TCP or unix stream socket. One goroutine may read or Peek while
// another writes; the deadlines, HungUp, Shutdown and Close may be used by any.
type Conn struct {
	net.Conn
	raw syscall.RawConn

	reading readOp
	writing writeOp
	peeking peekOp

	readDeadline, writeDeadline lazyDeadline
}

// New returns nc with the operations of this package. nc must be a *net.TCPConn
// or a *net.UnixConn and is owned by the Conn from now on.
func New(nc net.Conn) (*Conn, error) {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return nil, errors.New("not a socket")
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil, err
	}
	c := &Conn{Conn: nc, raw: raw}
	c.reading.init()
	c.writing.init()
	c.peeking.init()
	return c, nil
}

// A Buffers lends and takes back buffers.
type Buffers interface {
	Get() []byte
	Put([]byte)
}

// Read reads what is there into p, and waits when nothing is. It returns io.EOF
// once the other end has closed its side.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	op := &c.reading
	op.buf = p
	err := c.raw.Read(op.read)
	op.buf = nil
	return op.result(err)
}

// ReadLent waits without a buffer until there is something to read, and reads it
// into one lent by from, which then is the caller's to give back.
// On an error the buffer is nil.
//
// What it read is first offered to taker, which may be nil, when there is nothing
// more to read at the moment. A taker that is given bytes and buffer owns them.
// It tells whether the wait goes on, for what comes next: then the read that
// would only find nothing is saved. Otherwise ReadLent returns no buffer and no
// error. The taker must not read from the connection. An end of the other side
// that arrived together with the bytes is not noticed by the wait that follows:
// that wait must be bounded, and be followed by a new ReadLent. Close waits for a
// taker at work, so the taker must not call it.
func (c *Conn) ReadLent(from Buffers, taker Taker) (buf []byte, n int, err error) {
	op := &c.reading
	op.from, op.taker, op.taken = from, taker, false
	err = c.raw.Read(op.readLent)
	op.from, op.taker = nil, nil
	buf, op.buf = op.buf, nil
	if op.taken && err == nil {
		return nil, 0, nil
	}
	n, err = op.result(err)
	if err != nil && buf != nil {
		from.Put(buf)
		buf = nil
	}
	return buf, n, err
}

// A Taker takes what ReadLent has read.
type Taker interface {
	Take(buf []byte, n int) (wait bool)
}

// Exchange writes out and then waits for the first bytes of the answer, which it
// reads into in. Before it writes it reads: a connection on which bytes or an
// end are already waiting is in no state to be used, and fails with ErrNotIdle
// with nothing sent. This costs no system call over a plain write and read.
//
// When less than all of out could be written at once, it returns with sent short
// of len(out), n zero and no error: the caller writes the rest and reads.
func (c *Conn) Exchange(out, in []byte) (sent, n int, err error) {
	op := &c.reading
	op.out, op.buf, op.sent, op.waiting = out, in, 0, false
	err = c.raw.Read(op.exchange)
	op.out, op.buf = nil, nil
	if op.partial && err == nil {
		op.partial = false
		return op.sent, 0, nil
	}
	n, err = op.result(err)
	return op.sent, n, err
}

// ErrNotIdle: an idle connection turned out closed, or its other end had sent
// something nobody asked for.
var ErrNotIdle = errors.New("connection was closed or written to while idle")

// Write writes all of p.
func (c *Conn) Write(p []byte) (int, error) { return c.Writev(p, nil, nil) }

// Writev writes all of a, b and d, in this order, in one system call where the
// socket takes it.
func (c *Conn) Writev(a, b, d []byte) (int, error) {
	op := &c.writing
	op.bufs, op.n, op.err = [3][]byte{a, b, d}, 0, nil
	err := c.raw.Write(op.write)
	op.bufs = [3][]byte{}
	if op.err != nil {
		err = op.err
	}
	return op.n, err
}

// Peek reports, without waiting or consuming anything, whether the connection is
// quiet: open, with nothing to read.
func (c *Conn) Peek() (quiet bool) {
	err := c.raw.Control(c.peeking.peek)
	return err == nil && c.peeking.quiet
}

// HungUp reports whether the other end has closed or reset the connection, even
// when bytes it sent before are still unread.
func (c *Conn) HungUp() (gone bool) {
	err := c.raw.Control(func(fd uintptr) { gone = hungUp(fd) })
	return gone || err != nil
}

// Shutdown ends the connection in both directions without giving up the
// descriptor: whoever reads or writes sees its end at once. Unlike Close it
// never waits, not even for a Taker that is at work.
func (c *Conn) Shutdown() {
	_ = c.raw.Control(func(fd uintptr) { _ = syscall.Shutdown(int(fd), syscall.SHUT_RDWR) })
}

// CloseWrite ends this side of the connection.
func (c *Conn) CloseWrite() error {
	if cw, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return cw.CloseWrite()
	}
	return errors.ErrUnsupported
}

// Reset closes the connection so that the other end sees a reset, not an end,
// where the transport has such a thing.
func (c *Conn) Reset() error {
	if tc, ok := c.Conn.(*net.TCPConn); ok {
		// An error here leaves an ordinary close.
		_ = tc.SetLinger(0)
	}
	return c.Close()
}

// readOp is the read under way. Its funcs are made once, for RawConn.Read would
// otherwise cost an allocation each time.
type readOp struct {
	read, readLent, exchange func(fd uintptr) bool

	buf     []byte
	from    Buffers
	taker   Taker
	taken   bool // the taker has taken over and the wait is over
	out     []byte
	sent    int
	waiting bool // the request is written, the answer is waited for
	partial bool // the request could not be written at once
	n       int
	err     error
}

func (op *readOp) init() {
	op.read = op.doRead
	op.readLent = op.doReadLent
	op.exchange = op.doExchange
}

// result merges what the operation found with what the poller said.
func (op *readOp) result(err error) (int, error) {
	if err != nil {
		return 0, err
	}
	if op.err != nil {
		return 0, op.err
	}
	if op.n == 0 {
		return 0, io.EOF
	}
	return op.n, nil
}

func (op *readOp) doRead(fd uintptr) bool {
	var again bool
	op.n, again, op.err = readFD(fd, op.buf)
	return !again
}

func (op *readOp) doReadLent(fd uintptr) bool {
	op.buf = op.from.Get()
	if !op.doRead(fd) {
		op.from.Put(op.buf)
		op.buf = nil
		return false
	}
	// A read that did not fill the buffer has emptied the socket, and what
	// arrives from here on wakes the wait that follows (epoll(7), on edges).
	if op.taker == nil || op.err != nil || op.n == 0 || op.n == len(op.buf) {
		return true
	}
	buf := op.buf
	op.buf = nil
	op.taken = !op.taker.Take(buf, op.n)
	return op.taken
}

func (op *readOp) doExchange(fd uintptr) bool {
	done := op.doRead(fd)
	if op.waiting {
		return done
	}
	if done {
		op.n, op.err = 0, ErrNotIdle
		return true
	}
	// RawConn.Read reset the poller before the read above found nothing, so an
	// answer that arrives from here on wakes the wait that follows.
	n, again, err := writeFD(fd, &[3][]byte{op.out})
	op.sent = n
	if err != nil {
		op.err = err
		return true
	}
	if again || n < len(op.out) {
		op.partial = true
		return true
	}
	op.waiting = true
	return false
}

// peekOp is a Peek.
type peekOp struct {
	peek  func(fd uintptr)
	quiet bool
}

func (op *peekOp) init() { op.peek = func(fd uintptr) { op.quiet = peekQuiet(fd) } }

// writeOp is the write under way.
type writeOp struct {
	write func(fd uintptr) bool
	bufs  [3][]byte
	n     int
	err   error
}

func (op *writeOp) init() { op.write = op.doWrite }

func (op *writeOp) doWrite(fd uintptr) bool {
	for len(op.bufs[0])+len(op.bufs[1])+len(op.bufs[2]) > 0 {
		n, again, err := writeFD(fd, &op.bufs)
		op.n += n
		if err != nil {
			op.err = err
			return true
		}
		if again {
			return false
		}
		advance(&op.bufs, n)
	}
	return true
}

// IsTimeout reports whether err is a deadline that passed.
func IsTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// lazyDeadline remembers what a deadline was last set to.
type lazyDeadline struct{ at int64 }

// due reports whether the deadline has to be set anew to be at least d from now,
// and at most a slack later, and if so to what.
func (l *lazyDeadline) due(now int64, d time.Duration) (time.Duration, bool) {
	slack := min(d/4, time.Second)
	earliest := now + int64(d)
	if l.at >= earliest && l.at <= earliest+int64(slack) {
		return 0, false
	}
	l.at = earliest + int64(slack)
	return d + slack, true
}

// ReadWithin sets the read deadline to d from now, or up to a quarter of d and
// one second later: a deadline that is still good enough is left alone, which
// makes setting one before every read affordable. now is from Now. It must not
// be called while another goroutine calls it.
func (c *Conn) ReadWithin(now int64, d time.Duration) {
	if left, set := c.readDeadline.due(now, d); set {
		_ = c.Conn.SetReadDeadline(time.Now().Add(left))
	}
}

// WriteWithin is ReadWithin for writes.
func (c *Conn) WriteWithin(now int64, d time.Duration) {
	if left, set := c.writeDeadline.due(now, d); set {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(left))
	}
}

// SetReadDeadline sets the read deadline exactly. Any goroutine may call it, but
// what ReadWithin set last is then forgotten only by Forget.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(t) }

// Forget makes the next ReadWithin and WriteWithin set their deadlines in any
// case, after somebody set one directly. Nobody may read or write meanwhile but
// the goroutine that calls it.
func (c *Conn) Forget() {
	c.readDeadline.at = 0
	c.writeDeadline.at = 0
}

// ForgetRead is Forget for the reading goroutine while another one writes.
func (c *Conn) ForgetRead() { c.readDeadline.at = 0 }

var epoch = time.Now()

// Now is the monotonic clock in nanoseconds since some point in the process's past.
func Now() int64 { return int64(time.Since(epoch)) }
