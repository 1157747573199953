package upstream

import "sync"

const (
	bufferSize = 32 << 10
	// A head that does not fit the buffer gets a larger one; no head may be
	// larger than that.
	headSize = 64 << 10
)

var (
	buffers    = sync.Pool{New: func() any { return new([bufferSize]byte) }}
	bigBuffers = sync.Pool{New: func() any { return new([headSize]byte) }}
)

func acquireBuffer() []byte    { return buffers.Get().(*[bufferSize]byte)[:] }
func acquireBigBuffer() []byte { return bigBuffers.Get().(*[headSize]byte)[:] }

// releaseBuffer takes back what either of the acquire functions returned.
func releaseBuffer(p []byte) {
	switch len(p) {
	case bufferSize:
		buffers.Put((*[bufferSize]byte)(p))
	case headSize:
		bigBuffers.Put((*[headSize]byte)(p))
	}
}

// A lender lends buffers to a read that waits without one.
type lender struct{}

func (lender) Get() []byte  { return acquireBuffer() }
func (lender) Put(p []byte) { releaseBuffer(p) }
