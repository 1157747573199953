// Package balancer is pools of backends: which of them gets the next attempt,
// and which of them are fit to get any.
//
// Invariant: what was claimed is in flight until it is released, and nothing
// else is; a backend that is unhealthy, draining or full is never claimed. A
// Pool never changes its members or its policy after New; the state of a
// Backend outlives the pools it is a member of, so that a reload keeps health
// and requests in flight of every backend it still names.
//
// The package does no I/O but its own active probes, which a Prober runs. It
// refuses to know of routes, connections and retries.
package balancer
