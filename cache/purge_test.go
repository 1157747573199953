package cache

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// tagged is an entry of a response that was asked for now.
func tagged(z *Zone, tags ...string) *Entry {
	e := testEntry("body")
	e.Tags = tags
	e.SetSerial(z.Serial())
	return e
}

func TestPurgeHitsWhatItNames(t *testing.T) {
	ban := func(authority, prefix, pattern string) Purge {
		return Purge{Ban: &Ban{Authority: authority, Prefix: prefix, Pattern: pattern}}
	}
	for _, c := range []struct {
		name  string
		purge Purge
		want  string // which of the entries below
	}{
		{"key", Purge{Key: testKey("/a")}, "/a"},
		{"tag", Purge{Tag: "red"}, "/a /b"},
		{"another tag", Purge{Tag: "blue"}, "/b"},
		{"a tag in another case", Purge{Tag: "Red"}, ""},
		{"group", Purge{Group: "g", Origin: "https://EXAMPLE.com"}, "/c"},
		{"group of another origin", Purge{Group: "g", Origin: "http://example.com"}, ""},
		{"tag that is only a group", Purge{Tag: "https://example.com\x00g"}, ""},
		{"ban by prefix", ban("", "/a", ""), "/a /a/x"},
		{"ban by pattern", ban("", "", "/*x"), "/a/x"},
		{"ban by host", ban("example.COM", "/c", ""), "/c"},
		{"ban by domain", ban("*.com", "/c", ""), "/c"},
		{"ban by another host", ban("*.example.com", "", ""), ""},
		{"all", Purge{All: true}, "/a /a/x /b /c"},
	} {
		for _, hard := range []bool{false, true} {
			t.Run(fmt.Sprint(c.name, " hard=", hard), func(t *testing.T) {
				z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
				mustStore(t, z, testKey("/a"), tagged(z, "red"))
				mustStore(t, z, testKey("/a/x"), tagged(z))
				mustStore(t, z, testKey("/b"), tagged(z, "red", "blue"))
				e := tagged(z, "g")
				e.Groups = []string{"g"}
				mustStore(t, z, testKey("/c"), e)
				c.purge.Hard = hard
				if err := z.Purge(c.purge, testNow+5); err != nil {
					t.Fatal(err)
				}
				var hit []string
				for _, target := range []string{"/a", "/a/x", "/b", "/c"} {
					f := get(z, testKey(target))
					switch {
					case hard && f.Entry == nil && f.Miss == URIMiss && f.Vary == nil:
						hit = append(hit, target)
					case !hard && f.Entry != nil && f.Purged == testNow+5:
						hit = append(hit, target)
					case f.Entry == nil || f.Purged != 0:
						t.Errorf("%s: %+v", target, f)
					}
				}
				if have := strings.Join(hit, " "); have != c.want {
					t.Errorf("hit %q, want %q", have, c.want)
				}
			})
		}
	}
}

// A response that was asked for before the purge is hit when it comes; one that
// was asked for after is not.
func TestPurgeHitsWhatIsUnderWay(t *testing.T) {
	for name, p := range map[string]Purge{
		"key": {Key: testKey("/a")}, "tag": {Tag: "red"}, "all": {All: true}, "ban": {Ban: &Ban{Prefix: "/"}},
	} {
		for _, hard := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " hard=", hard), func(t *testing.T) {
				z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
				early := tagged(z, "red")
				p.Hard = hard
				if err := z.Purge(p, testNow); err != nil {
					t.Fatal(err)
				}
				late := tagged(z, "red")
				want := None
				if hard {
					want = Superseded
				}
				if d := z.Store(testKey("/a"), early, testNow+1); d != want {
					t.Errorf("asked for before: %v, want %v", d, want)
				}
				if f := get(z, testKey("/a")); hard != (f.Entry == nil) || !hard && f.Purged != testNow {
					t.Errorf("asked for before: %+v", f)
				}
				mustStore(t, z, testKey("/a"), late)
				if f := get(z, testKey("/a")); f.Entry != late || f.Purged != 0 {
					t.Errorf("asked for after: %+v", f)
				}
			})
		}
	}
}

func TestInvalidateTakesAllVariantsOutOfUse(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
	mustStore(t, z, testKey("/"), tagged(z))
	z.Invalidate(testKey("/"), testNow)
	if f := get(z, testKey("/")); f.Entry != nil {
		t.Errorf("got %+v", f)
	}
}

