package cache

import (
	"bytes"
	"time"
)

// ParseDate reads an HTTP-date (RFC 9110, section 5.6.7) in any of its three
// formats, as caches do (RFC 9111, section 4.2): letters in any case, no zone but
// GMT, and otherwise to the letter. The day of the week has to be one, not the
// right one. A two-digit year that seems more than 50 years ahead has passed. It
// does not allocate.
func ParseDate(v []byte) (unix int64, ok bool) { return parseDate(v, time.Time{}) }

// AppendDate appends the HTTP-date of a time in Unix seconds. It does not allocate.
func AppendDate(dst []byte, unix int64) []byte {
	return time.Unix(unix, 0).UTC().AppendFormat(dst, "Mon, 02 Jan 2006 15:04:05 GMT")
}

const dayNames = "SunMonTueWedThuFriSat"
const monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"

var longDayNames = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// parseDate is ParseDate at the wall-clock time now, which only two-digit years
// ask for; zero: the present.
func parseDate(v []byte, now time.Time) (unix int64, ok bool) {
	switch len(v) {
	case len("Sun, 06 Nov 1994 08:49:37 GMT"):
		if shaped(v, "..., .. ... .... ..:..:.. GMT") && nameIn(dayNames, v[:3]) >= 0 {
			return unixOf(number(v[12:16]), v[8:11], v[5:7], v[17:25])
		}
	case len("Sun Nov  6 08:49:37 1994"):
		if shaped(v, "... ... .. ..:..:.. ....") && nameIn(dayNames, v[:3]) >= 0 {
			day := v[8:10]
			if day[0] == ' ' {
				day = day[1:]
			}
			return unixOf(number(v[20:24]), v[4:7], day, v[11:19])
		}
	}
	return parseRFC850(v, now)
}

// parseRFC850 reads "Sunday, 06-Nov-94 08:49:37 GMT".
func parseRFC850(v []byte, now time.Time) (unix int64, ok bool) {
	name, v, _ := bytes.Cut(v, []byte(", "))
	if !isLongDay(name) || !shaped(v, "..-...-.. ..:..:.. GMT") {
		return 0, false
	}
	year := number(v[7:9])
	if year < 0 {
		return 0, false
	}
	if now.IsZero() {
		now = time.Now()
	}
	ahead := now.AddDate(50, 0, 0)
	year += ahead.Year() / 100 * 100
	if year > ahead.Year() {
		year -= 100
	}
	unix, ok = unixOf(year, v[3:6], v[:2], v[10:18])
	if ok && unix > ahead.Unix() {
		return unixOf(year-100, v[3:6], v[:2], v[10:18])
	}
	return unix, ok
}

// shaped reports whether v looks like shape, in which a dot stands for any byte.
func shaped(v []byte, shape string) bool {
	if len(v) != len(shape) {
		return false
	}
	for i := range v {
		if shape[i] != '.' && v[i] != shape[i] && !(isAlpha(v[i]) && v[i]&^0x20 == shape[i]) {
			return false
		}
	}
	return true
}

func unixOf(year int, month, day, clock []byte) (unix int64, ok bool) {
	m, d := nameIn(monthNames, month), number(day)
	h, min, s := number(clock[:2]), number(clock[3:5]), number(clock[6:8])
	if year < 0 || m < 0 || d < 1 || h < 0 || h > 23 || min < 0 || min > 59 || s < 0 || s > 60 {
		return 0, false
	}
	if s == 60 { // a leap second: the nearest time that is not later
		s = 59
	}
	t := time.Date(year, time.Month(m+1), d, h, min, s, 0, time.UTC)
	return t.Unix(), t.Day() == d
}

// number reads digits; -1 when v is anything else.
func number(v []byte) int {
	n := 0
	for _, c := range v {
		if !isDigit(c) {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// nameIn returns the place of a three-letter name among names, in any case; -1:
// it is not there.
func nameIn(names string, name []byte) int {
	for i := 0; i < len(names); i += 3 {
		if sameFold(name, names[i:i+3]) {
			return i / 3
		}
	}
	return -1
}

func isLongDay(name []byte) bool {
	for _, day := range longDayNames {
		if sameFold(name, day) {
			return true
		}
	}
	return false
}
