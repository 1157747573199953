package cache

import (
	"bytes"
	"slices"
)

// maxVariants is how many variants of one key are kept.
const maxVariants = 32

// A bundle is all that is stored under one key. It does not change once it is
// in a slot.
type bundle struct {
	key     []byte
	entries []*Entry // never empty; the newest by Date first, then by arrival
	cost    int64    // of the entries, the key and the bundle itself
}

// with returns the bundle that b, which may be nil, becomes by e, at most limit
// in cost as long as it has more than one variant: the variant that e replaces
// goes, then the oldest ones. Without what b held under another key.
func (b *bundle) with(key []byte, e *Entry, limit int64) *bundle {
	if b == nil || !bytes.Equal(b.key, key) {
		return newBundle(bytes.Clone(key), []*Entry{e})
	}
	entries := make([]*Entry, 0, len(b.entries)+1)
	for _, old := range b.entries {
		if !sameVariant(old, e) {
			entries = append(entries, old)
		}
	}
	at := slices.IndexFunc(entries, func(old *Entry) bool { return old.Dated <= e.Dated })
	if at < 0 {
		at = len(entries)
	}
	entries = slices.Insert(entries, at, e)
	return newBundle(b.key, newest(entries, e, limit))
}

// outdates reports whether b, which may be nil, has a response of e's variant that
// came after it: e took longer to arrive, and is the past.
func (b *bundle) outdates(key []byte, e *Entry) bool {
	if b == nil || !bytes.Equal(b.key, key) {
		return false
	}
	return slices.ContainsFunc(b.entries, func(old *Entry) bool {
		return sameVariant(old, e) && old.Fresh.Received > e.Fresh.Received && !isGone(old)
	})
}

// without returns the bundle of b's entries that keep admits, nil for none.
func (b *bundle) without(gone func(*Entry) bool) *bundle {
	entries := slices.DeleteFunc(slices.Clone(b.entries), gone)
	if len(entries) == 0 {
		return nil
	}
	return newBundle(b.key, entries)
}

func newBundle(key []byte, entries []*Entry) *bundle {
	b := &bundle{key: key, entries: exactly(entries)}
	b.cost = bundleCost + heapSize(cap(key)) + heapSize(8*len(entries))
	for _, e := range entries {
		b.cost += e.stored.cost
	}
	return b
}

// exactly returns list in memory of its own size.
func exactly(list []*Entry) []*Entry { return append(make([]*Entry, 0, len(list)), list...) }

// newest drops the oldest entries other than e until the rest is within bounds.
func newest(entries []*Entry, e *Entry, limit int64) []*Entry {
	var sum int64
	for _, v := range entries {
		sum += v.stored.cost
	}
	for i := len(entries) - 1; i >= 0 && len(entries) > 1 && (len(entries) > maxVariants || sum > limit); i-- {
		if entries[i] == e {
			continue
		}
		sum -= entries[i].stored.cost
		entries = slices.Delete(entries, i, i+1)
	}
	return entries
}

func sameVariant(a, b *Entry) bool {
	return bytes.Equal(a.Vary, b.Vary) && bytes.Equal(a.Variant, b.Variant)
}

// expiry is when the last of the entries is of no use any more.
func (b *bundle) expiry() int64 {
	var t int64
	for _, e := range b.entries {
		t = max(t, e.stored.expiry)
	}
	return t
}

// dropBut drops the entries that next, which may be nil, does not have.
func (b *bundle) dropBut(next *bundle) {
	for _, e := range b.entries {
		if next == nil || !next.has(e) {
			e.drop()
		}
	}
}

func (b *bundle) has(e *Entry) bool { return slices.Contains(b.entries, e) }
