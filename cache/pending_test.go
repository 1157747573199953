package cache

import (
	"fmt"
	"testing"
)

// slowClients are clients that take nothing of what they are sent.
type slowClients struct {
	z    *Zone
	held []*Entry
	n    int
}

// store stores and sends another entry, and reports whether that was possible.
func (c *slowClients) store(t *testing.T, size int) bool {
	t.Helper()
	c.n++
	key, e := testKey(fmt.Sprint("/slow/", c.n)), testEntry(string(make([]byte, size)))
	e.SetSerial(c.z.Serial())
	d := c.z.Store(key, e, testNow)
	if d == None {
		e.Hold()
		c.held = append(c.held, e)
	}
	c.z.settle()
	c.z.log.sweeper.done.Wait()
	c.check(t)
	return d == None
}

// check holds what there is to the bound, with as much on its way in as may be.
func (c *slowClients) check(t *testing.T) {
	t.Helper()
	l, s := c.z.limits.Load(), c.z.Stats()
	if sum := s.Bytes + s.Detached + s.Pending; sum > l.hard+l.pending {
		t.Fatalf("%d bytes of %d: %+v", sum, l.hard+l.pending, s)
	}
}

func (c *slowClients) leave() {
	for _, e := range c.held {
		e.Release()
	}
}

// What slow clients keep of what was purged or evicted makes the zone smaller;
// it goes on storing.
func TestDetachedDisplacesWhatIsStored(t *testing.T) {
	const size = 60 << 10
	z := openZone(t, ZoneSpec{Name: "z", Memory: 16 << 20})
	slow := &slowClients{z: z}
	limit := z.limits.Load().pending
	for z.Stats().Detached < 3*limit {
		if !slow.store(t, size) {
			t.Fatalf("no room: %+v", z.Stats())
		}
		key := testKey(fmt.Sprint("/slow/", slow.n))
		if err := z.Purge(Purge{Key: key, Hard: true}, testNow); err != nil {
			t.Fatal(err)
		}
	}
	if !z.reserve(limit) {
		t.Fatalf("nothing can come in: %+v", z.Stats())
	}
	z.unreserve(limit)
	// More than the zone has room for: what is stored makes room for what is new.
	refused := 0
	for i := range 500 {
		if z.Store(testKey(fmt.Sprint("/", i)), testEntry(string(make([]byte, size))), testNow) != None {
			refused++
		}
		z.settle()
		z.log.sweeper.done.Wait()
		slow.check(t)
	}
	if s := z.Stats(); refused > 50 || s.Evicted == 0 {
		t.Errorf("%d of 500 not stored: %+v", refused, s)
	}
	slow.leave()
	if s := z.Stats(); s.Detached != 0 {
		t.Errorf("%+v", s)
	}
}

// When slow clients keep all that was ever stored, a part of the zone is left,
// and what comes in may do so. It recovers when they have gone.
func TestSlowClientsOfEverything(t *testing.T) {
	z := openZone(t, ZoneSpec{Name: "z", Memory: 16 << 20})
	slow := &slowClients{z: z}
	for range 1000 {
		slow.store(t, 60<<10)
	}
	limit := z.limits.Load()
	if s := z.Stats(); s.Bytes < limit.resident/5 || s.Detached < limit.memory/2 {
		t.Errorf("%+v", s)
	}
	if !z.reserve(limit.pending) {
		t.Fatalf("nothing can come in: %+v", z.Stats())
	}
	z.unreserve(limit.pending)
	slow.leave()
	for i := range 50 {
		mustStore(t, z, testKey(fmt.Sprint("/", i)), testEntry("x"))
	}
}
