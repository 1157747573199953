// Package edge is where clients connect: listeners, connections and HTTP/1.
//
// fasthttp drives the connections: it accepts through our listener, keeps the
// goroutines, runs the keep-alive loop and calls us once a request. It never sees
// a byte from a client. Beneath it stands conn, which reads from the socket,
// passes each head through the strict gate of package message, and hands fasthttp
// the same constant head for each request that is ready; responses are written
// by our own serializer straight to the socket, and what fasthttp writes is
// dropped (docs/decisions/0001-gate-under-fasthttp.md).
//
// Invariant: after anything that leaves the position in the byte stream in doubt,
// the connection is closed and none of its bytes are read as another request.
//
// The package refuses to route, to log requests or to answer anything by itself:
// that is what its Handler is for.
package edge
