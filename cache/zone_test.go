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

// varied is an entry for requests whose X-V is value.
func varied(value, body string, dated int64) *Entry {
	e := testEntry(body)
	e.Dated, e.Vary = dated, []byte("x-v")
	e.Variant = AppendVariant(nil, e.Vary, &message.Request{Fields: xv(value)})
	return e
}

func xv(value string) []message.Field {
	return []message.Field{{Name: []byte("X-V"), Value: []byte(value)}}
}

func TestLookupChoosesAmongVariants(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
	key := testKey("/")
	mustStore(t, z, key, varied("a", "first a", 10))
	mustStore(t, z, key, varied("b", "b", 20))
	mustStore(t, z, key, varied("a", "second a", 15))
	if f := get(z, key, xv("a")...); bodyOf(f.Entry) != "second a" {
		t.Errorf("a: %s", bodyOf(f.Entry))
	}
	if f := get(z, key, xv("b")...); bodyOf(f.Entry) != "b" || string(f.Vary) != "x-v" {
		t.Errorf("b: %s, %s", bodyOf(f.Entry), f.Vary)
	}
	if f := get(z, key, xv("c")...); f.Entry != nil || f.Miss != VaryMiss || string(f.Vary) != "x-v" {
		t.Errorf("c: %+v", f)
	}
	none := varied("d", "for nobody", 30)
	none.Vary, none.Variant = []byte("*"), AppendVariant(nil, []byte("*"), &message.Request{})
	mustStore(t, z, key, none)
	if f := get(z, key); f.Entry != nil || f.Miss != VaryMiss {
		t.Errorf("*: %+v", f)
	}
	all := testEntry("for all")
	all.Dated = 17
	mustStore(t, z, key, all)
	for value, want := range map[string]string{"a": "for all", "b": "b", "c": "for all"} {
		if f := get(z, key, xv(value)...); bodyOf(f.Entry) != want {
			t.Errorf("%s: %s, want the newest, %s", value, bodyOf(f.Entry), want)
		}
	}
}

func TestVariantsAreBounded(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 8 << 20, MaxObject: 64 << 10})
	for i := range maxVariants + 1 {
		mustStore(t, z, testKey("/"), varied(fmt.Sprint(i), "x", int64(i+1)))
		if f := get(z, testKey("/"), xv("0")...); (f.Entry == nil) != (i == maxVariants) {
			t.Errorf("after %d variants the oldest is gone: %v", i+1, f.Entry == nil)
		}
	}
	// Together they take no more than an object may.
	for i := range 5 {
		mustStore(t, z, testKey("/large"), varied(fmt.Sprint(i), string(make([]byte, 40<<10)), int64(i+1)))
	}
	for i := range 5 {
		if f := get(z, testKey("/large"), xv(fmt.Sprint(i))...); (f.Entry != nil) != (i >= 2) {
			t.Errorf("large %d: %v", i, f.Entry != nil)
		}
	}
}

// Two keys of one hash take turns.
func TestKeysOfOneHashAreToldApart(t *testing.T) {
	a, b := testEntry("a"), testEntry("b")
	one := (*bundle)(nil).with([]byte("one"), a, 1<<20)
	two := one.with([]byte("two"), b, 1<<20)
	if string(two.key) != "two" || len(two.entries) != 1 || two.has(a) || !two.has(b) {
		t.Errorf("%+v", two)
	}
	z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
	mustStore(t, z, testKey("/"), a)
	h := z.hash(testKey("/"))
	z.shard(h).find(h).bundle.Store(one)
	if f := get(z, testKey("/")); f.Entry != nil {
		t.Error("found what is stored under another key")
	}
}

func TestObjectsAreBounded(t *testing.T) {
	for _, c := range []struct{ memory, max, want int64 }{
		{64 << 20, 0, 1 << 20}, {4 << 30, 0, 8 << 20}, {64 << 20, 5 << 20, 5 << 20},
		{64 << 20, 64 << 20, 8 << 20}, {64 << 20, -1, 1 << 20}, {0, 0, 1 << 10}, {-5, 1, 1},
	} {
		if have := NewZone(ZoneSpec{Memory: c.memory, MaxObject: c.max}).MaxObject(); have != c.want {
			t.Errorf("%+v: %d, want %d", c, have, c.want)
		}
	}
	z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
	for n, want := range map[int64]Detail{z.MaxObject(): None, z.MaxObject() + 1: TooLarge} {
		if d := z.Store(testKey("/"), testEntry(string(make([]byte, n))), testNow); d != want {
			t.Errorf("%d bytes: %v, want %v", n, d, want)
		}
	}
}

// Without room in the index, or in ristretto's queue, nothing is stored.
func TestStoreNeedsRoom(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 64 << 20})
	// ristretto waits for the lock of a shard.
	last := &z.shards[shardCount-1]
	stored, noRoom := 0, 0
	store := func(i int) {
		key := testKey(fmt.Sprint("/", i))
		if z.shard(z.hash(key)) == last {
			return
		}
		switch d := z.Store(key, testEntry("x"), testNow); d {
		case None:
			stored++
		case NoRoom:
			noRoom++
		default:
			t.Fatal(d)
		}
	}
	for i := 0; ; i++ {
		if key := testKey(fmt.Sprint("/first/", i)); z.shard(z.hash(key)) == last {
			last.mu.Lock()
			s := &slot{hash: z.hash(key), cost: slotCost}
			z.addLocked(last, s)
			last.cache.offerLocked(s, testNow)
			break
		}
	}
	for i := range 2 * maxNews {
		store(i)
	}
	last.mu.Unlock()
	if stored != maxNews-1 || noRoom == 0 {
		t.Errorf("stored %d, without room for %d", stored, noRoom)
	}
	z.settle()
	if s := z.Stats(); s.Queued != 0 || s.Dropped != uint64(noRoom) {
		t.Errorf("%+v", s)
	}
}

