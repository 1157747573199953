package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A plan says what is asked for. Every request follows from its number.
type plan struct {
	largest int // the largest body that is stored
	padding string
	ranges  string
}

// largestObject is what weir makes of max_object: auto.
func largestObject(budget int64) int { return int(min(8<<20, budget/64)) }

func newPlan(budget int64) *plan {
	var ranges []string
	for i := range 1000 {
		ranges = append(ranges, fmt.Sprintf("%d-%d", 2*i, 2*i))
	}
	return &plan{
		largest: largestObject(budget),
		padding: strings.Repeat("x", 6<<10),
		ranges:  "bytes=" + strings.Join(ranges, ","),
	}
}

// An ask is one request and what its response has to be.
type ask struct {
	kind    byte // what the origin makes of it, see the constants
	size    int  // of the body
	number  int64
	padding string // at the end of the URL
	fields  string // field lines, each with its CRLF
}

// The kinds of responses.
const (
	declared  = 'd' // with Content-Length
	chunked   = 'c' // without
	manyLines = 'f' // hundreds of small fields
	manyTags  = 't' // tags that nothing else has
	varying   = 'v' // varies by ten fields
)

// path is the request target.
func (a *ask) path() string {
	return "/" + string(a.kind) + "/" + strconv.Itoa(a.size) + "/" + strconv.FormatInt(a.number, 10) + "/" + a.padding
}

// sizeClasses are some of those in which the allocator hands out memory: a byte
// more takes the next.
var sizeClasses = []int{64, 128, 256, 512, 1024, 1536, 2048, 3072, 4096, 5376, 6784, 8192, 10240, 13568, 16384, 20480, 24576, 28672, 32768}

// Numbers of requests that are made again and again, above all others.
const (
	hotNumber    = int64(1) << 40
	rangedNumber = int64(2) << 40
	slowNumber   = int64(3) << 40
)

const (
	rangedSize = 256 << 10
	varyURLs   = 50
)

// flood is the nth request of the flood.
func (p *plan) flood(n int64) ask {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	switch pick := r.IntN(4000); {
	case pick == 0:
		return ask{kind: declared, size: p.largest - r.IntN(2), number: n}
	case pick == 1:
		return ask{kind: chunked, size: p.largest - 1 + r.IntN(3), number: n}
	case pick < 4:
		return ask{kind: declared, size: rangedSize, number: rangedNumber, fields: "Range: " + p.ranges + "\r\n"}
	case pick < 200:
		return ask{kind: varying, size: 1, number: n % varyURLs, fields: varyFields(n)}
	case pick < 600:
		return ask{kind: manyLines, size: 1 + r.IntN(64), number: n}
	case pick < 1000:
		return ask{kind: manyTags, size: 1, number: n}
	case pick < 1400:
		return ask{kind: declared, size: 1, number: n, padding: p.padding[:r.IntN(len(p.padding))]}
	case pick < 2200:
		return ask{kind: chunked, size: 1 + r.IntN(1<<(1+r.IntN(16))), number: n}
	}
	return ask{kind: declared, size: 1 + sizeClasses[r.IntN(len(sizeClasses))], number: n}
}

// varyNames are what the varying responses vary by.
const varyLines = 10

func varyFields(n int64) string {
	var b strings.Builder
	for i := range varyLines {
		fmt.Fprintf(&b, "X-Bomb-%d: %d%s\r\n", i, n, strings.Repeat("v", 200))
	}
	return b.String()
}

// The hot set: some megabytes.
const hotObjects = 200

func (p *plan) hot(i int) ask {
	i %= hotObjects
	return ask{kind: declared, size: 4<<10 + i*100, number: hotNumber + int64(i)}
}

// slow is what slow clients ask for: the largest there is, each something else.
func (p *plan) slow(i int64) ask {
	return ask{kind: declared, size: p.largest - 1, number: slowNumber + i}
}
