package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// An emitter hands the values of one scrape to the exposition.
type emitter struct {
	descs []*prometheus.Desc
	ch    chan<- prometheus.Metric
}

func (e emitter) process(p *process) {
	if c := p.inForce.Load(); c != nil {
		e.gauge(configInfo, 1, c.hash)
		e.gauge(configReloaded, float64(c.since.UnixMilli())/1e3)
	}
	e.gauge(configReloadOK, truth(!p.configBroken.Load()))
	e.counter(reloads, p.reloads[0].sum(), "failure")
	e.counter(reloads, p.reloads[1].sum(), "success")
	e.counter(panics, p.panics.sum())
	e.counter(logDropped, p.logDropped.sum())
}

func (e emitter) listener(l *Listener) {
	e.counter(connectionsAccepted, l.connections.up.sum(), l.name)
	e.gauge(connectionsOpen, float64(l.Open()), l.name)
	for why := range l.refused {
		e.counter(connectionsRefused, l.refused[why].sum(), l.name, Refusal(why).String())
	}
	e.counter(listenerRequests, l.requests.sum(), l.name)
	e.words(rejectedRequests, &l.rejected, l.name)
}

func (e emitter) route(r *Route) {
	for m := range r.requests {
		r.requests[m].each(func(status string, n uint64) {
			e.counter(requests, n, r.name, Method(m).String(), status)
		})
	}
	e.histogram(requestDuration, r.duration.durations(), r.name)
	e.counter(requestBytes, r.in.sum(), r.name)
	e.counter(responseBytes, r.out.sum(), r.name)
	e.words(proxyErrors, &r.errors, r.name)
	e.counter(tunnels, r.tunnels.up.sum(), r.name)
	e.gauge(tunnelsOpen, float64(r.tunnels.value()), r.name)
}

// cache emits nothing for a route that has not used a cache.
func (e emitter) cache(r *Route, words *cacheWords) {
	c := r.cache.Load()
	if c == nil {
		return
	}
	for pair, n := range c.byWords(words) {
		e.counter(cacheRequests, n, r.name, pair.status, pair.detail)
	}
	e.counter(cacheStored, c.stored.sum(), r.name)
	e.counter(cacheCollapsed, c.collapsed.sum(), r.name)
	for how := range c.refreshes {
		e.counter(cacheRefreshes, c.refreshes[how].sum(), r.name, Refresh(how).String())
	}
}

func (e emitter) zone(z *Zone) {
	e.words(zonePurges, &z.purges, z.name)
	f := z.gauges.Load()
	if f == nil {
		return
	}
	g := (*f)()
	e.gauge(zoneBytes, float64(g.Bytes), z.name)
	e.gauge(zoneCapacity, float64(g.Capacity), z.name)
	e.gauge(zonePending, float64(g.Pending), z.name)
	e.gauge(zoneDetached, float64(g.Detached), z.name)
	e.gauge(zoneEntries, float64(g.Entries), z.name)
	e.gauge(zoneFills, float64(g.Fills), z.name)
	e.counter(zoneStored, g.Stored, z.name)
	e.counter(zoneEvicted, g.Evicted, z.name)
	e.counter(zoneRejected, g.Rejected, z.name)
	e.counter(zoneDropped, g.Dropped, z.name)
	e.counter(zoneTooLarge, g.TooLarge, z.name)
}

func (e emitter) backend(b *Backend) {
	b.requests.each(func(status string, n uint64) {
		e.counter(backendRequests, n, b.pool, b.name, status)
	})
	e.histogram(backendFirstByte, b.firstByte.durations(), b.pool, b.name)
	e.words(backendErrors, &b.errors, b.pool, b.name)
	e.counter(backendChanges, b.changes[0].sum(), b.pool, b.name, "unhealthy")
	e.counter(backendChanges, b.changes[1].sum(), b.pool, b.name, "healthy")
	if g := b.gauges.Load(); g != nil {
		e.backendGauges(g, b.pool, b.name)
	}
}

func (e emitter) backendGauges(g *Gauges, labels ...string) {
	if g.InFlight != nil {
		e.gauge(backendInFlight, float64(g.InFlight()), labels...)
	}
	if g.Connections != nil {
		c := g.Connections()
		e.counter(backendOpened, c.Opened, labels...)
		e.counter(backendReused, c.Reused, labels...)
		e.gauge(backendOpen, float64(c.Open), labels...)
	}
	if g.Healthy != nil {
		e.gauge(backendHealthy, truth(g.Healthy()), labels...)
	}
}

func (e emitter) words(series int, w *words, labels ...string) {
	for _, c := range w.all() {
		e.counter(series, c.sum(), append(labels[:len(labels):len(labels)], c.word)...)
	}
}

func (e emitter) counter(series int, n uint64, labels ...string) {
	e.ch <- prometheus.MustNewConstMetric(e.descs[series], prometheus.CounterValue, float64(n), labels...)
}

func (e emitter) gauge(series int, v float64, labels ...string) {
	e.ch <- prometheus.MustNewConstMetric(e.descs[series], prometheus.GaugeValue, v, labels...)
}

// histogram emits d with its buckets cumulative, as the format wants them.
func (e emitter) histogram(series int, d Durations, labels ...string) {
	cumulative := make(map[float64]uint64, len(bounds))
	var n uint64
	for i, bound := range bounds {
		n += d.counts[i]
		cumulative[bound.Seconds()] = n
	}
	e.ch <- prometheus.MustNewConstHistogram(e.descs[series], d.Count(), d.sum.Seconds(), cumulative, labels...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
