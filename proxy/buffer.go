package proxy

import "sync"

// A copyBuffer is what bodies and tunnels are pumped through.
type copyBuffer [32 << 10]byte

var copyBuffers = sync.Pool{New: func() any { return new(copyBuffer) }}

func acquireCopyBuffer() *copyBuffer {
	b, ok := copyBuffers.Get().(*copyBuffer)
	if !ok {
		panic("BUG: a stranger in the pool")
	}
	return b
}

func releaseCopyBuffer(b *copyBuffer) { copyBuffers.Put(b) }
