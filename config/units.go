package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

var (
	durationText = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(h|m|s|ms|us|µs|ns))+$`)
	sizeText     = regexp.MustCompile(`^([0-9]{1,18})(B|KiB|MiB|GiB)$`)
	shareText    = regexp.MustCompile(`^([0-9]{1,3}(?:\.[0-9]{1,2})?)%$`)
	bareNumber   = regexp.MustCompile(`^-?[0-9][0-9._]*$`)
)

func parseDuration(text string, least, most time.Duration) (time.Duration, error) {
	if bareNumber.MatchString(text) {
		return 0, errors.New("needs a unit, such as 5s")
	}
	if !durationText.MatchString(text) {
		return 0, errors.New("has to be a duration, such as 300ms, 5s or 1m30s")
	}
	v, err := time.ParseDuration(text)
	if err != nil || v < least || v > most {
		return 0, fmt.Errorf("has to be from %s to %s", showDuration(least), showDuration(most))
	}
	return v, nil
}

// showDuration writes whole hours as hours and whole seconds as seconds.
func showDuration(v time.Duration) string {
	switch {
	case v > 0 && v%time.Hour == 0:
		return strconv.FormatInt(int64(v/time.Hour), 10) + "h"
	case v%time.Second == 0:
		return strconv.FormatInt(int64(v/time.Second), 10) + "s"
	}
	return v.String()
}

var units = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

func parseSize[N int | int64](text string, least, most N) (N, error) {
	if bareNumber.MatchString(text) {
		return 0, errors.New("needs a unit, such as 512B, 16KiB or 10MiB")
	}
	m := sizeText.FindStringSubmatch(text)
	if m == nil {
		return 0, errors.New("has to be a size in B, KiB, MiB or GiB, such as 512MiB")
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	for _, u := range units {
		if u.name == m[2] {
			if err != nil || n > int64(most)/u.bytes || n*u.bytes < int64(least) {
				return 0, fmt.Errorf("has to be from %s to %s", showSize(least), showSize(most))
			}
			n *= u.bytes
		}
	}
	return N(n), nil
}

// showSize writes a size in the largest unit that leaves a whole number.
func showSize[N int | int64](n N) string {
	for _, u := range units {
		if n != 0 && int64(n)%u.bytes == 0 {
			return strconv.FormatInt(int64(n)/u.bytes, 10) + u.name
		}
	}
	return "0B"
}

// parseShare reads a percentage as a share of 1.
func parseShare(text string) (float64, error) {
	if bareNumber.MatchString(text) {
		return 0, errors.New("needs a unit, such as 10%")
	}
	m := shareText.FindStringSubmatch(text)
	if m == nil {
		return 0, errors.New("has to be a share, such as 10% or 2.5%")
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil || n > 100 {
		return 0, errors.New("has to be from 0% to 100%")
	}
	return n / 100, nil
}

func showShare(n float64) string { return strconv.FormatFloat(n*100, 'g', 6, 64) + "%" }
