package edge

import (
	"context"
	"log/slog"
	"math"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/weirproxy/weir/internal/sock"
	"github.com/weirproxy/weir/message"
	"github.com/weirproxy/weir/metrics"
)

// A Handler answers requests. Both methods are called on the connection's
// goroutine, one request of a connection at a time, and have finished with the
// request and the sink when they return.
type Handler interface {
	// Serve answers a request that passed the gate.
	Serve(req *message.Request, sink message.Sink)
	// Reject answers one that did not. Only Conn, Client and Scheme of req are
	// sure to be set. The connection is closed after it.
	Reject(req *message.Request, rej *message.Reject, sink message.Sink)
}

// Settings are the parameters of a listener that can change while it is open.
// A zero duration or limit means none, except where noted.
type Settings struct {
	HeaderTimeout time.Duration // for the head of a request; on a new connection from its beginning
	BodyIdle      time.Duration // between two reads of a request body
	BodyGrace     time.Duration // waited for body bytes before BodyMinRate holds
	BodyMinRate   int           // bytes a second
	SendIdle      time.Duration // that the client may take none of a response
	KeepAlive     time.Duration // idle between requests; 0: connections serve one request
	Limits        message.Limits

	MaxConnections           int // 0: what the descriptor limit allows, shared among Listeners
	Listeners                int // that a process has; 0 counts as 1
	MaxConnectionsPerAddress int
}

// usualHead is what most heads fit into. A request holds that much memory until it
// is answered, and ten thousand may wait for one answer.
const usualHead = 2 << 10

// settings are Settings in force, with what is made from them.
type settings struct {
	Settings
	heads *sock.Pool // buffers that most heads fit into
	large *sock.Pool // buffers of the size of the largest head
}

// A Server serves HTTP/1 on one listener.
type Server struct {
	name    string
	handler Handler
	all     *metrics.Registry
	metrics *metrics.Listener
	log     *slog.Logger
	fast    *fasthttp.Server

	settings atomic.Pointer[settings]
	bleeding atomic.Bool // responses ask clients to close
	stopping atomic.Bool // nobody new, idle connections end
	stripe   atomic.Uint32

	empty chan struct{} // closed once nobody can come in any more and all have left

	mu       sync.Mutex // guards the following fields
	acceptor *acceptor  // nil while nothing is accepted
	conns    map[*conn]struct{}
	byAddr   map[addrKey]int
	ended    bool // empty is closed
}

// New returns a server for the listener of this name. It starts nothing.
func New(name string, set Settings, h Handler, m *metrics.Registry, log *slog.Logger) *Server {
	s := &Server{
		name: name, handler: h, all: m, metrics: m.Listener(name), log: log,
		conns: make(map[*conn]struct{}), byAddr: make(map[addrKey]int),
		empty: make(chan struct{}),
	}
	s.Configure(set)
	s.fast = &fasthttp.Server{
		Handler:               s.handle,
		ErrorHandler:          func(*fasthttp.RequestCtx, error) {},
		Concurrency:           math.MaxInt32, // the acceptor keeps the count
		ReadBufferSize:        2 * len(turn),
		WriteBufferSize:       256,
		LazyRequestTime:       true,
		NoDefaultServerHeader: true,
		NoDefaultContentType:  true,
		NoDefaultDate:         true,
		SecureErrorLogMessage: true,
		Logger:                discard{},
	}
	return s
}

// Configure puts set in force for every request and connection that begins after it.
func (s *Server) Configure(set Settings) {
	if set.MaxConnections == 0 {
		set.MaxConnections = descriptorShare(max(1, set.Listeners))
	}
	next := &settings{Settings: set}
	if old := s.settings.Load(); old != nil && old.large.Size() == set.Limits.HeaderBytes {
		next.heads, next.large = old.heads, old.large
	} else {
		next.heads = sock.NewPool(min(usualHead, set.Limits.HeaderBytes))
		next.large = sock.NewPool(set.Limits.HeaderBytes)
	}
	s.settings.Store(next)
}

// Serve serves connections from ln until StopAccepting is called, and then
// returns nil; connections may still be open. It owns ln. It is called once.
func (s *Server) Serve(ln net.Listener) error {
	a := newAcceptor(s, ln)
	s.mu.Lock()
	stopped := s.stopping.Load()
	if !stopped {
		s.acceptor = a
	}
	s.mu.Unlock()
	if stopped {
		return ln.Close()
	}
	return s.fast.Serve(a)
}

// Bleed makes every response from now on ask its client to close the connection.
func (s *Server) Bleed() { s.bleeding.Store(true) }

// StopAccepting takes in who has connected already, closes the listener and
// ends the connections that are idle, now or after their current request.
func (s *Server) StopAccepting() {
	s.bleeding.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Swap(true) {
		return
	}
	if s.acceptor != nil {
		s.acceptor.stop()
	}
	for c := range s.conns {
		c.wake()
	}
	s.noteEmptyLocked()
}

// acceptorEnded notes that nobody comes in any more.
func (s *Server) acceptorEnded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acceptor = nil
	s.noteEmptyLocked()
}

func (s *Server) noteEmptyLocked() {
	if s.stopping.Load() && s.acceptor == nil && len(s.conns) == 0 && !s.ended {
		s.ended = true
		close(s.empty)
	}
}

// Wait waits, after StopAccepting, until no connection is left. When ctx ends
// first it closes all that remain, waits for their handlers to return and
// reports ctx's error.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for c := range s.conns {
		c.cut()
	}
	s.mu.Unlock()
	<-s.empty
	return ctx.Err()
}

// handle serves the request that ctx's connection has ready.
func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	c, ok := ctx.Conn().(*conn)
	if !ok {
		panic("BUG: a connection that is not ours")
	}
	if c.serve(); c.closing {
		ctx.SetConnectionClose()
	}
}

// recovered counts and logs a panic; the connection it happened on is lost, the
// process is not.
func (s *Server) recovered(what any) {
	s.all.Panicked()
	s.log.Error("panic while serving a connection", "listener", s.name, "panic", what, "stack", string(debug.Stack()))
}

type discard struct{}

func (discard) Printf(string, ...any) {}
