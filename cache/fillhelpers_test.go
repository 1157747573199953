package cache

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/weirproxy/weir/message"
)

var fillKey = []byte("key")

// fillZone is an open zone that takes objects of 1 MiB.
func fillZone(t testing.TB) *Zone {
	t.Helper()
	z := NewZone(ZoneSpec{Name: "test", Memory: 64 << 20, MaxObject: 1 << 20})
	if err := z.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if n := z.Stats().Pending; n != 0 {
			t.Errorf("%d bytes are still pending", n)
		}
		if n := z.Stats().Detached; n != 0 {
			t.Errorf("%d bytes are still detached", n)
		}
		if n := z.fills.count(); n != 0 {
			t.Errorf("%d fills are still under way", n)
		}
		z.Close()
	})
	return z
}

// closedZone stores nothing, and has no goroutines.
func closedZone(memory, object int64) *Zone {
	return NewZone(ZoneSpec{Name: "test", Memory: memory, MaxObject: object})
}

// content is n bytes that differ from place to place.
func content(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7 + i>>8 + i>>16)
	}
	return p
}

func fillEntry(length int64) *Entry {
	return &Entry{
		Status: 200, Length: length, Lines: []byte("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
		Fresh: Freshness{Lifetime: time.Hour},
	}
}

// lead joins the zone's fill as its leader.
func lead(t testing.TB, z *Zone) *Fill {
	t.Helper()
	f, leader := z.Join(fillKey)
	if !leader {
		t.Fatal("there is a fill under way already")
	}
	return f
}

// begin leads a fill whose head is known.
func begin(t testing.TB, z *Zone, length int64) *Fill {
	t.Helper()
	f := lead(t, z)
	if why := f.Begin(fillEntry(length), 0); why != None {
		t.Fatalf("Begin: %v", why)
	}
	return f
}

func mustAppend(t testing.TB, f *Fill, p []byte) {
	t.Helper()
	if err := f.Append(p, 0); err != nil {
		t.Fatalf("Append of %d bytes: %v", len(p), err)
	}
}

// readAll reads to the end and closes.
func readAll(r *Reader) ([]byte, error) {
	defer r.Close()
	var all []byte
	for {
		p, last, err := r.Next(nil)
		if all = append(all, p...); last || err != nil {
			return all, err
		}
	}
}

// followed is what a follower gets.
func followed(j Joined) ([]byte, error) {
	switch {
	case j.Entry == nil:
		return nil, errors.New("nothing to share: " + j.Why.String())
	case j.Body == nil:
		return bytes.Join(j.Entry.Body(), nil), nil
	}
	return readAll(j.Body)
}

// storedBody is the body in the zone, nil when there is none.
func storedBody(z *Zone) []byte {
	found, _ := z.Lookup(fillKey, &message.Request{}, nil, 0)
	if found.Entry == nil {
		return nil
	}
	return bytes.Join(found.Entry.Body(), []byte{})
}
