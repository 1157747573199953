package cache

import (
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/weirproxy/weir/message"
)

// What follows reads RFC 9111, section 4.2, a second time, as a table and with
// nothing of the package: on big integers, net/http's dates and directives whose
// meaning is known because they are made here.

// A made is a directive as it is written and what it means.
type made struct {
	text, name string
	seconds    string // its argument, when it is delta-seconds
	broken     bool   // a lifetime whose argument is not
}

var madeDirectives = []made{
	{text: "max-age=0", name: "max-age", seconds: "0"},
	{text: "max-age=60", name: "max-age", seconds: "60"},
	{text: "MAX-AGE=60", name: "max-age", seconds: "60"},
	{text: `max-age="60"`, name: "max-age", seconds: "60"},
	{text: "max-age=00061", name: "max-age", seconds: "61"},
	{text: "max-age=2147483647", name: "max-age", seconds: "2147483647"},
	{text: "max-age=4294967297", name: "max-age", seconds: "4294967297"},
	{text: "max-age=18446744073709551617", name: "max-age", seconds: "18446744073709551617"},
	{text: "max-age=-1", name: "max-age", broken: true},
	{text: "max-age=1.5", name: "max-age", broken: true},
	{text: "max-age", name: "max-age", broken: true},
	{text: "s-maxage=30", name: "s-maxage", seconds: "30"},
	{text: "S-MaxAge=31", name: "s-maxage", seconds: "31"},
	{text: "s-maxage='30'", name: "s-maxage", broken: true},
	{text: "must-revalidate", name: "must"},
	{text: "proxy-revalidate", name: "must"},
	{text: "public", name: "public"},
	{text: "foo", name: "foo"},
	{text: `foo="max-age=1, s-maxage=2"`, name: "foo"},
	{text: "max-ages=5", name: "foo"},
}

// A sample is a response and when it was received.
type sample struct {
	directives           []made
	dates, expires, ages []string
	modified             string
	delay                int64 // seconds
	share                float64
}

func drawSample(t *rapid.T) sample {
	date := rapid.Custom(func(t *rapid.T) string {
		at := wall.Add(time.Duration(rapid.Int64Range(-500, 500).Draw(t, "at")) * time.Second)
		layout := rapid.SampledFrom([]string{http.TimeFormat, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC}).Draw(t, "layout")
		return at.UTC().Format(layout)
	})
	odd := rapid.SampledFrom([]string{
		"0", "", "Sun, 22 Nov 2026 12:00:00 UTC", "Sun, 22 Nov 26 12:00:00 GMT",
		"Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
	})
	some := rapid.SliceOfN(rapid.OneOf(date, date, odd), 0, 2)
	return sample{
		directives: rapid.SliceOfN(rapid.SampledFrom(madeDirectives), 0, 3).Draw(t, "directives"),
		dates:      some.Draw(t, "dates"),
		expires:    some.Draw(t, "expires"),
		ages:       rapid.SliceOfN(rapid.SampledFrom([]string{"0", "7", "90", "x", "-3", "1.0", "9999999999"}), 0, 2).Draw(t, "ages"),
		modified:   rapid.OneOf(rapid.Just("-"), date, odd).Draw(t, "modified"),
		delay:      rapid.Int64Range(0, 20).Draw(t, "delay"),
		share:      rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "share"),
	}
}

