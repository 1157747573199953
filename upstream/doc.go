// Package upstream carries requests to one backend: it dials, keeps idle
// connections, writes HTTP/1.1 requests that are already serialised, and reads
// the responses as they arrive.
//
// Invariant: a response is reported complete only when its framing said so, and
// a connection is used again only when the exchange before it ended to the last
// byte on both sides. Whatever a backend sends costs an error and its own
// connection, never more.
//
// The package refuses to decide: it does not choose a backend, retry a request
// of which anything may have been received, or change a field.
package upstream
