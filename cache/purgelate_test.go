package cache

import (
	"fmt"
	"testing"
)

// Purges of other keys do not matter to what is being fetched.
func TestPurgeOfAnotherKeyHitsNothingUnderWay(t *testing.T) {
	for _, hard := range []bool{false, true} {
		z := openZone(t, ZoneSpec{Name: "z", Memory: 16 << 20})
		var fetched []*Entry
		for range 500 {
			fetched = append(fetched, tagged(z))
		}
		for i := range 10_000 {
			if err := z.Purge(Purge{Key: testKey(fmt.Sprint("/other/", i)), Hard: hard}, testNow); err != nil {
				t.Fatal(err)
			}
		}
		for i, e := range fetched {
			key := testKey(fmt.Sprint("/", i))
			if z.Struck(key, e) {
				t.Fatalf("hard=%v: struck", hard)
			}
			if d := z.Store(key, e, testNow); d != None {
				t.Fatalf("hard=%v: %v", hard, d)
			}
			if f := get(z, key); f.Entry == nil || f.Purged != 0 {
				t.Fatalf("hard=%v: %+v", hard, f)
			}
		}
	}
}

// However many keys are purged, no purge is forgotten, and what is remembered
// stays bounded.
func TestLatePurgesAreBounded(t *testing.T) {
	var l latePurges
	e := func() *Entry { return &Entry{} } // asked for before any
	const keys = uint64(4 * lateWays * len(l))
	for i := range keys {
		l.add(i<<32, strike{hard: i%2 == 0, at: testNow}, i+1)
	}
	for i := range l {
		if n := len(l[i].purges); n != lateWays {
			t.Errorf("%d in a cell", n)
		}
	}
	for i := range keys {
		early := e()
		l.apply(i<<32, early)
		if purged := early.stored.purged.Load(); purged == 0 || i%2 == 0 && purged != hardPurged {
			t.Fatalf("purge %d is forgotten", i)
		}
		late := e()
		late.SetSerial(keys)
		if l.apply(i<<32, late); late.stored.purged.Load() != 0 {
			t.Fatal("struck by purges before it")
		}
	}
}

// Of a key that is purged in both ways, what was asked for before the one for good
// is gone, and what was after that is stale.
func TestLatePurgesOfBothKinds(t *testing.T) {
	var l latePurges
	l.add(1, strike{hard: true}, 5)
	l.add(1, strike{at: testNow}, 7)
	for serial, want := range map[uint64]int64{4: hardPurged, 5: testNow, 6: testNow, 7: 0} {
		e := &Entry{}
		e.SetSerial(serial)
		if l.apply(1, e); e.stored.purged.Load() != want {
			t.Errorf("asked for after %d: %d, want %d", serial, e.stored.purged.Load(), want)
		}
	}
	if n := len(l.cell(1).purges); n != 2 {
		t.Errorf("%d are remembered", n)
	}
	l.add(1, strike{at: testNow + 1}, 8)
	if n := len(l.cell(1).purges); n != 2 {
		t.Errorf("%d are remembered after the same again", n)
	}
}
