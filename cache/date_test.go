package cache

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	at := func(y int, mo time.Month, d, h, m, s int) int64 {
		return time.Date(y, mo, d, h, m, s, 0, time.UTC).Unix()
	}
	const bad = -1 << 62
	for _, c := range []struct {
		in   string
		want int64
	}{
		// RFC 9110, section 5.6.7.
		{"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
		{"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
		{"Sun Nov  6 08:49:37 1994", 784111777},
		{"Sun Nov 16 08:49:37 1994", at(1994, 11, 16, 8, 49, 37)},
		{"Sun Nov 06 08:49:37 1994", 784111777},
		{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Thu, 29 Feb 2024 23:59:59 GMT", at(2024, 2, 29, 23, 59, 59)},
		{"Sun, 31 Dec 2016 23:59:60 GMT", at(2016, 12, 31, 23, 59, 59)},
		{"Sun, 21 Nov 2286 04:46:39 GMT", at(2286, 11, 21, 4, 46, 39)},
		{"Fri, 31 Dec 9999 23:59:59 GMT", at(9999, 12, 31, 23, 59, 59)},
		{"Mon, 06 Nov 1994 08:49:37 GMT", 784111777}, // the wrong day of the week

		// RFC 9111, section 4.2: any case.
		{"SUN, 06 nov 1994 08:49:37 gMt", 784111777},
		{"sunday, 06-NOV-94 08:49:37 gmt", 784111777},

		// Fifty years ahead, and a second more.
		{"Sunday, 22-Nov-76 12:00:00 GMT", at(2076, 11, 22, 12, 0, 0)},
		{"Sunday, 22-Nov-76 12:00:01 GMT", at(1976, 11, 22, 12, 0, 1)},
		{"Sunday, 22-Nov-75 12:00:01 GMT", at(2075, 11, 22, 12, 0, 1)},
		{"Sunday, 22-Nov-77 12:00:00 GMT", at(1977, 11, 22, 12, 0, 0)},
		{"Sunday, 22-Nov-00 12:00:00 GMT", at(2000, 11, 22, 12, 0, 0)},

		{"", bad},
		{"0", bad},
		{"-1", bad},
		{"Sun, 06 Nov 94 08:49:37 GMT", bad},
		{"Sun 06 Nov 1994 08:49:37 GMT", bad},
		{"Sun, 06  Nov  1994 08:49:37 GMT", bad},
		{"Sun, 06-Nov-1994 08:49:37 GMT", bad},
		{"Sun, 06 Nov 1994 08.49.37 GMT", bad},
		{"Sun, 06 Nov 1994 8:49:37 GMT", bad},
		{"Sun, 6 Nov 1994 08:49:37 GMT", bad},
		{"Sun, 06 Nov 1994 08:49:37 UTC", bad},
		{"Sun, 06 Nov 1994 08:49:37 AEST", bad},
		{"Sun, 06 Nov 1994 08:49:37 +0000", bad},
		{"Sun, 06 Nov 1994 08:49:37", bad},
		{"Sun, 06 Nov 1994 08:49:37 GMT ", bad},
		{" Sun, 06 Nov 1994 08:49:37 GMT", bad},
		{"Sun, 06 Nov 1994 24:00:00 GMT", bad},
		{"Sun, 06 Nov 1994 08:60:37 GMT", bad},
		{"Sun, 06 Nov 1994 08:49:61 GMT", bad},
		{"Sun, 00 Nov 1994 08:49:37 GMT", bad},
		{"Thu, 30 Feb 2024 08:49:37 GMT", bad},
		{"Wed, 29 Feb 2023 08:49:37 GMT", bad},
		{"Xxx, 06 Nov 1994 08:49:37 GMT", bad},
		{"Sun, 06 Xxx 1994 08:49:37 GMT", bad},
		{"Sun, 06 unN 1994 08:49:37 GMT", bad},
		{"Sun, 06 Nov -994 08:49:37 GMT", bad},
		{"Sun, +6 Nov 1994 08:49:37 GMT", bad},
		{"Sun,\t06 Nov 1994 08:49:37 GMT", bad},
		{"Sun, 06 Nov 1994 08:49:37 \x07MT", bad},
		{"Sun Nov   08:49:37 1994", bad},
		{"Sun Nov  x 08:49:37 1994", bad},
		{"Sun, 06-Nov-94 08:49:37 GMT", bad},
		{"Sunday, 06-Nov-9x 08:49:37 GMT", bad},
		{"Sunday 06-Nov-94 08:49:37 GMT", bad},
		{"Someday, 06-Nov-94 08:49:37 GMT", bad},
	} {
		got, ok := parseDate([]byte(c.in), now)
		if ok != (c.want != bad) || ok && got != c.want {
			t.Errorf("%q: %d %v, want %d", c.in, got, ok, c.want)
		}
	}
}

func TestDateDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 64)
	for _, in := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "0"} {
		v := []byte(in)
		if n := testing.AllocsPerRun(100, func() {
			unix, _ := ParseDate(v)
			buf = AppendDate(buf[:0], unix)
		}); n != 0 {
			t.Errorf("%s: %v allocations", in, n)
		}
	}
}

func FuzzDate(f *testing.F) {
	f.Add("Sun, 06 Nov 1994 08:49:37 GMT")
	f.Add("Sunday, 06-Nov-94 08:49:37 GMT")
	f.Add("Sun Nov  6 08:49:37 1994")
	f.Fuzz(func(t *testing.T, in string) {
		unix, ok := ParseDate([]byte(in))
		if !ok {
			return
		}
		again, ok := ParseDate(AppendDate(nil, unix))
		if !ok || again != unix {
			t.Errorf("%q: %d, then %d %v", in, unix, again, ok)
		}
		if std, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", in); err == nil && std.Unix() != unix {
			t.Errorf("%q: %d, by package time %d", in, unix, std.Unix())
		}
	})
}
