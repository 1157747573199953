package sock

import (
	"sync"
	"unsafe"
)

// A Pool lends buffers of one size.
type Pool struct {
	size int
	free sync.Pool // of *byte, the first byte of a buffer: a slice would cost an allocation each time
}

// NewPool returns a pool of buffers of size bytes.
func NewPool(size int) *Pool { return &Pool{size: size} }

// Size is the length of the buffers.
func (p *Pool) Size() int { return p.size }

// Get lends a buffer of Size bytes; what is in it is undefined.
func (p *Pool) Get() []byte {
	if first, ok := p.free.Get().(*byte); ok {
		return unsafe.Slice(first, p.size)
	}
	return make([]byte, p.size)
}

// Put takes back a buffer that Get lent; any part of it that starts at its
// beginning will do.
func (p *Pool) Put(b []byte) {
	if cap(b) < p.size {
		panic("BUG: a buffer came back shorter than it was lent")
	}
	p.free.Put(unsafe.SliceData(b))
}