// fields are the field lines of the sample, a directive a line or all in one.
func (s *sample) fields(oneLine bool) []message.Field {
	var texts, lines []string
	for _, d := range s.directives {
		texts = append(texts, d.text)
	}
	if oneLine {
		texts = []string{strings.Join(texts, " ,\t")}
	}
	add := func(name string, values ...string) {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	add("Cache-Control", texts...)
	add("Date", s.dates...)
	add("Expires", s.expires...)
	add("Age", s.ages...)
	if s.modified != "-" {
		add("Last-Modified", s.modified)
	}
	return fieldLines(lines...)
}

// all returns what was said by the directives of that name.
func (s *sample) all(name string) (found []made) {
	for _, d := range s.directives {
		if d.name == name {
			found = append(found, d)
		}
	}
	return found
}

// moment is an HTTP-date in seconds before or after wall, nil when it is invalid.
func moment(v string) *big.Int {
	t, err := http.ParseTime(v)
	if err != nil || strings.Contains(v, "UTC") {
		return nil
	}
	return big.NewInt(t.Unix() - wall.Unix())
}

// extreme is the least (sign 1) or greatest (sign -1) of the valid dates; unless
// there is one, arrival.
func extreme(dates []string, sign int) *big.Int {
	var best *big.Int
	for _, v := range dates {
		if m := moment(v); m != nil && (best == nil || m.Cmp(best)*sign < 0) {
			best = m
		}
	}
	if best == nil {
		return new(big.Int)
	}
	return best
}

func number2(v string) *big.Int {
	n, ok := new(big.Int).SetString(v, 10)
	if !ok || n.Sign() < 0 {
		return nil
	}
	return n
}

// agreed is the number that all of found say, nil when they do not.
func agreed(found []made) *big.Int {
	value := clip(number2(found[0].seconds)) // section 1.2.2: 2^31 at most
	for _, d := range found {
		if n := clip(number2(d.seconds)); n.Cmp(value) != 0 {
			return nil
		}
	}
	return value
}

// lifetimes is section 4.2.1 and 4.2.2: the first row that applies says the
// lifetime in seconds; nil: none can be told, the response is stale.
var lifetimes = []struct {
	section  string
	applies  func(s *sample) bool
	lifetime func(s *sample) *big.Int
}{
	{"4.2.1, invalid freshness information", func(s *sample) bool {
		for _, d := range s.directives {
			if d.broken {
				return true
			}
		}
		return false
	}, func(*sample) *big.Int { return nil }},
	{"4.2.1, s-maxage or max-age more than once", func(s *sample) bool {
		for _, name := range []string{"s-maxage", "max-age"} {
			if found := s.all(name); len(found) > 0 && agreed(found) == nil {
				return true
			}
		}
		return false
	}, func(*sample) *big.Int { return nil }},
	{"4.2.1, shared and s-maxage",
		func(s *sample) bool { return len(s.all("s-maxage")) > 0 },
		func(s *sample) *big.Int { return agreed(s.all("s-maxage")) }},
	{"4.2.1, max-age",
		func(s *sample) bool { return len(s.all("max-age")) > 0 },
		func(s *sample) *big.Int { return agreed(s.all("max-age")) }},
	{"5.3, an invalid Expires is in the past", func(s *sample) bool {
		for _, v := range s.expires {
			if moment(v) == nil {
				return true
			}
		}
		return false
	}, func(*sample) *big.Int { return nil }},
	{"4.2.1, Expires minus Date",
		func(s *sample) bool { return len(s.expires) > 0 },
		func(s *sample) *big.Int { return new(big.Int).Sub(extreme(s.expires, 1), extreme(s.dates, -1)) }},
	{"4.2.2, heuristic, half of the time from Last-Modified, unless that is 1970, to Date or arrival",
		func(s *sample) bool {
			m := moment(s.modified)
			return s.share > 0 && m != nil && m.Int64() != -wall.Unix()
		},
		func(s *sample) *big.Int {
			until := extreme(s.dates, 1)
			if until.Sign() > 0 {
				until = new(big.Int)
			}
			return new(big.Int).Div(until.Sub(until, moment(s.modified)), big.NewInt(2))
		}},
	{"no explicit expiration time", func(*sample) bool { return true }, func(*sample) *big.Int { return nil }},
}

// initialAge2 is section 4.2.3 in its own words.
func (s *sample) initialAge2() *big.Int {
	ageValue := new(big.Int)
	for _, v := range s.ages {
		if n := number2(v); n != nil {
			ageValue = clip(n)
			break
		}
	}
	apparentAge := clip(new(big.Int).Neg(extreme(s.dates, 1)))
	correctedAgeValue := new(big.Int).Add(ageValue, big.NewInt(s.delay))
	if apparentAge.Cmp(correctedAgeValue) > 0 {
		return apparentAge
	}
	return correctedAgeValue
}

// clip bounds n by 0 and 2^31.
func clip(n *big.Int) *big.Int {
	limit := new(big.Int).Lsh(big.NewInt(1), 31)
	switch {
	case n == nil || n.Sign() < 0:
		return new(big.Int)
	case n.Cmp(limit) > 0:
		return limit
	}
	return n
}

func TestFreshnessReadTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t)
		p := &Policy{Heuristic: s.share, HeuristicMax: 1 << 62}
		sent := rapid.Int64Range(0, 1000).Draw(t, "sent") * second
		received := sent + s.delay*second
		res := &message.Response{Status: 200, Fields: s.fields(rapid.Bool().Draw(t, "one line"))}
		f, _ := p.Judge(&message.Request{Method: "GET"}, requestControl(""), res, Times{Sent: sent, Received: received, Wall: wall})

		row := 0
		for !lifetimes[row].applies(&s) {
			row++
		}
		lifetime := clip(lifetimes[row].lifetime(&s)).Int64()
		if got := int64(f.Lifetime / time.Second); got != lifetime {
			t.Fatalf("lifetime %d, want %d by %s", got, lifetime, lifetimes[row].section)
		}
		initial := s.initialAge2().Int64()
		if f.InitialAge != seconds(initial) {
			t.Fatalf("initial age %v, want %d s", f.InitialAge, initial)
		}

		// response_is_fresh = (freshness_lifetime > current_age)
		resident := rapid.OneOf(rapid.Int64Range(0, 200), rapid.Int64Range(0, 1<<32)).Draw(t, "resident")
		f.Lifetime = f.Lifetime.Truncate(time.Second)
		use, _ := p.Decide(requestControl(""), &f, 0, received+resident*second)
		if fresh := lifetime > initial+resident; fresh != (use == Serve) {
			t.Fatalf("%v after %d s: lifetime %d, initial age %d", use, resident, lifetime, initial)
		}
		if must := len(s.all("must")) > 0 || len(s.all("s-maxage")) > 0; must != f.MustRevalidate {
			t.Fatalf("MustRevalidate is %v", f.MustRevalidate)
		}
	})
}
