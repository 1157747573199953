package upstream

import "github.com/weirproxy/weir/internal/sock"

const (
	bufferSize = 32 << 10
	// A head that does not fit the buffer gets a larger one; no head may be
	// larger than that.
	headSize = 64 << 10
)

var (
	buffers    = sock.NewPool(bufferSize)
	bigBuffers = sock.NewPool(headSize)
)

// releaseBuffer takes back a whole buffer of either pool.
func releaseBuffer(p []byte) {
	if len(p) == headSize {
		bigBuffers.Put(p)
	} else {
		buffers.Put(p)
	}
}
