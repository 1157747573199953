//go:build race

package edge

// The race detector makes sync.Pool forget at random.
const raceDetector = true
