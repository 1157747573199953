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
