// Package admin is the operators' side of weir: the probes an orchestrator asks
// and the figures a Prometheus server collects, on a listener of its own.
//
// Invariant: nothing here can change what weir does with a client's request,
// and no page can be read by a web site that a browser on the same machine has
// open: requests have to name the listener by an address or by localhost.
//
// The package refuses to serve profiles or anything else that a stranger who
// reached the port could use to slow weir down. It keeps no state: what it
// reports it asks for, at each request, through the functions of Sources.
package admin
