package cache

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/weirproxy/weir/message"
	"pgregory.net/rapid"
)

// A request waits for nobody who writes the index, be it a sweep.
func TestLookupWaitsForNoLock(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 1 << 20})
	mustStore(t, z, testKey("/"), tagged(z))
	mustStore(t, z, testKey("/gone"), tagged(z))
	z.settle()
	if err := z.Purge(Purge{Ban: &Ban{Prefix: "/gone"}, Hard: true}, testNow); err != nil {
		t.Fatal(err)
	}
	for i := range z.shards {
		z.shards[i].mu.Lock()
	}
	here, gone, none := get(z, testKey("/")), get(z, testKey("/gone")), get(z, testKey("/none"))
	for i := range z.shards {
		z.shards[i].mu.Unlock()
	}
	if here.Entry == nil || gone.Entry != nil || none.Entry != nil {
		t.Errorf("found %+v, %+v and %+v", here, gone, none)
	}
	get(z, testKey("/gone"))
	if s := z.Stats(); s.Entries != 1 {
		t.Errorf("%+v", s)
	}
}

// Between few slots, whoever goes through a shard, or gives it a larger table,
// lets others in.
func TestSweepsTakeBreath(t *testing.T) {
	var sh shard
	sh.open(nil, 64)
	const slots = 20 * breath
	for range slots {
		sh.linkLocked(&slot{hash: rand.Uint64() & hashMask})
	}
	seen, before := 0, 0
	pause := func(what string, n int) {
		t.Helper()
		if n > 2*breath {
			t.Fatalf("%s: %d at once", what, n)
		}
		if !sh.mu.TryLock() {
			t.Fatalf("%s: locked", what)
		}
		sh.mu.Unlock()
	}
	for at := 0; at < 64; {
		at = sh.some(at, 64, func(*slot) { seen++ })
		pause("sweep", seen-before)
		before = seen
	}
	if seen != slots {
		t.Errorf("saw %d of %d", seen, slots)
	}
	// As resize does it.
	sh.table.Store(&table{buckets: sh.table.Load().buckets, next: make([]bucket, 1<<16)})
	steps := 1
	for ; !sh.grow(breath); steps++ {
		pause("grow", 0)
	}
	if steps < slots/(2*breath) {
		t.Errorf("moved in %d steps", steps)
	}
	seen = 0
	if sh.each(func(*slot) { seen++ }); seen != slots {
		t.Errorf("saw %d of %d", seen, slots)
	}
}

// Whatever happens to a shard between the steps of a sweep, it sees once what is
// there from its start to its end; and a table that grows has what it should.
func TestSweepBesideChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var sh shard
		size := 1 << rapid.IntRange(4, 8).Draw(t, "size")
		sh.open(nil, size)
		there := make(map[uint64]*slot)
		add := func(n int) {
			for range n {
				s := &slot{hash: rapid.Uint64Range(0, hashMask).Draw(t, "hash")}
				if there[s.hash] == nil {
					sh.linkLocked(s)
					there[s.hash] = s
				}
			}
		}
		add(rapid.IntRange(0, 100).Draw(t, "slots"))
		seen, all := make(map[uint64]int), make(map[uint64]bool)
		for h := range there {
			all[h] = true
		}
		growing := false
		for at := 0; at < size; {
			// A step of one class, so that there are many.
			sh.table.Load().class(at, size, func(s *slot) { seen[s.hash]++ })
			at++
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				add(rapid.IntRange(0, 5).Draw(t, "more"))
			case 1:
				for h, s := range there {
					sh.unlinkLocked(s)
					delete(there, h)
					delete(all, h)
					break
				}
			case 2:
				if tab := sh.table.Load(); !growing && len(tab.buckets) < 1<<12 {
					sh.table.Store(&table{buckets: tab.buckets, next: make([]bucket, 4*len(tab.buckets))})
					growing = true
				}
			case 3:
				if growing {
					growing = !sh.grow(rapid.IntRange(1, 100).Draw(t, "step"))
				}
			}
		}
		for h := range all {
			if seen[h] != 1 {
				t.Fatalf("saw a slot %d times", seen[h])
			}
		}
		n := 0
		sh.eachLocked(func(s *slot) { n++ })
		for h, s := range there {
			if sh.find(h) != s {
				t.Fatal("a slot is not found")
			}
		}
		if n != len(there) {
			t.Fatalf("%d slots of %d", n, len(there))
		}
	})
}

// Entries are found, replaced and purged while the index grows.
func TestZoneWhileItGrows(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 4 << 20})
	for i := range 1000 {
		mustStore(t, z, testKey(fmt.Sprint("/", i)), tagged(z))
	}
	z.settle()
	for i := range z.shards {
		sh := &z.shards[i]
		tab := sh.table.Load()
		sh.table.Store(&table{buckets: tab.buckets, next: make([]bucket, 64*len(tab.buckets))})
	}
	for i := range z.shards[:shardCount/2] {
		for !z.shards[i].grow(5) && i%2 == 0 {
		}
	}
	for i := range 1000 {
		key := testKey(fmt.Sprint("/", i))
		if f := get(z, key); f.Entry == nil {
			t.Fatal("not found")
		}
		mustStore(t, z, key, tagged(z, "red"))
	}
	if err := z.Purge(Purge{All: true, Hard: true}, testNow); err != nil {
		t.Fatal(err)
	}
	z.log.sweeper.done.Wait()
	if f, _ := z.Lookup(testKey("/1"), &message.Request{}, nil, testNow); f.Entry != nil || z.Stats().Entries != 0 {
		t.Errorf("found %+v: %+v", f, z.Stats())
	}
}
