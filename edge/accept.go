package edge

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/metrics"
)

// Listen opens the listener for an address as configured: "host:port", ":port"
// or "unix:/path". A socket file that nobody listens on is replaced.
func Listen(address string) (net.Listener, error) {
	path, unix := strings.CutPrefix(address, "unix:")
	if !unix {
		return net.Listen("tcp", address)
	}
	ln, err := net.Listen("unix", path)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return ln, err
	}
	if c, dialErr := net.Dial("unix", path); dialErr == nil {
		c.Close()
		return nil, err
	}
	if rmErr := os.Remove(path); rmErr != nil {
		return nil, err
	}
	return net.Listen("unix", path)
}

// acceptor is the listener fasthttp accepts from. It outlives every error but
// its own closing and lets nobody in beyond the limits.
type acceptor struct {
	server  *Server
	ln      net.Listener
	spare   *os.File // given up for a moment when descriptors run out
	stopped atomic.Bool

	closed bool       // ln is; the following were in its queue
	queued []net.Conn // and have not been returned by Accept
}

func newAcceptor(s *Server, ln net.Listener) *acceptor {
	a := &acceptor{server: s, ln: ln}
	a.reserve()
	return a
}

// reserve keeps a descriptor in hand. Without one, clients that meet the limit
// have to wait instead of being turned away.
func (a *acceptor) reserve() { a.spare, _ = os.Open(os.DevNull) }

// Accept returns the next connection, or io.EOF after stop.
func (a *acceptor) Accept() (net.Conn, error) {
	var pause time.Duration
	for !a.closed {
		nc, err := a.ln.Accept()
		if err == nil {
			pause = 0
			if c := a.admit(nc); c != nil {
				return c, nil
			}
			continue
		}
		if a.stopped.Load() || errors.Is(err, net.ErrClosed) {
			a.close()
			break
		}
		a.server.metrics.Refused(0, metrics.AcceptError)
		if outOfDescriptors(err) {
			a.turnAway()
		}
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		time.Sleep(pause)
	}
	for len(a.queued) > 0 {
		nc := a.queued[0]
		a.queued = a.queued[1:]
		if c := a.admit(nc); c != nil {
			return c, nil
		}
	}
	a.server.acceptorEnded()
	return nil, io.EOF
}

// close closes the listener, after taking in who is connected already:
// connections left in its queue would be reset.
func (a *acceptor) close() {
	a.closed = true
	if a.spare != nil {
		a.spare.Close()
	}
	a.queued = takeQueued(a.ln)
	a.ln.Close()
}

func outOfDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// turnAway closes the connection that waits longest for a descriptor, so that
// its client learns at once that there is none.
func (a *acceptor) turnAway() {
	if a.spare == nil {
		a.reserve()
		return
	}
	a.spare.Close()
	a.setDeadline(time.Now().Add(time.Millisecond))
	if nc, err := a.ln.Accept(); err == nil {
		nc.Close()
	}
	a.setDeadline(time.Time{})
	if a.stopped.Load() {
		a.stop() // its deadline may just have been lost
	}
	a.reserve()
}

func (a *acceptor) setDeadline(t time.Time) {
	if d, ok := a.ln.(interface{ SetDeadline(time.Time) error }); ok {
		_ = d.SetDeadline(t)
	}
}

// stop makes Accept take in who is connected already, and then close the listener.
func (a *acceptor) stop() {
	a.stopped.Store(true)
	refuseNewcomers(a.ln)
	a.setDeadline(time.Unix(1, 0))
}

// Close is called by fasthttp's own shutdown, which is not used.
func (a *acceptor) Close() error { return a.ln.Close() }

// Addr is the address listened on.
func (a *acceptor) Addr() net.Addr { return a.ln.Addr() }

// addrKey is what connections are counted by: an IPv4 address or an IPv6 /64.
type addrKey netip.Prefix

func keyOf(a netip.Addr) addrKey {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	// A zero address, of a unix socket, gives the zero prefix.
	p, _ := a.Prefix(bits)
	return addrKey(p)
}

// admit makes a connection of nc, or closes it and returns nil.
func (a *acceptor) admit(nc net.Conn) *conn {
	s := a.server
	sk, err := sock.New(nc)
	if err != nil {
		nc.Close()
		return nil
	}
	c := &conn{server: s, sock: sk, info: message.ConnInfo{
		Listener: s.name,
		Local:    addrPort(nc.LocalAddr()),
		Peer:     addrPort(nc.RemoteAddr()),
		Stripe:   s.stripe.Add(1),
	}}
	if refusal, refused := s.add(c); refused {
		s.metrics.Refused(c.info.Stripe, refusal)
		nc.Close()
		return nil
	}
	s.metrics.Accepted(c.info.Stripe)
	return c
}

// addrPort is the address of a TCP socket, with IPv4 in its own form.
func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// add enters c, unless a limit forbids it: then it says which.
func (s *Server) add(c *conn) (which metrics.Refusal, refused bool) {
	set := s.settings.Load()
	key := keyOf(c.info.Peer.Addr())
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= set.MaxConnections {
		return metrics.ConnectionLimit, true
	}
	if m := set.MaxConnectionsPerAddress; m > 0 && s.byAddr[key] >= m {
		return metrics.AddressLimit, true
	}
	s.byAddr[key]++
	s.conns[c] = struct{}{}
	return 0, false
}

// remove takes c out, once.
func (s *Server) remove(c *conn) {
	key := keyOf(c.info.Peer.Addr())
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, in := s.conns[c]; !in {
		return
	}
	delete(s.conns, c)
	if s.byAddr[key]--; s.byAddr[key] <= 0 {
		delete(s.byAddr, key)
	}
	s.metrics.Closed(c.info.Stripe)
	s.noteEmptyLocked()
}

// descriptorShare is how many client connections the descriptor limit leaves room
// for on each of so many listeners. Each may need one to a backend, but seldom
// all at once: idle ones and those answered from the cache do not.
func descriptorShare(listeners int) int {
	var lim syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim); err != nil {
		return 512
	}
	const others = 64 // listeners, logs, probes
	return max(16, (int(min(lim.Cur, 1<<24))-others)*2/3/listeners)
}
