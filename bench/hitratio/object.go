package main

import (
	"math"
	"math/rand/v2"
)

// An object is what a request asks for. Objects are numbered.
type object uint64

// Sizes are log-normal: half of the objects are smaller than the median.
const (
	medianSize = 4 << 10
	sizeSpread = 1.2 // standard deviation of the logarithm
	minSize    = 64
	maxSize    = 512 << 10
)

// size is the length of o's body in bytes, always the same for the same object
// and independent of how popular it is.
func (o object) size() int {
	normal := rand.New(rand.NewPCG(uint64(o), 0x5eed)).NormFloat64()
	return int(min(max(medianSize*math.Exp(sizeSpread*normal), minSize), maxSize))
}