func TestStruckTellsOfPurgesSinceTheFetchBegan(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
	for name, purge := range map[string]Purge{
		"key": {Key: testKey("/")}, "key, hard": {Key: testKey("/"), Hard: true}, "all": {All: true}, "tag": {Tag: "t"},
	} {
		before := tagged(z)
		before.Tags = []string{"t"}
		if z.Struck(testKey("/"), before) {
			t.Errorf("%s: struck by nothing", name)
		}
		if err := z.Purge(purge, testNow); err != nil {
			t.Fatal(err)
		}
		if !z.Struck(testKey("/"), before) {
			t.Errorf("%s: not struck", name)
		}
		if z.Struck(testKey("/"), tagged(z)) {
			t.Errorf("%s: what was asked for later is struck", name)
		}
	}
}

func TestPurgeIsRefusedThatSaysNothingOrTooMuch(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
	long := strings.Repeat("x", maxPattern)
	for _, c := range []struct {
		purge Purge
		want  error
	}{
		{Purge{}, errSelector},
		{Purge{Hard: true}, errSelector},
		{Purge{All: true, Tag: "x"}, errSelector},
		{Purge{Group: "g"}, errSelector},
		{Purge{Tag: "g", Origin: "https://example.com"}, errSelector},
		{Purge{Tag: long[:maxTag]}, nil},
		{Purge{Tag: long[:maxTag+1]}, errTag},
		{Purge{Group: long[:maxTag+1], Origin: "https://example.com"}, errTag},
		{Purge{Ban: &Ban{}}, errBan},
		{Purge{Ban: &Ban{Pattern: long}}, nil},
		{Purge{Ban: &Ban{Pattern: long + "x"}}, errPattern},
	} {
		if err := z.Purge(c.purge, testNow); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.purge, err, c.want)
		}
	}
}

// However many purges there are, none is forgotten, and the log stays bounded.
// Those that a sweep has time for hit nothing else.
func TestPurgeLogIsBounded(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 4 << 20})
	early := tagged(z, "tag 0")
	for i := range 200 {
		mustStore(t, z, testKey(fmt.Sprint("/", i)), tagged(z, fmt.Sprint("tag ", i)))
	}
	for i := range 3 * maxTagPurges {
		if err := z.Purge(Purge{Tag: fmt.Sprint("tag ", 2*i), Hard: i%4 == 0}, testNow); err != nil {
			t.Fatal(err)
		}
		if i%manyTagPurges == 0 {
			z.log.sweeper.done.Wait()
		}
	}
	for i := range 3 * maxBans {
		if err := z.Purge(Purge{Ban: &Ban{Pattern: fmt.Sprint("/banned/", i)}}, testNow); err != nil {
			t.Fatal(err)
		}
		if n := z.log.bans(); n > 2*maxBans {
			t.Fatalf("%d bans", n)
		}
		if i%manyBans == 0 {
			z.log.sweeper.done.Wait()
		}
	}
	for i := range 200 {
		f := get(z, testKey(fmt.Sprint("/", i)))
		if gone, stale := f.Entry == nil, f.Purged != 0; gone != (i%8 == 0) || stale != (i%2 == 0 && i%8 != 0) {
			t.Errorf("%d: gone %v, stale %v", i, gone, stale)
		}
	}
	if d := z.Store(testKey("/0"), early, testNow); d != Superseded {
		t.Errorf("what the log has forgotten might have hit it: %v", d)
	}
}

