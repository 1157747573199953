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
	for size, want := range map[int]bool{90: true, 91: false} {
		l.request(object(size), size)
		if got := l.request(object(size), size); got != want {
			t.Errorf("%d bytes and 10 of 100: kept %v, want %v", size, got, want)
		}
	}
	for o := range object(1000) {
		if l.request(o+1000, int(o%91)); l.used > 100 {
			t.Fatalf("%d bytes after %d", l.used, o)
		}
	}
}
