package metrics

// Totals are figures over all routes and listeners since the start of the
// process, for a line of live figures or a dashboard. They are cheap to ask for
// once a second.
type Totals struct {
	Requests          uint64 // ended, on any route
	Errors            uint64 // of these, answered with a 5xx status
	Rejected          uint64 // by the gate; these have no route
	BytesIn, BytesOut uint64 // of bodies
	OpenConnections   int64
	OpenTunnels       int64
	Retries           uint64
	Durations         Durations // of the requests
}

// plus returns the totals of t and u together.
func (t Totals) plus(u Totals) Totals {
	return Totals{
		Requests:        t.Requests + u.Requests,
		Errors:          t.Errors + u.Errors,
		Rejected:        t.Rejected + u.Rejected,
		BytesIn:         t.BytesIn + u.BytesIn,
		BytesOut:        t.BytesOut + u.BytesOut,
		OpenConnections: t.OpenConnections + u.OpenConnections,
		OpenTunnels:     t.OpenTunnels + u.OpenTunnels,
		Retries:         t.Retries + u.Retries,
		Durations:       t.Durations.Plus(u.Durations),
	}
}

// Totals returns the totals as they are now. What a removed series had counted
// stays in them.
func (r *Registry) Totals() Totals {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.gone
	for _, route := range r.routes {
		t = t.plus(route.totals())
	}
	for _, p := range r.pools {
		t.Retries += p.retries.sum()
	}
	for _, l := range r.listeners {
		t.OpenConnections += l.Open()
		t.Rejected += l.rejected.sum()
	}
	return t
}