// Who purges waits for no sweep, be it that one does not get on at all; what is
// named is hit all the same, and the log stays bounded.
func TestPurgeWaitsForNoSweep(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 4 << 20})
	stuck := &z.shards[z.hash(testKey("/0"))>>(hashBits-shardBits)]
	stored := func(target string) bool { return z.shard(z.hash(testKey(target))) != stuck }
	for i := range 400 {
		mustStore(t, z, testKey(fmt.Sprint("/", i)), tagged(z, fmt.Sprint("tag ", i)))
	}
	z.settle()
	stuck.mu.Lock()
	purge := func(p Purge) {
		t.Helper()
		if err := z.Purge(p, testNow); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 * maxTagPurges {
		purge(Purge{Tag: fmt.Sprint("other ", i)})
	}
	// The log is full: these share marks with others.
	for i := range 100 {
		purge(Purge{Tag: fmt.Sprint("tag ", i), Hard: i%2 == 0})
	}
	for i := range 3 * maxBans {
		purge(Purge{Ban: &Ban{Authority: "other.example", Pattern: fmt.Sprint("/banned/", i)}, Hard: i%2 == 0})
	}
	for i := 100; i < 120; i++ {
		purge(Purge{Ban: &Ban{Pattern: fmt.Sprint("/", i)}, Hard: i%2 == 0})
	}
	l := &z.log
	if n := len(l.old.tags) + len(l.young.tags); n > 2*maxTagPurges {
		t.Errorf("%d purges by tag", n)
	}
	if n := l.bans(); n > 2*maxBans {
		t.Errorf("%d bans", n)
	}
	for i := range 120 {
		target := fmt.Sprint("/", i)
		if f := get(z, testKey(target)); stored(target) && f.Entry != nil && (i%2 == 0 || f.Purged == 0) {
			t.Errorf("%d: stale since %d", i, f.Purged)
		}
	}
	late := tagged(z, "tag 0")
	stuck.mu.Unlock()
	l.sweeper.done.Wait()
	purge(Purge{All: true, Hard: true})
	l.sweeper.done.Wait()
	if l.old.last != 0 || l.young.last != 0 || l.bans() != 0 {
		t.Error("the log is not empty after the sweeps")
	}
	late.SetSerial(z.Serial())
	mustStore(t, z, testKey("/0"), late)
	if f := get(z, testKey("/0")); f.Entry != late || f.Purged != 0 {
		t.Errorf("what is asked for now: %+v", f)
	}
}

// A wider ban matches what those matched that it took the place of.
func TestWiderBans(t *testing.T) {
	for _, c := range []struct{ one, other, want Ban }{
		{Ban{Authority: "a", Prefix: "/x/1"}, Ban{Authority: "a", Prefix: "/x/2"}, Ban{Authority: "a", Prefix: "/x/"}},
		{Ban{Authority: "a"}, Ban{Authority: "b"}, Ban{}},
		{Ban{Authority: "a", Prefix: "/x"}, Ban{Prefix: "/xy"}, Ban{Prefix: "/x"}},
		{Ban{Prefix: "/x", Pattern: "/xyz*a"}, Ban{Pattern: "/xyy"}, Ban{Prefix: "/xy"}},
		{Ban{Prefix: "/xy", Pattern: "*a"}, Ban{Prefix: "/xz"}, Ban{Prefix: "/x"}},
		{Ban{Pattern: "*.css"}, Ban{Pattern: "*.js"}, Ban{}},
	} {
		have := ban{Ban: c.one, serial: 2}.with(ban{Ban: c.other, serial: 1})
		if have.Ban != c.want || have.serial != 2 {
			t.Errorf("%+v and %+v: %+v", c.one, c.other, have)
		}
	}
	for _, one := range []bool{false, true} {
		for _, other := range []bool{false, true} {
			w := ban{strike: strike{hard: one}}.with(ban{strike: strike{hard: other}})
			if w.strike.hard != (one || other) {
				t.Errorf("%v and %v: %v", one, other, w.strike.hard)
			}
		}
	}
}

// What a purge for good leaves is freed when it is met, and by a sweep.
func TestHardPurgeFreesMemory(t *testing.T) {
	for _, p := range []Purge{{All: true, Hard: true}, {Tag: "red", Hard: true}} {
		z := openZone(t, ZoneSpec{Name: "z", Memory: 16 << 20})
		for i := range 2000 {
			mustStore(t, z, testKey(fmt.Sprint("/", i)), tagged(z, "red"))
		}
		z.settle()
		if err := z.Purge(p, testNow); err != nil {
			t.Fatal(err)
		}
		z.log.sweeper.done.Wait()
		for range 2 { // a request that finds the shard locked leaves it to the next one
			for i := range 2000 {
				if f := get(z, testKey(fmt.Sprint("/", i))); f.Entry != nil {
					t.Fatal("found what was purged")
				}
			}
			z.settle()
		}
		if s := z.Stats(); s.Entries != 0 || s.Bytes > 2000*slotCost {
			t.Errorf("%+v", s)
		}
	}
}

// The time a purge takes does not depend on how many entries it hits.
func BenchmarkPurgeTag(b *testing.B) {
	z := openZone(b, ZoneSpec{Name: "z", Memory: 256 << 20})
	for i := range 100_000 {
		mustStore(b, z, testKey(fmt.Sprint("/", i)), tagged(z, "red"))
		if i%4096 == 0 {
			z.settle()
		}
	}
	for b.Loop() {
		if err := z.Purge(Purge{Tag: "red"}, testNow+int64(time.Second)); err != nil {
			b.Fatal(err)
		}
	}
}
