// Package origintest is an origin server for tests that says and records
// exactly the bytes a test wants, on raw TCP, TLS and unix sockets.
//
// A test gives New a script, a function that is run once for every connection
// and talks to it through a Conn: it reads request heads and bodies, and sends
// bytes whole, slowly, in part, followed by a reset, a half-close or silence.
// Everything that arrives is recorded byte for byte, by connection and by
// request.
//
// Invariant: nothing is repaired. What is sent is what the script said, and what
// Requests reports is what came over the socket, in the order in which the
// request heads were complete.
//
// The package is no HTTP server: it refuses to guess, has no timeouts of its
// own, and everything it starts ends with the test.
package origintest
