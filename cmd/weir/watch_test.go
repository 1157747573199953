package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// waitLimit is how long tests wait for what has to happen.
const waitLimit = 30 * time.Second

// watching runs a watcher of path until the test ends.
func watching(t *testing.T, path string, polling bool) *watcher {
	t.Helper()
	w := newWatcher(path, slog.New(slog.DiscardHandler))
	if w.events == nil {
		t.Fatal("no notifications on this system")
	}
	if polling {
		w.events.Close()
		w.events, w.poll = nil, 10*time.Millisecond
	} else {
		w.poll = time.Hour
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return w
}

// awaitText waits for a change after which the file reads want. There may be
// changes before it: writers are as slow as the machine makes them.
func awaitText(t *testing.T, w *watcher, want string) {
	t.Helper()
	limit := time.After(waitLimit)
	for {
		select {
		case <-w.changed:
			if got, err := os.ReadFile(w.path); err == nil && string(got) == want {
				return
			}
		case <-limit:
			t.Fatalf("no change to %q was noticed", want)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	temporary := path + ".new"
	if err := os.Symlink(target, temporary); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temporary, path); err != nil {
		t.Fatal(err)
	}
}

func TestWatcherNoticesWritesInPlace(t *testing.T) {
	for name, polling := range map[string]bool{"notified": false, "polling": true} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "weir.yaml")
			write(t, path, "one")
			w := watching(t, path, polling)
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for _, part := range []string{"tw", "o", " and more"} {
				if _, err := f.WriteString(part); err != nil {
					t.Fatal(err)
				}
			}
			awaitText(t, w, "two and more")
		})
	}
}

func TestWatcherNoticesARename(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "weir.yaml")
	write(t, path, "one")
	w := watching(t, path, false)
	for _, text := range []string{"two", "three"} {
		write(t, filepath.Join(dir, ".weir.yaml.tmp"), text)
		if err := os.Rename(filepath.Join(dir, ".weir.yaml.tmp"), path); err != nil {
			t.Fatal(err)
		}
		awaitText(t, w, text)
	}
}

func TestWatcherNoticesAFileThatWasAwayForAWhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.yaml")
	write(t, path, "one")
	w := watching(t, path, false)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write(t, path, "two")
	awaitText(t, w, "two")
}

// A ConfigMap is a directory of links through ..data, which is swapped for a
// link to a new directory.
func TestWatcherNoticesASwappedConfigMap(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "weir.yaml")
	version := func(name, text string) {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, "weir.yaml"), text)
		link(t, name, filepath.Join(dir, "..data"))
	}
	version("..1", "one")
	link(t, filepath.Join("..data", "weir.yaml"), path)
	w := watching(t, path, false)
	version("..2", "two")
	awaitText(t, w, "two")
	if err := os.RemoveAll(filepath.Join(dir, "..1")); err != nil {
		t.Fatal(err)
	}
	version("..3", "three")
	awaitText(t, w, "three")
}

func TestWatcherFollowsALinkToAnotherDirectory(t *testing.T) {
	here, there, elsewhere := t.TempDir(), t.TempDir(), t.TempDir()
	path := filepath.Join(here, "weir.yaml")
	write(t, filepath.Join(there, "w"), "one")
	write(t, filepath.Join(elsewhere, "w"), "three")
	link(t, filepath.Join(there, "w"), path)
	w := watching(t, path, false)
	write(t, filepath.Join(there, "w"), "two")
	awaitText(t, w, "two")
	link(t, filepath.Join(elsewhere, "w"), path)
	awaitText(t, w, "three")
	write(t, filepath.Join(elsewhere, "w"), "four")
	awaitText(t, w, "four")
}

func TestWatcherGoesByContents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.yaml")
	write(t, path, "one")
	w := newWatcher(path, slog.New(slog.DiscardHandler))
	defer w.events.Close()
	look := func(want bool) {
		t.Helper()
		w.look()
		select {
		case <-w.changed:
			if !want {
				t.Error("a change was reported that is none")
			}
		default:
			if want {
				t.Error("a change was not reported")
			}
		}
	}
	look(false)
	write(t, path, "one")
	look(false)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	look(false)
	write(t, path, "two")
	look(true)
	look(false)
	write(t, path, "three")
	w.look()
	write(t, path, "four")
	look(true) // of two changes nobody has dealt with, one is enough
	look(false)
}

// TestWatcherNeedsDirectories holds what the watcher relies on in fsnotify: a
// rename over a file in a watched directory is an event of that directory.
func TestWatcherNeedsDirectories(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "")
	events, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer events.Close()
	if err := events.Add(dir); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "b"), "")
	if err := os.Rename(filepath.Join(dir, "b"), filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	limit := time.After(waitLimit)
	for {
		select {
		case e := <-events.Events:
			if e.Name == filepath.Join(dir, "a") && e.Has(fsnotify.Create) {
				return
			}
		case <-limit:
			t.Fatal("no event for the file renamed over")
		}
	}
}

func TestABusyNeighbourHidesNoChange(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "weir.yaml")
	if err := os.WriteFile(path, []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWatcher(path, slog.New(slog.DiscardHandler))
	w.poll = time.Hour
	ctx, cancel := context.WithCancel(context.Background())
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	tasks.Go(func() { w.run(ctx) })
	tasks.Go(func() {
		for ctx.Err() == nil {
			if err := os.WriteFile(filepath.Join(dir, "access.log"), []byte("line\n"), 0o600); err != nil {
				t.Error(err)
				return
			}
			_ = os.Rename(filepath.Join(dir, "access.log"), filepath.Join(dir, "access.log.1"))
		}
	})
	if err := os.WriteFile(path, []byte("b"), 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case <-w.changed:
	case <-time.After(20 * time.Second):
		t.Error("the change was never noticed")
	}
}
