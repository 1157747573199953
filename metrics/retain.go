package metrics

// Keep lists the handles that the snapshot in force counts with.
type Keep struct {
	Routes   []*Route
	Pools    []*Pool
	Backends []*Backend
	Zones    []*Zone
}

// Retain makes the listed handles, and no others, the ones that are exposed;
// listeners stay as they are. Requests still running on a handle that was
// removed count into the void, and a handle of the same name that is asked for
// later starts at zero.
func (r *Registry) Retain(k Keep) {
	r.mu.Lock()
	defer r.mu.Unlock()
	routes := make(map[string]*Route, len(k.Routes))
	for _, h := range k.Routes {
		h.retained.Store(true)
		routes[h.name] = h
	}
	pools := make(map[string]*Pool, len(k.Pools))
	for _, h := range k.Pools {
		h.retained.Store(true)
		pools[h.name] = h
	}
	backends := make(map[backendKey]*Backend, len(k.Backends))
	for _, h := range k.Backends {
		h.retained.Store(true)
		backends[backendKey{h.pool, h.name}] = h
	}
	zones := make(map[string]*Zone, len(k.Zones))
	for _, h := range k.Zones {
		h.retained.Store(true)
		zones[h.name] = h
	}
	r.foldLocked(routes, pools)
	r.routes, r.pools, r.backends, r.zones = routes, pools, backends, zones
}

// Forget removes the series of a listener that is closed and has no connection left.
func (r *Registry) Forget(l *Listener) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listeners[l.name] != l {
		return
	}
	delete(r.listeners, l.name)
	r.gone.Rejected += l.rejected.sum()
}

// foldLocked adds what is about to be removed to the totals of what is gone.
func (r *Registry) foldLocked(routes map[string]*Route, pools map[string]*Pool) {
	for name, h := range r.routes {
		if routes[name] != h {
			t := h.totals()
			t.OpenTunnels = 0 // a gauge: nobody would ever count it down
			r.gone = r.gone.plus(t)
		}
	}
	for name, h := range r.pools {
		if pools[name] != h {
			r.gone.Retries += h.retries.sum()
		}
	}
}
