//go:build race

package cache

// raceDetector makes sync.Pool forget at random.
const raceDetector = true
