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

// checkNegative accepts the statuses that may be given a lifetime which the
// response does not claim.
func checkNegative(name string) error {
	status, err := strconv.Atoi(name)
	if err != nil || len(name) != 3 || status < 300 || status > 599 {
		return errors.New("has to be a status from 300 to 599")
	}
	switch status {
	case 304:
		return errors.New("is about a stored response and never one itself")
	case 401, 407:
		return errors.New("is the answer to a request's credentials: others have better ones")
	case 412, 416, 417:
		return errors.New("is the answer to a request's own conditions, which others do not share")
	case 428, 429, 431, 511:
		return fmt.Errorf("may not be stored (RFC 6585, section %s)", map[int]string{428: "3", 429: "4", 431: "5", 511: "6"}[status])
	}
	return nil
}
