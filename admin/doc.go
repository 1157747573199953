// Package admin is the operators' side of weir: the probes an orchestrator asks,
// the figures a Prometheus server collects, and purges of the cache, on a listener
// of its own.
//
// Invariant: nothing here can change what a client gets, but for a purge, after
// which its backend is asked again. No page can be read, and nothing purged, by a
// web site that a browser on the same machine has open: requests have to name the
// listener by an address or by localhost, and purges must not come from a page of
// another origin or a form.
//
// The package refuses to serve profiles or anything else that a stranger who
// reached the port could use to slow weir down. It keeps no state: what it
// reports it asks for, at each request, through the functions of Sources.
package admin
