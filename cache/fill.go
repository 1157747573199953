package cache

import (
	"errors"
	"sync"

	"github.com/weirproxy/weir/message"
)

// The errors of fills.
var (
	// ErrNoReaders tells a leader that nobody needs the rest of a body that will
	// not be stored.
	ErrNoReaders = errors.New("nobody reads the fill any more")
	// ErrLength tells a leader that more has come than was declared.
	ErrLength = errors.New("the body is longer than declared")
	// ErrIncomplete tells a reader that the leader gave up before the end.
	ErrIncomplete = errors.New("the fill ended before its body")
	// ErrLagging tells a reader that it was too slow for a body that is not kept.
	ErrLagging = errors.New("too far behind a body that is not stored")
	// ErrGone tells a reader that its own client left while it waited.
	ErrGone = errors.New("the reader has gone")
)

// A Fill is a response on its way into a zone, which other requests for the same
// key may join. One goroutine at a time acts for the leader; followers and
// readers may be as many as like.
//
// The body is read from where it is collected, and every byte of it is counted
// as pending memory of the zone, until it is the store's, or the last who reads
// or waits has closed.
type Fill struct {
	z     *Zone
	key   string
	shard *fillShard

	// The following are the leader's own.

	max    int64 // the zone's MaxObject at Begin
	length int64 // of the body: declared, or message.Unknown
	begun  bool
	broken bool // more has come than was declared

	// mu guards the following fields. Only the leader changes state, entry and
	// what of the body is there, and reads them without it.
	mu      sync.Mutex
	state   fillState
	entry   *Entry
	taken   bool   // somebody but the leader has seen entry
	held    *Entry // what was stored and may still be read
	why     Detail // why nothing can be shared, in the last states
	err     error  // of failed
	body    fillBody
	window  *fillWindow   // nil: the body is kept whole
	changed chan struct{} // closed at the next change; nil: nobody waits for it
	moved   int64         // when the head came, or the latest bytes
	ahead   int64         // bytes of pending memory that are counted for what has not come yet
	users   int           // who waits or reads, and so may see the body
	readers *Reader       // the list of those who read
}

type fillState uint8

// The states of a fill. From filled on it is over.
const (
	headless fillState = iota // nothing to show yet
	filling                   // the head is known, the body arrives
	filled                    // all has come, but it is not the store's
	served                    // entry is complete and the memory not the fill's
	freed                     // followers must fetch for themselves
	failed                    // the body broke
)

// Begin shows the head of the response, which came at now, to all who joined:
// they read its body along from now on. e.Length is the declared length of the
// body or message.Unknown. e is the fill's from now on and must not be changed;
// what Complete stores may be a copy of it (see Entry).
//
// TooLarge and NoRoom say that the zone cannot take the response: nothing has
// been shown then, and the leader must Free the fill and go on without it. A body
// of declared length has its room from here on: whatever else arrives, it can be
// stored and no reader is too slow for it, unless it stands still (see Wait).
func (f *Fill) Begin(e *Entry, now int64) Detail {
	if f.begun {
		panic("BUG: a fill begins twice")
	}
	f.max, f.length = f.z.MaxObject(), e.Length
	if e.Length > f.max {
		f.z.counts.tooLarge.Add(1)
		return TooLarge
	}
	if !f.firstRoom() {
		f.z.counts.dropped.Add(1)
		return NoRoom
	}
	f.begun = true
	f.mu.Lock()
	f.entry, f.state, f.moved = e, filling, now
	f.unlockAndWake()
	return None
}

// Append adds a copy of p, which came at now, to the body. It never waits for
// readers while the body is to be stored. When it turns out larger than the zone
// takes or than there is memory for, it is not, and the fill takes no more
// followers. Append then waits while the fastest reader is far behind, cuts off
// those who are too far behind that one, and returns ErrNoReaders when there are
// none: the leader Frees the fill and goes on by itself, if it has reason to.
// ErrLength: the backend sends more than it declared.
func (f *Fill) Append(p []byte, now int64) error {
	if f.length != message.Unknown && f.body.size+int64(len(p)) > f.length {
		f.broken = true
		return ErrLength
	}
	if f.window == nil && f.body.size+int64(len(p)) > f.max {
		f.outgrow(TooLarge)
	}
	for len(p) > 0 {
		if err := f.makeRoom(len(p)); err != nil {
			return err
		}
		p = p[f.put(p, now):]
	}
	return nil
}

// Complete ends the fill: the whole body has come. The entry, with its body, is
// stored under storeKey before the fill can be joined no more, so nobody who
// looks up, joins and looks up again fetches it a second time. None: it is
// stored. Otherwise readers and waiting followers still get the body to its end,
// except that Incomplete, when not all came that was declared, is like Fail.
func (f *Fill) Complete(storeKey []byte, now int64) Detail {
	switch {
	case f.over():
		return Incomplete
	case !f.begun || f.broken || f.length != message.Unknown && f.body.size != f.length:
		f.Fail(ErrIncomplete)
		return Incomplete
	case f.window != nil:
		f.end(filled, nil, f.window.why, nil)
		return f.window.why
	}
	e := f.completeEntry()
	e.Hold() // before it can be evicted: readers may outlive that
	if why := f.z.Store(storeKey, e, now); why != None {
		e.Release()
		f.end(filled, nil, why, nil)
		return why
	}
	f.held = e
	f.end(served, e, None, nil)
	return None
}

// Entry returns what Complete has stored, or what the fill was served with: a
// whole entry. Before that it is the one of Begin; nil: none.
func (f *Fill) Entry() *Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.entry
}

// Outgrown tells the leader that the body has turned out larger than the zone
// takes, and so will not be stored. It is false when only memory was short.
func (f *Fill) Outgrown() bool { return f.window != nil && f.window.why == TooLarge }

// Unread reports whether nobody waits for the fill or reads its body.
func (f *Fill) Unread() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.users == 0
}
