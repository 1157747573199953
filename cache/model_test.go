package cache

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
	"pgregory.net/rapid"
)

// A model of a zone that never forgets: what was stored, by key and variant. The
// zone may have forgotten any of it; what it has must be what the model has.
type model struct {
	z    *Zone
	now  int64
	keys map[string]map[string]*modelEntry // by target and by the value of X-V; "": without Vary
	kept []*modelEntry                     // fetched, and not stored yet
	made int
}

type modelEntry struct {
	entry           *Entry
	target, variant string
	tags            []string
	dated           int64

	stale, gone bool // purged
	maybe       bool // a purge that was meant for others may have hit it too
}

var (
	modelTargets  = rapid.SampledFrom([]string{"/a", "/b", "/c/1", "/c/2", "/d"})
	modelVariants = rapid.SampledFrom([]string{"", "x", "y", "z"})
	modelTags     = rapid.SampledFrom([][]string{nil, {"t1"}, {"t2"}, {"t1", "t2"}})
)

func (m *model) request(variant string) *message.Request {
	req := &message.Request{}
	if variant != "" {
		req.Fields = []message.Field{{Name: []byte("X-V"), Value: []byte(variant)}}
	}
	return req
}

// fetch makes an entry of a response that is asked for now, and stored later.
func (m *model) fetch(t *rapid.T) {
	m.made++
	e := testEntry(fmt.Sprint("body ", m.made, strings.Repeat("x", rapid.IntRange(0, 3000).Draw(t, "size"))))
	me := &modelEntry{
		entry: e, target: modelTargets.Draw(t, "target"), variant: modelVariants.Draw(t, "variant"),
		tags: modelTags.Draw(t, "tags"), dated: rapid.Int64Range(1, 3).Draw(t, "date"),
	}
	e.Dated, e.Tags = me.dated, me.tags
	if me.variant != "" {
		e.Vary = []byte("x-v")
		e.Variant = AppendVariant(nil, e.Vary, m.request(me.variant))
	}
	e.SetSerial(m.z.Serial())
	m.kept = append(m.kept, me)
}

func (m *model) store(t *rapid.T) {
	if len(m.kept) == 0 {
		t.Skip("nothing fetched")
	}
	i := rapid.IntRange(0, len(m.kept)-1).Draw(t, "which")
	me := m.kept[i]
	m.kept = slices.Delete(m.kept, i, i+1)
	d := m.z.Store(testKey(me.target), me.entry, m.now)
	if me.gone != (d == Superseded) && !me.maybe && d != NoRoom {
		t.Fatalf("stored what is gone (%v): %v", me.gone, d)
	}
	if d != None {
		return
	}
	if m.keys[me.target] == nil {
		m.keys[me.target] = make(map[string]*modelEntry)
	}
	m.keys[me.target][me.variant] = me
}

func (m *model) purge(t *rapid.T, p Purge, hits func(me *modelEntry) bool) {
	p.Hard = rapid.Bool().Draw(t, "hard")
	if err := m.z.Purge(p, m.now); err != nil {
		t.Fatal(err)
	}
	m.z.log.sweeper.done.Wait()
	strike := func(me *modelEntry) {
		if hits(me) {
			me.gone = me.gone || p.Hard
			me.stale = me.stale || !p.Hard
		}
	}
	for _, variants := range m.keys {
		for _, me := range variants {
			strike(me)
		}
	}
	for _, me := range m.kept {
		strike(me)
		me.maybe = me.maybe || p.All // a sweep may follow
	}
}

// sweep makes the log forget: it may strike whatever was asked for before.
func (m *model) sweep(*rapid.T) {
	m.z.log.sweeper.start(jobSweep, m.z.sweep)
	m.z.log.sweeper.done.Wait()
	for _, me := range m.kept {
		me.maybe = true
	}
}

