package cache

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
	"go.uber.org/goleak"
)

// What is asked for again and again outlives a flood of what is asked for once.
func TestHotSetOutlivesFlood(t *testing.T) {
	if raceDetector {
		t.Skip("the pools in which ristretto gathers its counts forget at random")
	}
	z := openZone(t, ZoneSpec{Name: "z", Memory: 32 << 20})
	now, hits, asked := testNow, 0, 0
	ask := func(target string, size int) bool {
		now += int64(100 * time.Microsecond)
		key := testKey(target)
		f, _ := z.Lookup(key, &message.Request{}, nil, now)
		if f.Entry == nil {
			e := testEntry("")
			e.body = [][]byte{make([]byte, size)}
			z.Store(key, e, now)
		}
		return f.Entry != nil
	}
	for i := range 60_000 {
		if i%4 == 0 {
			hit := ask(fmt.Sprint("/hot/", i/4%500), 20<<10)
			if i > 10_000 {
				asked++
				if hit {
					hits++
				}
			}
		} else {
			ask(fmt.Sprint("/cold/", i), 1<<rand.IntN(18))
		}
		if i%64 == 0 {
			z.settle() // paced
		}
	}
	if ratio := float64(hits) / float64(asked); ratio < 0.95 {
		t.Errorf("hit ratio of the hot set %.3f", ratio)
	}
}

// A key whose cost has grown takes no more than it may.
func TestChangedCostsReachAdmission(t *testing.T) {
	const memory = 8 << 20
	z := openZone(t, ZoneSpec{Name: "z", Memory: memory})
	for _, size := range []int{10, 100 << 10, 10} {
		for i := range 500 {
			e := testEntry("")
			e.body = [][]byte{make([]byte, size)}
			z.Store(testKey(fmt.Sprint("/", i)), e, testNow)
			z.settle()
		}
		if s := z.Stats(); s.Bytes > memory+memory/16 || s.Dropped > 0 && size == 10 && s.Entries == 0 {
			t.Errorf("%+v", s)
		}
	}
	// ristretto evicts for what is new; it then has room for what is small.
	for i := range 2000 {
		mustStore(t, z, testKey(fmt.Sprint("/new/", i)), testEntry("x"))
		z.settle()
	}
	if s := z.Stats(); s.Entries < 2000 {
		t.Errorf("%+v", s)
	}
}

// Keys whose costs have grown do not keep new ones out, and a full zone takes
// the largest object.
func TestFullZoneTakesWhatIsNew(t *testing.T) {
	for name, stores := range map[string]func(z *Zone){
		"grown": func(z *Zone) {
			for _, size := range []int{7 << 10, 30 << 10} {
				for i := range 400 {
					z.Store(testKey(fmt.Sprint("/", i)), testEntry(string(make([]byte, size))), testNow)
					z.settle()
				}
			}
		},
		"filled": func(z *Zone) {
			for i := range 1000 {
				z.Store(testKey(fmt.Sprint("/", i)), testEntry(string(make([]byte, 15<<10))), testNow)
				z.settle()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			z := openZone(t, ZoneSpec{Name: "z", Memory: 8 << 20, MaxObject: 1 << 20})
			stores(z)
			e := testEntry(string(make([]byte, z.MaxObject())))
			d := z.Store(testKey("/new"), e, testNow)
			if z.log.sweeper.done.Wait(); d != None {
				d = z.Store(testKey("/new"), e, testNow)
			}
			if d != None {
				t.Errorf("%v; %+v", d, z.Stats())
			}
		})
	}
}

func TestTimeEndsWhatNobodyNeeds(t *testing.T) {
	for _, c := range []struct {
		name string
		e    func() *Entry
		want time.Duration
	}{
		{"fresh for a minute", func() *Entry { return lasting(time.Minute, 0, 0) }, time.Minute},
		{"with grace", func() *Entry { return lasting(time.Minute, time.Hour, 2*time.Hour) }, time.Minute + 2*time.Hour},
		{"with a validator", func() *Entry {
			e := lasting(time.Minute, 0, 0)
			e.ETag = []byte(`"x"`)
			return e
		}, time.Minute + keepForValidation},
		{"over already", func() *Entry { return lasting(-time.Hour, 0, 0) }, time.Second},
		{"for ever", func() *Entry { return lasting(1<<31*time.Second, 0, 1<<31*time.Second) }, longest},
	} {
		if have := expiryOf(c.e(), testNow) - testNow; time.Duration(have) != c.want {
			t.Errorf("%s: %v, want %v", c.name, time.Duration(have), c.want)
		}
	}
	for _, d := range []time.Duration{0, time.Second, time.Minute, time.Hour, longest} {
		for range 100 {
			have := ttl(rand.Uint64()&hashMask, testNow, testNow+int64(d))
			if have < d || have > d+d/6+10*time.Second {
				t.Errorf("%v are kept for %v", d, have)
			}
		}
	}
}

func lasting(fresh, revalidate, onError time.Duration) *Entry {
	e := testEntry("x")
	e.Fresh.Lifetime, e.Fresh.Revalidate, e.Fresh.OnError = fresh, revalidate, onError
	return e
}

// Everything at once, beside Close, Open and Resize.
func TestZoneIsSafeBesideEverything(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	z := NewZone(ZoneSpec{Name: "z", Memory: 1 << 20})
	var stop atomic.Bool
	var workers sync.WaitGroup
	for w := range 4 {
		workers.Go(func() {
			for i := 0; !stop.Load(); i++ {
				workOn(z, w, i)
			}
		})
	}
	for i := range 30 {
		if err := z.Open(); err != nil {
			t.Error(err)
		}
		for z.Stats().Stored < uint64(i+1)*200 {
			z.Resize(ZoneSpec{Memory: 1 << (18 + rand.IntN(4))})
		}
		z.Close()
		if s := z.Stats(); s.Bytes != 0 || s.Entries != 0 {
			t.Errorf("closed: %+v", s)
		}
	}
	stop.Store(true)
	workers.Wait()
	if s := z.Stats(); s.Detached != 0 || s.Pending != 0 {
		t.Errorf("%+v", s)
	}
}

func workOn(z *Zone, worker, i int) {
	key := testKey(fmt.Sprint("/", rand.IntN(300)))
	f, _ := z.Lookup(key, &message.Request{}, nil, testNow+int64(i)<<20)
	switch {
	case f.Entry == nil:
		e := testEntry(strings.Repeat("x", rand.IntN(16<<10)))
		e.Tags = []string{fmt.Sprint("tag ", worker)}
		e.SetSerial(z.Serial())
		z.Store(key, e, testNow)
	case i%8 == 0:
		f.Entry.Hold()
		f.Entry.Release()
	case i%101 == 0:
		z.Purge(Purge{Tag: fmt.Sprint("tag ", worker), Hard: i%2 == 0}, testNow)
	case i%103 == 0:
		z.Purge(Purge{Key: key, Hard: i%2 == 0}, testNow)
	case i%1009 == 0:
		z.Purge(Purge{All: true, Hard: i%2 == 0}, testNow)
	case i%107 == 0:
		z.MarkUncacheable(key, testNow)
	}
}
