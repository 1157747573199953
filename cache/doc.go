// Package cache is an HTTP cache in memory (RFC 9111): what may be stored and for
// how long, which stored response answers a request, how it is validated, joined
// while it arrives, and purged; and the zones in which entries live, on ristretto.
//
// Invariant: an entry never changes once it was published, and it answers only
// requests that its key and its Vary allow. What the standard leaves open is read
// the conservative way: rather a request too many to a backend than an answer
// that was not meant for its reader.
//
// The package does no I/O towards clients or backends and knows nothing of the
// proxy. Times called now are monotonic nanoseconds by the clock of
// message.Request.Arrived; wall-clock time is only ever compared with fields.
package cache
