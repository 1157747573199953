package main

import (
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// The rhythm of a watcher. A file is read once it has been quiet for
// watchDebounce, but no later than watchPatience after the first event, and every
// watchPoll in any case, for what notifications miss: network file systems, links
// swapped further up, a full event queue.
const (
	watchDebounce = 200 * time.Millisecond
	watchPatience = time.Second
	watchPoll     = 10 * time.Second
	watchMaxBytes = 1<<20 + 1
)

// A watcher notices that the contents of a file have changed. It watches
// directories rather than the file: editors replace it by a rename, and mounted
// ConfigMaps swap a link beside it.
type watcher struct {
	path    string
	log     *slog.Logger
	poll    time.Duration
	events  *fsnotify.Watcher // nil: polling has to do
	target  string            // directory of the file behind links, watched too
	last    [sha256.Size]byte // of the contents seen last
	changed chan struct{}     // holds at most one change nobody has dealt with
}

// newWatcher returns a watcher that knows the contents the file has now. It
// starts no goroutine of its own; that of the notifications ends with close.
func newWatcher(path string, log *slog.Logger) *watcher {
	w := &watcher{path: path, log: log, poll: watchPoll, changed: make(chan struct{}, 1)}
	events, err := fsnotify.NewWatcher()
	if err == nil {
		err = events.Add(filepath.Dir(path))
		w.events = events
	}
	if err != nil {
		log.Warn("no notifications of changes to the configuration file: it is looked at from time to time",
			"file", path, "every", watchPoll.String(), "error", err)
	}
	w.follow()
	w.last, _ = digest(path)
	return w
}

// run reports changes on w.changed until ctx ends. An unreadable file is not a
// change: it is about to be replaced.
func (w *watcher) run(ctx context.Context) {
	poll := time.NewTicker(w.poll)
	defer poll.Stop()
	quiet := time.NewTimer(watchDebounce)
	defer quiet.Stop()
	var events chan fsnotify.Event
	var errs chan error
	var first time.Time // of the events not yet looked into
	stirred := func() {
		if first.IsZero() {
			first = time.Now()
		}
		quiet.Reset(min(watchDebounce, time.Until(first.Add(watchPatience))))
	}
	if w.events != nil {
		defer w.events.Close()
		events, errs = w.events.Events, w.events.Errors
	}
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			if w.concerns(e) {
				stirred()
			}
		case <-errs: // events were lost
			stirred()
		case <-quiet.C:
			first = time.Time{}
			w.look()
		case <-poll.C:
			w.look()
		}
	}
}

// concerns tells whether an event may be about the file: another one that is
// written to, a log for example, is not it, but one that is put into place or
// taken away may be a link on the way to it.
func (w *watcher) concerns(e fsnotify.Event) bool {
	const elsewhere = fsnotify.Create | fsnotify.Rename | fsnotify.Remove
	return e.Op&elsewhere != 0 || filepath.Base(e.Name) == filepath.Base(w.path) || filepath.Dir(e.Name) == w.target
}

// look compares the contents with those seen last.
func (w *watcher) look() {
	w.follow()
	sum, err := digest(w.path)
	if err != nil || sum == w.last {
		return
	}
	w.last = sum
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// follow watches the directory the file really is in, when it is another one.
func (w *watcher) follow() {
	if w.events == nil {
		return
	}
	real, err := filepath.EvalSymlinks(w.path)
	if err != nil {
		return
	}
	dir := filepath.Dir(real)
	if dir == w.target {
		return
	}
	if own, err := filepath.EvalSymlinks(filepath.Dir(w.path)); err == nil && own == dir {
		w.unfollow("")
		return
	}
	if err := w.events.Add(dir); err != nil {
		w.log.Debug("directory is not watched", "directory", dir, "error", err)
		return
	}
	w.unfollow(dir)
}

func (w *watcher) unfollow(next string) {
	if w.target != "" {
		w.events.Remove(w.target) // fails when the directory is gone, which is as good
	}
	w.target = next
}

// digest identifies the contents of a file.
func digest(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(f, watchMaxBytes)); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}
