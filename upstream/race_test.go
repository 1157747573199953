//go:build race

package upstream

// raceDetector makes sync.Pool forget at random.
const raceDetector = true
