package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Paths are matched after percent-decoding, removal of dot segments and merging
// of slashes. What is written has to be in that form, or it would match nothing.

// checkMatchPath accepts an exact path.
func checkMatchPath(path string) error {
	if strings.ContainsAny(path, "{}") {
		return errors.New("braces stand in patterns only: use the key pattern of the match")
	}
	return checkPathForm(path)
}

func checkPathForm(path string) error {
	switch {
	case !strings.HasPrefix(path, "/"):
		return errors.New("a path begins with /")
	case len(path) > maxPathBytes:
		return fmt.Errorf("a path to match has at most %d bytes", maxPathBytes)
	case hasControl(path):
		return errControl
	case strings.Contains(path, "?"):
		return errors.New("a path has no query: use the key query of the match")
	case strings.ContainsAny(path, `#\`):
		return errors.New(`a path to match cannot hold # and \`)
	case strings.Contains(encodedKept.ReplaceAllString(path, ""), "%"):
		return errors.New("paths are matched after decoding: write the character itself (only %2F, %5C and %00 stay encoded)")
	case strings.Contains(path, "//"):
		return errors.New("would match nothing: runs of slashes are merged before")
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return errors.New("would match nothing: dot segments are removed before")
		}
	}
	return nil
}

var encodedKept = regexp.MustCompile(`%(2F|5C|00)`)

// parsePathPrefix reads a prefix, which ends with a segment whether or not a
// slash follows.
func parsePathPrefix(text string) (string, error) {
	if err := checkMatchPath(text); err != nil {
		return "", err
	}
	return trimSlash(text), nil
}

// trimSlash removes the slash at the end of all paths but "/".
func trimSlash(path string) string {
	if len(path) > 1 {
		return strings.TrimSuffix(path, "/")
	}
	return path
}

var patternSegment = regexp.MustCompile(`^\{([a-z][a-z0-9_]*)(\.\.\.)?\}$`)

// checkPattern accepts a path of which some segments are {name} and the last
// may be {name...}.
func checkPattern(pattern string) error {
	if err := checkPathForm(pattern); err != nil {
		return err
	}
	var taken []string
	segments := strings.Split(pattern[1:], "/")
	for i, segment := range segments {
		m := patternSegment.FindStringSubmatch(segment)
		switch {
		case m == nil && strings.ContainsAny(segment, "{}"):
			return errors.New("a segment is either literal or one {name}, in lower-case letters, digits and underscores")
		case m == nil:
			continue
		case slices.Contains(taken, m[1]):
			return fmt.Errorf("{%s} occurs twice", m[1])
		case slices.Contains(fieldPlaceholders, m[1]) || slices.Contains(locationPlaceholders, m[1]):
			return fmt.Errorf("{%s} is a placeholder with a meaning of its own: choose another name", m[1])
		case m[2] != "" && i != len(segments)-1:
			return fmt.Errorf("{%s...} takes the rest of the path and has to be the last segment", m[1])
		}
		taken = append(taken, m[1])
	}
	if len(taken) > maxPatternNames {
		return fmt.Errorf("has more than %d names", maxPatternNames)
	}
	if taken == nil {
		return errors.New("has no {name}: use the key path or prefix of the match")
	}
	return nil
}

// patternNames are the names of a pattern's placeholders.
func patternNames(pattern string) []string {
	var all []string
	for segment := range strings.SplitSeq(pattern, "/") {
		if m := patternSegment.FindStringSubmatch(segment); m != nil {
			all = append(all, m[1])
		}
	}
	return all
}

// checkNewPath accepts the path that a rewrite sends, apart from its placeholders.
func checkNewPath(path string) error {
	switch {
	case !strings.HasPrefix(path, "/"):
		return errors.New("a path begins with /")
	case len(path) > maxPathBytes:
		return fmt.Errorf("has at most %d bytes", maxPathBytes)
	case !isTarget(path) || strings.ContainsAny(path, "?#"):
		return errors.New("holds a byte that a path on the wire cannot: encode it as %XX")
	}
	return nil
}

// checkAddPrefix accepts a prefix to put before the path, which begins with a slash.
func checkAddPrefix(path string) error {
	if err := checkNewPath(path); err != nil {
		return err
	}
	switch {
	case strings.HasSuffix(path, "/"):
		return errors.New("ends with a slash, and the path that follows begins with one")
	case strings.ContainsAny(path, "{}"):
		return errors.New("takes no placeholders")
	}
	return nil
}

// checkProbePath accepts the target of a probe: a path and perhaps a query.
func checkProbePath(target string) error {
	switch {
	case !strings.HasPrefix(target, "/"):
		return errors.New("a path begins with /")
	case len(target) > maxLocationBytes:
		return fmt.Errorf("has at most %d bytes", maxLocationBytes)
	case !isTarget(target) || strings.ContainsAny(target, "#{}"):
		return errors.New("holds a byte that a target cannot: encode it as %XX")
	}
	return nil
}
