package config

import "fmt"

// didYouMean returns ` (did you mean "x"?)` for the known word nearest to word,
// or nothing when none is near.
func didYouMean(word string, known []string) string {
	const longest = 64
	if len(word) > longest {
		return ""
	}
	best, at := allowedEdits(word)+1, ""
	for _, k := range known {
		if len(k) > longest {
			continue
		}
		if d := distance(word, k); d < best {
			best, at = d, k
		}
	}
	if at == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", at)
}

// allowedEdits is how far off a word may be: short words are all near each other.
func allowedEdits(word string) int {
	switch n := len(word); {
	case n <= 4:
		return 1
	case n <= 7:
		return 2
	default:
		return 3
	}
}

// distance counts the insertions, deletions, substitutions and swaps of
// neighbours that turn a into b (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
