package origintest

import (
	"bytes"
	"crypto/tls"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// A Server accepts connections and runs its script on each. All methods may be
// called by any goroutine.
type Server struct {
	script  func(*Conn)
	network string
	address string
	tls     *tls.Config
	done    chan struct{} // closed when the test ends

	wg sync.WaitGroup // the accept loop and the scripts

	mu       sync.Mutex // guards the following fields
	listener net.Listener
	conns    []*Conn // all, by index
	open     map[*Conn]struct{}
	requests []*Request
	stopped  bool
}

// New starts a server on a free loopback port. It is stopped, its connections
// are closed and its scripts are waited for when the test ends.
//
// The script runs on a goroutine of its own: it may call t.Error, not t.Fatal.
// When it returns the connection is closed.
func New(t testing.TB, script func(*Conn)) *Server {
	t.Helper()
	return start(t, "tcp", "127.0.0.1:0", nil, script)
}

// NewUnix is New on a unix socket. Addr is "unix:" and the path.
func NewUnix(t testing.TB, script func(*Conn)) *Server {
	t.Helper()
	return start(t, "unix", filepath.Join(t.TempDir(), "o.sock"), nil, script)
}

// NewTLS is New with TLS on every connection. The handshake happens with the
// first read or write of the script.
func NewTLS(t testing.TB, cfg *tls.Config, script func(*Conn)) *Server {
	t.Helper()
	return start(t, "tcp", "127.0.0.1:0", cfg, script)
}

func start(t testing.TB, network, address string, cfg *tls.Config, script func(*Conn)) *Server {
	t.Helper()
	s := &Server{
		script: script, network: network, address: address, tls: cfg,
		done: make(chan struct{}), open: make(map[*Conn]struct{}),
	}
	if err := s.listen(); err != nil {
		t.Fatalf("origin: %v", err)
	}
	t.Cleanup(s.stop)
	return s
}

func (s *Server) listen() error {
	ln, err := net.Listen(s.network, s.address)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.listener, s.address = ln, ln.Addr().String()
	s.mu.Unlock()
	s.wg.Go(func() { s.accept(ln) })
	return nil
}

func (s *Server) accept(ln net.Listener) {
	for {
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		c := s.admit(nc)
		if c == nil {
			nc.Close()
			return
		}
		s.wg.Go(func() {
			defer s.leave(c)
			s.script(c)
		})
	}
}

// admit registers a connection; nil once the server has been stopped.
func (s *Server) admit(nc net.Conn) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	c := &Conn{Index: len(s.conns), server: s, socket: nc, net: nc}
	if s.tls != nil {
		c.net = tls.Server(nc, s.tls)
	}
	s.conns = append(s.conns, c)
	s.open[c] = struct{}{}
	return c
}

func (s *Server) leave(c *Conn) {
	c.net.Close()
	s.mu.Lock()
	delete(s.open, c)
	s.mu.Unlock()
}

func (s *Server) stop() {
	close(s.done)
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.Down()
	s.wg.Wait()
}

// Down stops listening and resets every open connection, as if the process had
// been killed. Scripts see their connection fail.
func (s *Server) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener.Close()
	for c := range s.open {
		c.Reset()
	}
}

// Up listens again, on the same address, after Down.
func (s *Server) Up(t testing.TB) {
	t.Helper()
	if err := s.listen(); err != nil {
		t.Fatalf("origin: %v", err)
	}
}

// Addr returns the address as weir's configuration writes it: "host:port" or
// "unix:/path".
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.network == "unix" {
		return "unix:" + s.address
	}
	return s.address
}

// Conns returns how many connections were accepted so far.
func (s *Server) Conns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Open returns how many connections have a script that has not returned.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// Requests returns all requests whose head arrived so far, with as much of their
// bodies as the scripts have read. The caller owns what it returns.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Request, len(s.requests))
	for i, r := range s.requests {
		all[i] = r.copyLocked()
	}
	return all
}

// Received returns the bytes that came in on connection i, at most RecordLimit.
// It returns nil when there is no such connection yet.
func (s *Server) Received(i int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i >= len(s.conns) {
		return nil
	}
	return bytes.Clone(s.conns[i].received)
}

// Forget empties the list that Requests returns.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Patience is how long Await waits for its condition.
const Patience = 10 * time.Second

// Await polls cond until it holds and fails the test after Patience.
func Await(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(Patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", Patience, what)
		}
		<-tick.C
	}
}
