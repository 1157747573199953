package metrics

import (
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// maxScrapes is how many scrapes may run at once; further ones get 503.
const maxScrapes = 4

// A Registry holds all series of one process. Its methods may be called by any
// goroutine.
//
// Handles are made or found by name and kept by who counts. The series of a new
// handle appear when Retain names it or when it has counted something, so that a
// snapshot that was built and thrown away leaves nothing to see.
type Registry struct {
	exposition *prometheus.Registry
	process    process
	cacheWords atomic.Pointer[cacheWords] // nil: not given yet

	mu        sync.Mutex // guards the following fields
	routes    map[string]*Route
	pools     map[string]*Pool
	backends  map[backendKey]*Backend
	listeners map[string]*Listener
	zones     map[string]*Zone
	gone      Totals // what removed series had counted
}

type backendKey struct{ pool, backend string }

// New returns a registry without handles. version is the value of the label of
// weir_build_info.
func New(version string) *Registry {
	r := &Registry{
		exposition: prometheus.NewRegistry(),
		routes:     make(map[string]*Route),
		pools:      make(map[string]*Pool),
		backends:   make(map[backendKey]*Backend),
		listeners:  make(map[string]*Listener),
		zones:      make(map[string]*Zone),
	}
	r.exposition.MustRegister(
		newCollector(r, version),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return r
}

// Handler serves the series in Prometheus' text format.
func (r *Registry) Handler() http.Handler {
	return promhttp.HandlerFor(r.exposition, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: maxScrapes,
	})
}

// Route returns the handle of a route, a new one if there is none of that name.
func (r *Registry) Route(name string) *Route {
	r.mu.Lock()
	defer r.mu.Unlock()
	name = label(name)
	return handle(r.routes, name, func() *Route { return &Route{name: name} })
}

// Pool returns the handle of a pool, a new one if there is none of that name.
func (r *Registry) Pool(name string) *Pool {
	r.mu.Lock()
	defer r.mu.Unlock()
	name = label(name)
	return handle(r.pools, name, func() *Pool { return &Pool{name: name} })
}

// Backend returns the handle of a backend of a pool, a new one if there is none.
func (r *Registry) Backend(pool, backend string) *Backend {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := backendKey{label(pool), label(backend)}
	return handle(r.backends, k, func() *Backend { return &Backend{pool: k.pool, name: k.backend} })
}

// Zone returns the handle of a zone, a new one if there is none of that name.
func (r *Registry) Zone(name string) *Zone {
	r.mu.Lock()
	defer r.mu.Unlock()
	name = label(name)
	return handle(r.zones, name, func() *Zone { return &Zone{name: name} })
}

// Listener returns the handle of a listener, a new one if there is none of that
// name. Its series appear at once.
func (r *Registry) Listener(name string) *Listener {
	r.mu.Lock()
	defer r.mu.Unlock()
	name = label(name)
	return handle(r.listeners, name, func() *Listener { return &Listener{name: name} })
}

func handle[K comparable, H any](m map[K]*H, k K, make func() *H) *H {
	h := m[k]
	if h == nil {
		h = make()
		m[k] = h
	}
	return h
}