func (m *model) lookup(t *rapid.T) {
	target, variant := modelTargets.Draw(t, "target"), modelVariants.Draw(t, "variant")
	f, _ := m.z.Lookup(testKey(target), m.request(variant), nil, m.now)
	if f.Entry == nil {
		return // it may forget
	}
	var me *modelEntry
	for _, v := range []string{"", variant} {
		if c := m.keys[target][v]; c != nil && c.entry == f.Entry {
			me = c
		}
	}
	switch {
	case me == nil:
		t.Fatalf("%s %q: found %.20q, which was not stored there or was replaced", target, variant, bodyOf(f.Entry))
	case me.gone:
		t.Fatalf("found what was purged")
	case me.stale && f.Purged == 0, !me.stale && f.Purged != 0 && !me.maybe:
		t.Fatalf("stale %v, found %d", me.stale, f.Purged)
	}
	for _, v := range []string{"", variant} {
		other := m.keys[target][v]
		if other != nil && other != me && !other.gone && !other.maybe && other.dated > me.dated && m.holds(target, other) {
			t.Fatalf("found one of %d, there is one of %d", me.dated, other.dated)
		}
	}
}

// holds looks into the zone.
func (m *model) holds(target string, me *modelEntry) bool {
	h := m.z.hash(testKey(target))
	s := m.z.shard(h).find(h)
	return s != nil && s.bundle.Load() != nil && s.bundle.Load().has(me.entry)
}

// check holds what the zone counts to what it has, with everybody else halted.
func (m *model) check(t *rapid.T) {
	var bytes, entries int64
	for i := range m.z.shards {
		sh := &m.z.shards[i]
		sh.mu.Lock()
		defer sh.mu.Unlock()
	}
	for i := range m.z.shards {
		m.z.shards[i].eachLocked(func(s *slot) {
			want := slotCost
			if b := s.bundle.Load(); b != nil {
				want += b.cost
				entries++
				if len(b.entries) > maxVariants || len(b.entries) == 0 {
					t.Errorf("%d variants", len(b.entries))
				}
			}
			if s.cost != want || s.queued < 0 || s.news < 0 || s.queued < s.news {
				t.Errorf("slot costs %d, want %d; queued %d, new %d", s.cost, want, s.queued, s.news)
			}
			if !s.resident && s.news == 0 {
				t.Errorf("a slot that ristretto does not know")
			}
			bytes += s.cost
		})
	}
	if s := m.z.Stats(); s.Bytes != bytes || s.Entries != entries || s.Bytes > m.z.limits.Load().hard {
		t.Errorf("counted %d in %d, there are %d in %d", s.Bytes, s.Entries, bytes, entries)
	}
}

func TestZoneAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		memory := rapid.SampledFrom([]int64{minMemory, 1 << 20}).Draw(t, "memory")
		m := &model{z: NewZone(ZoneSpec{Name: "z", Memory: memory, MaxObject: 8 << 10}), now: testNow}
		m.keys = make(map[string]map[string]*modelEntry)
		if err := m.z.Open(); err != nil {
			t.Fatal(err)
		}
		defer m.z.Close()
		t.Repeat(map[string]func(*rapid.T){
			"":       m.check,
			"fetch":  m.fetch,
			"store":  m.store,
			"lookup": m.lookup,
			"again":  m.lookup,
			"settle": func(*rapid.T) { m.z.settle() },
			"pass":   func(*rapid.T) { m.now += int64(time.Second) },
			"tag": func(t *rapid.T) {
				tag := rapid.SampledFrom([]string{"t1", "t2"}).Draw(t, "tag")
				m.purge(t, Purge{Tag: tag}, func(me *modelEntry) bool { return slices.Contains(me.tags, tag) })
			},
			"key": func(t *rapid.T) {
				target := modelTargets.Draw(t, "target")
				m.purge(t, Purge{Key: testKey(target)}, func(me *modelEntry) bool { return me.target == target })
			},
			"ban": func(t *rapid.T) {
				m.purge(t, Purge{Ban: &Ban{Prefix: "/c/"}}, func(me *modelEntry) bool { return strings.HasPrefix(me.target, "/c/") })
			},
			"all":   func(t *rapid.T) { m.purge(t, Purge{All: true}, func(*modelEntry) bool { return true }) },
			"sweep": m.sweep,
			"flood": func(t *rapid.T) {
				for i := range rapid.IntRange(1, 50).Draw(t, "n") {
					m.z.Store(testKey(fmt.Sprint("/flood/", i)), testEntry(strings.Repeat("x", 2000)), m.now)
				}
			},
		})
	})
}
