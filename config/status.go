package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

var statusText = regexp.MustCompile(`^([2-5][0-9]{2})(?:-([2-5][0-9]{2}))?$`)

// parseStatuses reads "200" or "200-399".
func parseStatuses(text string) (StatusRange, error) {
	m := statusText.FindStringSubmatch(text)
	if m == nil {
		return StatusRange{}, errors.New("has to be a status from 200 to 599 or a range such as 200-399")
	}
	from, _ := strconv.Atoi(m[1])
	to := from
	if m[2] != "" {
		to, _ = strconv.Atoi(m[2])
	}
	if to < from {
		return StatusRange{}, fmt.Errorf("runs backwards: write %d-%d", to, from)
	}
	return StatusRange{from, to}, nil
}

func showStatuses(s StatusRange) string {
	if s.From == s.To {
		return strconv.Itoa(s.From)
	}
	return fmt.Sprintf("%d-%d", s.From, s.To)
}
