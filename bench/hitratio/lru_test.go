package main

import (
	"slices"
	"testing"
)

func TestLRUDropsWhatWasAskedForLongestAgo(t *testing.T) {
	l := newLRU(30, 5) // three objects of five bytes
	var hits []object
	for _, o := range []object{1, 2, 3, 1, 4, 2, 1} {
		if l.request(o, 5) {
			hits = append(hits, o)
		}
	}
	if want := []object{1, 1}; !slices.Equal(hits, want) {
		t.Errorf("hits %v, want %v", hits, want)
	}
	if l.used != 30 || len(l.items) != 3 || l.order.Len() != 3 {
		t.Errorf("%d bytes, %d and %d items, want 30, 3 and 3", l.used, len(l.items), l.order.Len())
	}
}

func TestLRUHoldsItsBudget(t *testing.T) {
	l := newLRU(100, 10)
	if l.request(1, 91) || l.request(1, 91) {
		t.Error("hit for what is one byte too large")
	}
	if l.request(2, 90) || !l.request(2, 90) {
		t.Error("what fits exactly was not kept")
	}
	for o := range object(1000) {
		if l.request(o+3, int(o%91)); l.used > 100 {
			t.Fatalf("%d bytes after %d", l.used, o)
		}
	}
}
