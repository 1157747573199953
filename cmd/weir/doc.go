// Command weir runs the proxy: it reads flags and files, wires the packages that
// do the work, and owns the signals and everything that is open.
//
// Invariant: what it started it stops and waits for, in an order that loses no
// request: readiness, responses that say close, listeners, what is in flight.
package main
