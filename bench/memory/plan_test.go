package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestFloodHasEveryKind(t *testing.T) {
	p := newPlan(256 << 20)
	kinds, near, undeclared, numbers := map[byte]int{}, 0, 0, map[int64]int{}
	for n := range int64(200_000) {
		a := p.flood(n)
		if again := p.flood(n); !reflect.DeepEqual(a, again) {
			t.Fatalf("request %d is not always the same", n)
		}
		if a.size < 1 || a.size > p.largest+1 || len(a.path()) > 8<<10 || len(a.fields) > 15<<10 {
			t.Fatalf("request %d: %d bytes, a path of %d, fields of %d", n, a.size, len(a.path()), len(a.fields))
		}
		kinds[a.kind]++
		numbers[a.number]++
		if a.size >= p.largest-1 {
			near++
			if a.kind == chunked {
				undeclared++
			}
		}
	}
	for _, kind := range []byte{declared, chunked, manyLines, manyTags, varying} {
		if kinds[kind] < 5000 {
			t.Errorf("%d requests of kind %c", kinds[kind], kind)
		}
	}
	if near < 20 || undeclared < 10 || numbers[rangedNumber] < 20 {
		t.Errorf("%d around the largest object, %d of them undeclared, %d with ranges", near, undeclared, numbers[rangedNumber])
	}
	if len(numbers) < 180_000 {
		t.Errorf("only %d URLs", len(numbers))
	}
}

func TestRangesAreAThousand(t *testing.T) {
	p := newPlan(256 << 20)
	if n := strings.Count(p.ranges, "-"); n != 1000 {
		t.Errorf("%d ranges", n)
	}
}

func TestPathsAreReadAsTheyAreWritten(t *testing.T) {
	p := newPlan(256 << 20)
	for n := range int64(2000) {
		want := p.flood(n)
		got, err := parsePath(want.path())
		want.fields = ""
		if err != nil || got != want {
			t.Fatalf("%s: %+v, %v", want.path(), got, err)
		}
	}
	for _, bad := range []string{"", "/", "/d/1/1", "/dd/1/1/", "/d/x/1/", "/d/-1/1/", "/d/1/x/", "/d/8388611/1/"} {
		if a, err := parsePath(bad); err == nil {
			t.Errorf("parsePath(%q) = %+v, want an error", bad, a)
		}
	}
	if _, err := parsePath("/d/8388610/1/"); err != nil {
		t.Errorf("the longest body: %v", err)
	}
}
