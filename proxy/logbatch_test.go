package proxy

import (
	"errors"
	"testing"
)

// disk takes room bytes and is full then.
type disk struct {
	room int
	text []byte
}

func (d *disk) Write(p []byte) (int, error) {
	n := min(d.room, len(p))
	d.text = append(d.text, p[:n]...)
	if d.room -= n; n < len(p) {
		return n, errors.New("no space left on device")
	}
	return n, nil
}

// A disk that was full for a while costs the lines of that while, all of which
// are counted, and no others.
func TestAFullDiskCostsItsLinesAlone(t *testing.T) {
	for _, c := range []struct {
		room int
		want string
		lost uint64
	}{
		{20, "one\ntwo\nthree\nfour\n", 0},
		{8, "one\ntwo\nthree\nfour\n", 0},
		{7, "one\ntwo\nthree\nfour\n", 1},
		{6, "one\ntw\nthree\nfour\n", 1},
		{4, "one\nthree\nfour\n", 1},
		{3, "one\nthree\nfour\n", 2},
		{0, "three\nfour\n", 2},
	} {
		var b logBatch
		d := &disk{room: c.room}
		b.add([]byte("one\n"))
		b.add([]byte("two\n"))
		lost := b.flush(d)
		d.room = 100
		b.add([]byte("three\n"))
		lost += b.flush(d)
		b.add([]byte("four\n"))
		lost += b.flush(d)
		lost += b.flush(d)
		if string(d.text) != c.want || lost != c.lost {
			t.Errorf("with room for %d: %q, %d lost, want %q, %d", c.room, d.text, lost, c.want, c.lost)
		}
	}
}

func TestABatchTakesOneLineInAnyCase(t *testing.T) {
	var b logBatch
	if !b.fits(2 * batchSize) {
		t.Error("a large line fits no batch")
	}
	b.add(make([]byte, batchSize-1))
	if !b.fits(1) || b.fits(2) {
		t.Error("a batch is not filled to its size")
	}
}
