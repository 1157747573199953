// Package sock is a stream socket with the few operations a proxy needs beyond
// net.Conn: reading into a buffer that is only taken once there is something to
// read, a liveness check folded into the exchange with a backend, a look at
// whether the other end hung up, and deadlines that are re-armed lazily.
//
// Invariant: every system call it makes itself is on a non-blocking descriptor,
// so that it may skip the scheduler's bookkeeping around system calls.
//
// It refuses to know anything about what the bytes mean.
package sock
