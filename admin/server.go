package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits of the listener. Its peers are probes and collectors: what takes
// longer or sends more is neither.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second
	headerBytes   = 16 << 10
	bodyBytes     = 64 << 10
)

// A Server is the operators' listener. Listen, Serve and Close are called once
// each, in this order; Serve may run beside Close.
type Server struct {
	http http.Server
	ln   net.Listener
}

// New returns a server that will listen on address, "host:port" or "unix:/path".
// It opens nothing and starts no goroutine. The functions of src may be called by
// several goroutines at a time. What net/http has to complain about goes to
// log at level debug.
func New(address string, src Sources, log *slog.Logger) *Server {
	return &Server{http: http.Server{
		Addr:              address,
		Handler:           guard(address, routes(src)),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}
}

// Listen binds the address with open, which knows its forms (edge.Listen).
func (s *Server) Listen(open func(address string) (net.Listener, error)) error {
	ln, err := open(s.http.Addr)
	if err != nil {
		return fmt.Errorf("admin: %w", err)
	}
	s.ln = ln
	return nil
}

// Addr is the address that Listen bound: its port is the real one where the
// configured port was 0.
func (s *Server) Addr() net.Addr { return s.ln.Addr() }

// Serve answers requests until Close; then it returns nil.
func (s *Server) Serve() error {
	err := s.http.Serve(s.ln)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("admin: %w", err)
}

// Close stops listening, lets answers under way finish until ctx ends, and cuts
// what is left.
func (s *Server) Close(ctx context.Context) error {
	// A server that never served does not know its listener.
	if s.ln != nil {
		defer s.ln.Close()
	}
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}
