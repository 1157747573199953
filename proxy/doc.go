// Package proxy is the data plane: the snapshot of the configuration in force,
// the routes, and the life of one request from its head to its log line.
//
// Invariant: everything a request decides on hangs off the one snapshot it
// loaded; and every request ends in finish, exactly once, whatever happened.
//
// The package refuses to listen: requests come to it from package edge, as
// messages that have passed the gate. It never modifies a client's request, and
// what it sends to a backend it makes from it.
package proxy
