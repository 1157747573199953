package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Error returns one line: file:line:column: path: message. Parts that a problem
// does not have are left out.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path)
		b.WriteString(": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Error returns the lines of all problems, without a newline at the end.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Sorted orders problems as the file does and cuts what nobody would read.
func (ps Problems) Sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if rest := len(ps) - maxProblems; rest > 0 {
		ps = append(ps[:maxProblems], Problem{
			File:    ps[0].File,
			Message: "and " + strconv.Itoa(rest) + " more problems",
		})
	}
	return ps
}

// quote shows a piece of the file in a message: on one line, and not at length.
func quote(text string) string {
	const shown = 64
	if len(text) <= shown {
		return strconv.Quote(text)
	}
	return strconv.Quote(strings.ToValidUTF8(text[:shown], "")) + "..."
}
