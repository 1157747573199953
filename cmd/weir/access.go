package main

import (
	"errors"
	"slices"
	"sync"

	"github.com/weirproxy/weir/proxy"
)

// An accessLog is the access log in force, and those it took the place of while
// requests that began before may still write to them. Its methods may be called
// by any goroutine.
type accessLog struct {
	mu      sync.Mutex            // guards the following fields
	current *proxy.AccessWriter   // nil: none
	former  []*proxy.AccessWriter // not closed yet
}

// writer is the log in force, nil when there is none.
func (a *accessLog) writer() *proxy.AccessWriter {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current
}

// replace puts w in force, nil for none, and returns the one before, which
// stays open until closeFormer.
func (a *accessLog) replace(w *proxy.AccessWriter) (former *proxy.AccessWriter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	former, a.current = a.current, w
	if former != nil {
		a.former = append(a.former, former)
	}
	return former
}

// closeFormer closes a writer that replace returned.
func (a *accessLog) closeFormer(w *proxy.AccessWriter) error {
	a.mu.Lock()
	a.former = slices.DeleteFunc(a.former, func(f *proxy.AccessWriter) bool { return f == w })
	a.mu.Unlock()
	return w.Close()
}

// reopen opens all files anew. It waits for what is being written.
func (a *accessLog) reopen() error {
	var errs []error
	for _, w := range a.all() {
		errs = append(errs, w.Reopen())
	}
	return errors.Join(errs...)
}

// close writes what is queued and closes all.
func (a *accessLog) close() error {
	var errs []error
	for _, w := range a.all() {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}

// all are the open writers. They are used without the lock, for a writer whose
// reader has stalled takes for ever.
func (a *accessLog) all() []*proxy.AccessWriter {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := slices.Clone(a.former)
	if a.current != nil {
		all = append(all, a.current)
	}
	return all
}
