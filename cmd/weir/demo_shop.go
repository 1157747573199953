package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A shop is one replica of the small product service that the demo puts behind
// weir: a real HTTP server on a loopback port of its own.
type shop struct {
	name  string
	flaky bool // slow, and now and then it answers 503 or drops the connection

	http   http.Server
	ln     net.Listener
	broken atomic.Bool   // answers 503 to everything, probes included
	served atomic.Uint64 // requests, for the rhythm of a flaky shop
	stock  []product

	streams     context.Context // ends streams and tunnels
	endStreams  context.CancelFunc
	connections sync.WaitGroup // taken over from net/http
}

// newShop returns a replica that is not listening yet.
func newShop(name string, flaky bool) *shop {
	s := &shop{name: name, flaky: flaky, stock: products()}
	s.streams, s.endStreams = context.WithCancel(context.Background())
	s.http = http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	return s
}

// listen binds a free loopback port.
func (s *shop) listen() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("replica %s: %w", s.name, err)
	}
	s.ln = ln
	return nil
}

// address is where the replica listens.
func (s *shop) address() string { return s.ln.Addr().String() }

// serve answers requests until close.
func (s *shop) serve() { s.http.Serve(s.ln) }

// finish ends the streams and tunnels that would go on for ever.
func (s *shop) finish() { s.endStreams() }

// close stops the replica and waits for what it has under way.
func (s *shop) close(ctx context.Context) {
	s.finish()
	if s.ln != nil {
		defer s.ln.Close() // known to s.http only once it serves
	}
	if s.http.Shutdown(ctx) != nil {
		s.http.Close()
	}
	s.connections.Wait()
}

func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /products/{id}", s.productPage)
	mux.HandleFunc("GET /api/products", s.productsJSON)
	mux.HandleFunc("GET /api/products/{id}", s.productJSON)
	mux.HandleFunc("GET /images/{file}", s.image)
	mux.HandleFunc("GET /basket", s.basket)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("PUT /upload", s.upload)
	mux.HandleFunc("POST /upload", s.upload)
	mux.HandleFunc("GET /ws", s.websocket)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})

	outer := http.NewServeMux()
	outer.Handle("/", s.moods(mux))
	outer.HandleFunc("POST /demo/break", func(w http.ResponseWriter, _ *http.Request) {
		s.broken.Store(true)
		fmt.Fprintf(w, "replica %s answers 503 from now on\n", s.name)
	})
	outer.HandleFunc("POST /demo/heal", func(w http.ResponseWriter, _ *http.Request) {
		s.broken.Store(false)
		fmt.Fprintf(w, "replica %s works again\n", s.name)
	})
	return outer
}

// moods is what can go wrong with the replica, in front of what it does.
func (s *shop) moods(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Replica", s.name)
		if s.broken.Load() {
			http.Error(w, "replica "+s.name+" is broken on purpose", http.StatusServiceUnavailable)
			return
		}
		if s.flaky && r.URL.Path != "/healthz" && !s.struggle(w, r) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// struggle makes a flaky replica slow: 40 to 200 ms, and every fifth request
// fails, by turns with a 503 and with a cut connection. It reports whether the
// request is to be answered after all.
func (s *shop) struggle(w http.ResponseWriter, r *http.Request) bool {
	n := s.served.Add(1)
	if !pause(r.Context(), 40*time.Millisecond*time.Duration(1+n%5)) {
		return false
	}
	switch n % 10 {
	case 4:
		http.Error(w, "replica "+s.name+" is having a bad moment", http.StatusServiceUnavailable)
		return false
	case 9:
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	return true
}

// pause waits for d and reports false when ctx ended before.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
