// Package message is one HTTP message as weir sees it: a request and a response
// as ordered fields over the bytes they arrived in, and the strict gate that
// every byte from a client or a backend passes before anything acts on it.
//
// Invariant: what the gate accepted means one thing only. Exactly one framing,
// one authority, one target; every later reader, weir's own serializer and the
// backend included, sees the same message.
//
// The package refuses to repair: an ambiguous message is rejected, never
// normalised into something the sender may not have meant. It does no I/O and
// knows nothing of connections, routes or configuration files.
package message
