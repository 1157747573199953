package metrics

import "sync/atomic"

// stripes is how many cells a counter is spread over. Connections get
// consecutive stripe numbers, so neighbours do not write the same cache line.
const (
	stripes    = 8
	stripeMask = stripes - 1
)

const cacheLine = 64

// A counter is a number spread over stripes. Its zero value is ready for use.
// All methods may run concurrently.
type counter struct {
	cells [stripes]cell
}

type cell struct {
	n atomic.Uint64
	_ [cacheLine - 8]byte
}

func (c *counter) inc(stripe uint32) { c.cells[stripe&stripeMask].n.Add(1) }

func (c *counter) add(stripe uint32, n uint64) { c.cells[stripe&stripeMask].n.Add(n) }

// sum is the value at some moment between the call and its return.
func (c *counter) sum() uint64 {
	var n uint64
	for i := range c.cells {
		n += c.cells[i].n.Load()
	}
	return n
}

// A gauge is the difference of two counters, so that going up on one stripe and
// down on another still adds up.
type gauge struct {
	up, down counter
}

// value never is below zero, even when a read falls between an up and its down.
func (g *gauge) value() int64 {
	down := g.down.sum() // first: every down read has had its up before
	up := g.up.sum()
	if up < down {
		return 0
	}
	return int64(up - down)
}
