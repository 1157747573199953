package cache

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
)

func TestNextSegment(t *testing.T) {
	for _, c := range []struct {
		have, length int64
		want, size   int
	}{
		{0, 10, 0, 10},
		{0, 64 << 10, 0, 64 << 10},
		{0, 64<<10 + 1, 0, 64 << 10},
		{64 << 10, 64<<10 + 1, 0, 1},
		{64 << 10, 1 << 20, 0, 256 << 10},
		{0, message.Unknown, 100, 100},
		{0, message.Unknown, 1 << 20, 64 << 10},
		{100, message.Unknown, 100, 4 << 10},
		{100, message.Unknown, 5000, 5000},
		{20_000, message.Unknown, 1, 20_000},
		{512 << 10, message.Unknown, 1, 256 << 10},
		{1<<20 - 5, message.Unknown, 3, 5},
	} {
		b := fillBody{size: c.have}
		if got := b.nextSegment(c.length, 1<<20, c.want); got != c.size {
			t.Errorf("%d of %d there, %d wanted: %d, want %d", c.have, c.length, c.want, got, c.size)
		}
	}
}

// An unstored body is counted until the last who may read it has closed.
func TestPendingUntilLastReader(t *testing.T) {
	for name, end := range map[string]func(f *Fill){
		"failed":  func(f *Fill) { f.Fail(errBroke) },
		"refused": func(f *Fill) { f.Complete(fillKey, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			z := closedZone(64<<20, 1<<20)
			f := begin(t, z, message.Unknown)
			a, b := f.Reader(), f.Wait(0, time.Second, nil).Body
			mustAppend(t, f, content(100_000))
			end(f)
			full := z.Stats().Pending
			if full < 100_000 {
				t.Errorf("%d bytes pending", full)
			}
			a.Close()
			a.Close()
			if n := z.Stats().Pending; n != full {
				t.Errorf("%d bytes pending while one reads, %d before", n, full)
			}
			if p, _, _ := b.Next(nil); len(p) == 0 {
				t.Error("nothing to read")
			}
			b.Close()
			if n := z.Stats().Pending; n != 0 {
				t.Errorf("%d bytes pending at last", n)
			}
			if j := f.Wait(0, time.Second, nil); j.Entry != nil || j.Why == None {
				t.Errorf("too late: %+v", j)
			}
			if _, _, err := f.Reader().Next(nil); err == nil {
				t.Error("a reader of nothing saw an end")
			}
		})
	}
}

// What is stored is the zone's to count; what trim replaced is not, while read.
func TestPendingOnceStored(t *testing.T) {
	z := fillZone(t)
	f := begin(t, z, message.Unknown)
	r := f.Reader()
	mustAppend(t, f, content(10))
	mustAppend(t, f, content(20))
	f.Complete(fillKey, 0)
	if n := z.Stats().Pending; n != minSegment {
		t.Errorf("%d bytes pending, want what trim replaced", n)
	}
	readAll(r)
	if n := z.Stats().Pending; n != 0 {
		t.Errorf("%d bytes pending", n)
	}
}

func TestTrim(t *testing.T) {
	for _, pieces := range [][]int{{1}, {10, 20}, {1000, 1}, {70_000, 3000}, {300_000}, {5000, 5000, 5000, 5000}, {1 << 20}} {
		for _, length := range []int64{0, message.Unknown} {
			z := fillZone(t)
			body, size := []byte{}, 0
			for _, n := range pieces {
				body = append(body, content(n)...)
			}
			if length == 0 {
				length = int64(len(body))
			}
			f := begin(t, z, length)
			for rest := body; len(rest) > 0; pieces = append(pieces[1:], pieces[0]) {
				mustAppend(t, f, rest[:pieces[0]])
				rest = rest[pieces[0]:]
			}
			e := f.entry
			f.Complete(fillKey, 0)
			for _, p := range e.Body() {
				size += cap(p)
			}
			if got := bytes.Join(e.Body(), nil); !bytes.Equal(got, body) || e.Length != int64(len(body)) {
				t.Errorf("%v of %d: stored %d bytes, length %d", pieces, length, len(got), e.Length)
			}
			if size > len(body)+len(body)/4+64 {
				t.Errorf("%v of %d: %d bytes take %d", pieces, length, len(body), size)
			}
		}
	}
}

// A copy of an entry has all of it but its body and what its zone knows.
func TestWithoutBody(t *testing.T) {
	e := &Entry{}
	v := reflect.ValueOf(e).Elem()
	for i := range v.NumField() {
		fillIn(t, v.Type().Field(i).Name, v.Field(i))
	}
	e.body = [][]byte{{1}}
	e.SetSerial(42)
	c := e.withoutBody()
	if c.body != nil || c.stored.serial != 42 {
		t.Errorf("body %v, serial %d", c.body, c.stored.serial)
	}
	w := reflect.ValueOf(c).Elem()
	for i := range w.NumField() {
		if name := w.Type().Field(i).Name; name != "body" && name != "stored" && name != "refreshed" && w.Field(i).IsZero() {
			t.Errorf("%s is not copied", name)
		}
	}
}

// fillIn gives a field some value.
func fillIn(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch {
	case !v.CanSet(): // unexported
	case v.Kind() == reflect.Int || v.Kind() == reflect.Int64:
		v.SetInt(1)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case v.Type() == reflect.TypeFor[Freshness]():
		v.Set(reflect.ValueOf(Freshness{Lifetime: 1}))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("%s: a field of a kind that this test does not know", name)
	}
}