func TestClosedZoneHoldsNothing(t *testing.T) {
	z := NewZone(ZoneSpec{Name: "z", Memory: 1 << 20})
	for range 3 {
		if d := z.Store(testKey("/"), testEntry("x"), testNow); d != ClosedZone {
			t.Errorf("stored: %v", d)
		}
		if f := get(z, testKey("/")); f.Entry != nil || f.Miss != URIMiss {
			t.Errorf("found %+v", f)
		}
		for range 2 {
			if err := z.Open(); err != nil {
				t.Fatal(err)
			}
		}
		mustStore(t, z, testKey("/"), testEntry("x"))
		if f := get(z, testKey("/")); f.Entry == nil {
			t.Error("not found")
		}
		z.Close()
		z.Close()
		if s := z.Stats(); s.Bytes != 0 || s.Entries != 0 {
			t.Errorf("%+v", s)
		}
	}
}

func TestResizeKeepsWhatFits(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 8 << 20})
	for i := range 2000 {
		mustStore(t, z, testKey(fmt.Sprint("/", i)), testEntry(string(make([]byte, 2000))))
	}
	z.settle()
	before := z.Stats()
	z.Resize(ZoneSpec{Memory: 64 << 20})
	z.log.sweeper.done.Wait()
	for i := range 2000 {
		if f := get(z, testKey(fmt.Sprint("/", i))); f.Entry == nil {
			t.Fatal("a larger budget lost something")
		}
	}
	if s := z.Stats(); s.Bytes != before.Bytes || s.Capacity != 64<<20 {
		t.Errorf("%+v", s)
	}
	z.Resize(ZoneSpec{Memory: 2 << 20})
	z.log.sweeper.done.Wait()
	if s := z.Stats(); s.Bytes > 2<<20 || s.Bytes < 1<<20 {
		t.Errorf("%+v", s)
	}
	// It goes on.
	for i := range 50 {
		mustStore(t, z, testKey(fmt.Sprint("/new/", i)), testEntry("x"))
		z.settle()
	}
}

func TestUncacheableIsRememberedForAWhile(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
	key, until := testKey("/"), testNow+int64(time.Second)
	at := func(now int64) bool {
		f, _ := z.Lookup(key, &message.Request{}, nil, now)
		return f.Uncacheable
	}
	if at(testNow) {
		t.Error("marked from the start")
	}
	z.MarkUncacheable(key, until)
	if !at(testNow) || !at(until-1) || at(until+1<<untilBits) {
		t.Error("not from now until then")
	}
	if f := get(z, testKey("/other")); f.Uncacheable {
		t.Error("another key is")
	}
	e := testEntry("x")
	mustStore(t, z, key, e)
	if at(testNow) || at(testNow+int64(2*time.Hour)) {
		t.Error("still marked after a response was stored")
	}
	z.MarkUncacheable(key, testNow+int64(3*time.Hour))
	if at(testNow) || !at(testNow+int64(2*time.Hour)) {
		t.Error("it says so once the entry is stale, and not before")
	}
}

func TestHeldEntriesStayCounted(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
	e := testEntry(string(make([]byte, 10000)))
	mustStore(t, z, testKey("/"), e)
	cost := e.stored.cost
	detached := func(when string, want int64) {
		t.Helper()
		if have := z.Stats().Detached; have != want {
			t.Errorf("%s: %d, want %d", when, have, want)
		}
	}
	e.Hold()
	e.Hold()
	detached("stored", 0)
	if err := z.Purge(Purge{Key: testKey("/"), Hard: true}, testNow); err != nil {
		t.Fatal(err)
	}
	detached("dropped", cost)
	limit := z.limits.Load().pending
	if z.reserve(limit+1) || !z.reserve(limit) || z.reserve(1) {
		t.Error("what is held takes the place of what is pending, while there is other")
	}
	z.unreserve(limit)
	e.Release()
	detached("held by one", cost)
	e.Release()
	detached("released", 0)
	e.Hold()
	detached("held by one who found it before", cost)
	e.Release()
	detached("released", 0)
}

func TestLookupDoesNotAllocate(t *testing.T) {
	if raceDetector {
		t.Skip("sync.Pool forgets at random")
	}
	z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
	mustStore(t, z, testKey("/one"), tagged(z, "red"))
	for i := range 8 {
		mustStore(t, z, testKey("/eight"), varied(fmt.Sprint(i), "x", 1))
	}
	now := testNow
	scratch := make([]byte, 0, 64)
	for target, fields := range map[string][]message.Field{"/one": nil, "/eight": xv("0"), "/none": nil} {
		key, req := testKey(target), &message.Request{Fields: fields}
		if n := testing.AllocsPerRun(1000, func() {
			now += 1 << tickBits
			_, scratch = z.Lookup(key, req, scratch, now)
		}); n != 0 {
			t.Errorf("%s: %v allocations", target, n)
		}
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
