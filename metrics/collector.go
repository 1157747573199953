package metrics

import (
	"maps"
	"runtime"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// A collector adds up all cells of a registry whenever somebody scrapes.
type collector struct {
	registry *Registry
	version  string
	descs    []*prometheus.Desc // by index into the catalogue
}

func newCollector(r *Registry, version string) *collector {
	c := &collector{registry: r, version: label(version)}
	for _, s := range Catalogue() {
		c.descs = append(c.descs, prometheus.NewDesc(s.Name, s.Help, s.Labels, nil))
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	e := emitter{c.descs, ch}
	e.gauge(buildInfo, 1, c.version, runtime.Version())
	e.process(&c.registry.process)
	for _, l := range c.registry.allListeners() {
		e.listener(l)
	}
	for _, r := range c.registry.allRoutes() {
		e.route(r)
		e.cache(r, c.registry.cacheWords.Load())
	}
	for _, z := range c.registry.allZones() {
		e.zone(z)
	}
	for _, p := range c.registry.allPools() {
		e.counter(retries, p.retries.sum(), p.name)
	}
	for _, b := range c.registry.allBackends() {
		e.backend(b)
	}
}

// The following return the handles whose series are exposed. The exposition
// sorts by itself, so they do not.

func (r *Registry) allListeners() []*Listener {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.listeners))
}

func (r *Registry) allRoutes() []*Route {
	r.mu.Lock()
	defer r.mu.Unlock()
	return visible(r.routes, (*Route).shown)
}

func (r *Registry) allPools() []*Pool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return visible(r.pools, (*Pool).shown)
}

func (r *Registry) allBackends() []*Backend {
	r.mu.Lock()
	defer r.mu.Unlock()
	return visible(r.backends, (*Backend).shown)
}

func (r *Registry) allZones() []*Zone {
	r.mu.Lock()
	defer r.mu.Unlock()
	return visible(r.zones, (*Zone).shown)
}

func visible[K comparable, H any](m map[K]*H, shown func(*H) bool) []*H {
	return slices.DeleteFunc(slices.Collect(maps.Values(m)), func(h *H) bool { return !shown(h) })
}
