package cache

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
)

// testNow is a time in the tests: a monotonic clock that began some time ago.
const testNow = int64(1000 * time.Hour)

func openZone(t testing.TB, spec ZoneSpec) *Zone {
	t.Helper()
	z := NewZone(spec)
	if err := z.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(z.Close)
	return z
}

// settle waits until admission has looked at all that was stored.
func (z *Zone) settle() {
	for _, a := range z.caches {
		a.cache.Wait()
	}
}

// testEntry is an entry that is fresh for an hour from testNow on.
func testEntry(body string) *Entry {
	return &Entry{
		Status: 200, Length: int64(len(body)), body: [][]byte{[]byte(body)}, Dated: 1,
		Fresh: Freshness{Received: testNow, Lifetime: time.Hour},
	}
}

func testKey(target string) []byte {
	s := KeySpec{Route: "r"}
	return s.Append(nil, &KeyInput{Scheme: "https", Authority: []byte("example.com"), Target: []byte(target)})
}

func get(z *Zone, key []byte, fields ...message.Field) Found {
	f, _ := z.Lookup(key, &message.Request{Fields: fields}, nil, testNow)
	return f
}

func bodyOf(e *Entry) string {
	if e == nil {
		return "(none)"
	}
	return string(bytes.Join(e.Body(), nil))
}

func mustStore(t testing.TB, z *Zone, key []byte, e *Entry) {
	t.Helper()
	e.SetSerial(z.Serial())
	if d := z.Store(key, e, testNow); d != None {
		t.Fatalf("Store: %v", d)
	}
}

func TestLookupFindsWhatWasStored(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 16 << 20})
	for i := range 1000 {
		mustStore(t, z, testKey(fmt.Sprint("/", i)), testEntry(fmt.Sprint("body ", i)))
	}
	z.settle()
	for i := range 1000 {
		if f := get(z, testKey(fmt.Sprint("/", i))); bodyOf(f.Entry) != fmt.Sprint("body ", i) {
			t.Fatalf("%d: %s", i, bodyOf(f.Entry))
		}
	}
	if f := get(z, testKey("/x")); f.Entry != nil || f.Miss != URIMiss {
		t.Errorf("found %+v", f)
	}
	if s := z.Stats(); s.Entries != 1000 || s.Queued != 0 || s.Stored != 1000 {
		t.Errorf("%+v", s)
	}
}

func BenchmarkLookup(b *testing.B) {
	z := openZone(b, ZoneSpec{Name: "z", Memory: 64 << 20})
	req := &message.Request{}
	var keys [][]byte
	for i := range 1024 {
		keys = append(keys, testKey(fmt.Sprint("/some/path/that/is/typical/", i)))
		mustStore(b, z, keys[i], testEntry("body"))
	}
	z.settle()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var scratch []byte
		now, i := testNow, 0
		for pb.Next() {
			i++
			now += 10000
			var f Found
			if f, scratch = z.Lookup(keys[i&1023], req, scratch, now); f.Entry == nil {
				b.Fatal("miss")
			}
		}
	})
	runtime.KeepAlive(z)
}
