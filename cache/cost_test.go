package cache

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/weirproxy/weir/message"
)

// The classes of sizes are the runtime's own; append shows them.
func TestHeapSizesAreTheRuntimes(t *testing.T) {
	for n := 1; n < 100_000; n += 1 + n/97 {
		if have, want := heapSize(n), int64(cap(append([]byte(nil), make([]byte, n)...))); have != want {
			t.Errorf("heapSize(%d) = %d, the runtime has %d", n, have, want)
		}
		if n%16 != 0 {
			continue
		}
		p := cap(append([]string(nil), make([]string, n/16)...)) * 16
		if have := pointersSize(n); have < int64(p) || have > int64(p)+16 {
			t.Errorf("pointersSize(%d) = %d, the runtime has %d", n, have, p)
		}
	}
}

// sized makes an entry as one arrives: lines of their own, fields that point
// into them, a body in one piece.
func sized(head, body, tags int) *Entry {
	e := testEntry("")
	e.Lines = bytes.Repeat([]byte("a: b\r\n"), head/6+1)
	for i := range head/60 + 1 {
		e.Fields = append(e.Fields, message.Field{Name: e.Lines[i : i+1], Value: e.Lines[i+1 : i+2]})
	}
	for i := range tags {
		e.Tags = append(e.Tags, strings.Repeat("t", 8+i%32)+fmt.Sprint(i))
	}
	e.body = [][]byte{make([]byte, body)}
	e.Length = int64(body)
	return e
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What the zone counts is what the process holds, whatever the sizes are.
func TestBytesAreTheTruth(t *testing.T) {
	const memory = 48 << 20
	for name, make := range map[string]func() *Entry{
		"tiny":         func() *Entry { return sized(0, 1, 0) },
		"above a page": func() *Entry { return sized(300, 32<<10+1, 0) },
		"many fields":  func() *Entry { return sized(4000, 10, 0) },
		"many tags":    func() *Entry { return sized(100, 10, 64) },
		"mixed":        func() *Entry { return sized(rand.IntN(2000), 1<<rand.IntN(19), rand.IntN(8)) },
	} {
		t.Run(name, func(t *testing.T) {
			empty := heapInUse()
			z := openZone(t, ZoneSpec{Name: "z", Memory: memory})
			base := heapInUse()
			var key []byte
			for i := range 150_000 {
				key = append(key[:0], testKey(fmt.Sprint("/", i))...)
				z.Store(key, make(), testNow)
				if i%512 == 0 {
					z.settle()
					if z.counts.evicted.Load() > 2000 {
						break
					}
				}
			}
			z.settle()
			held, s := heapInUse()-base, z.Stats()
			t.Logf("counted %d, held %d (%.3f), %d keys, base %d", s.Bytes, held,
				float64(held)/float64(s.Bytes), s.Entries, base-empty)
			if ratio := float64(held) / float64(s.Bytes); ratio > 1.05 || ratio < 0.75 {
				t.Errorf("ratio %.3f", ratio)
			}
			if s.Bytes > memory+memory/16 {
				t.Errorf("counted %d of %d", s.Bytes, memory)
			}
			runtime.KeepAlive(z)
		})
	}
}

// Small entries leave ristretto's maps large: those that follow get less.
func TestMapsThatStayAreCounted(t *testing.T) {
	const memory = 48 << 20
	base := heapInUse()
	z := openZone(t, ZoneSpec{Name: "z", Memory: memory})
	fill := func(n, body int) {
		for i := range n {
			z.Store(testKey(fmt.Sprint("/", body, "/", i)), sized(0, body, 0), testNow)
			if i%256 == 0 {
				z.settle()
			}
		}
	}
	fill(60_000, 1)
	fill(4_000, 100<<10)
	z.settle()
	if held := heapInUse() - base; held > memory+memory/8 {
		t.Errorf("held %d of %d: %+v", held, memory, z.Stats())
	}
	runtime.KeepAlive(z)
}
