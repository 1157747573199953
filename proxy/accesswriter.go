package proxy

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/weirproxy/weir/config"
	"github.com/weirproxy/weir/metrics"
)

// An AccessWriter writes the access log: requests hand it finished lines, one
// goroutine of its own writes them. A line that finds the queue full is dropped
// and counted, for no request ever waits for the log.
type AccessWriter struct {
	path    string
	format  string
	metrics *metrics.Registry

	lines  chan *logLine
	reopen chan chan error
	done   chan struct{}

	mu     sync.RWMutex // guards the following field against lines being closed while one is queued
	closed bool
}

// logLine is a line on its way.
type logLine struct{ text []byte }

var logLines = sync.Pool{New: func() any { return &logLine{text: make([]byte, 0, 1<<10)} }}

const accessQueue = 4096

// OpenAccessLog opens the log that cfg describes and starts its goroutine, which
// Close ends. It returns nil when cfg names no log.
func OpenAccessLog(cfg config.AccessLog, m *metrics.Registry) (*AccessWriter, error) {
	if cfg.Path == "" {
		return nil, nil
	}
	w := &AccessWriter{
		path: cfg.Path, format: cfg.Format, metrics: m,
		lines:  make(chan *logLine, accessQueue),
		reopen: make(chan chan error),
		done:   make(chan struct{}),
	}
	f, err := w.open()
	if err != nil {
		return nil, err
	}
	go w.run(f)
	return w, nil
}

func (w *AccessWriter) open() (*os.File, error) {
	switch w.path {
	case "stdout":
		return os.Stdout, nil
	case "stderr":
		return os.Stderr, nil
	}
	f, err := os.OpenFile(w.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, fmt.Errorf("access log: %w", err)
	}
	return f, nil
}

// Reopen opens the file anew, after it was renamed for example. When that fails
// the log goes on in the old file. On nil it does nothing.
func (w *AccessWriter) Reopen() error {
	if w == nil {
		return nil
	}
	answer := make(chan error, 1)
	select {
	case w.reopen <- answer:
		return <-answer
	case <-w.done:
		return errors.New("access log: closed")
	}
}

// Close writes what is queued and closes the file. Lines logged later are
// dropped. On nil it does nothing.
func (w *AccessWriter) Close() error {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.lines)
	}
	w.mu.Unlock()
	<-w.done
	return nil
}

// put queues a line, which belongs to the writer from now on.
func (w *AccessWriter) put(l *logLine) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if !w.closed {
		select {
		case w.lines <- l:
			return
		default:
		}
	}
	w.metrics.AccessLogDropped(1)
	logLines.Put(l)
}

// run writes until the queue is closed. Whenever the queue is empty, what was
// written is passed on to the file.
func (w *AccessWriter) run(f *os.File) {
	defer close(w.done)
	var out logBatch
	for {
		select {
		case l, open := <-w.lines:
			if !open {
				w.flush(&out, f)
				closeFile(f)
				return
			}
			w.write(&out, l, f)
			if len(w.lines) == 0 {
				w.flush(&out, f)
			}
		case answer := <-w.reopen:
			w.flush(&out, f)
			next, err := w.open()
			if err == nil {
				closeFile(f)
				f, out.torn = next, false
			}
			answer <- err
		}
	}
}

func (w *AccessWriter) write(out *logBatch, l *logLine, f *os.File) {
	if !out.fits(len(l.text)) {
		w.flush(out, f)
	}
	out.add(l.text)
	if cap(l.text) <= keepMax {
		logLines.Put(l)
	}
}

func (w *AccessWriter) flush(out *logBatch, f *os.File) {
	if lost := out.flush(f); lost > 0 {
		w.metrics.AccessLogDropped(lost)
	}
}

// closeFile closes f, unless it is one of the process's own.
func closeFile(f *os.File) {
	if f != os.Stdout && f != os.Stderr {
		_ = f.Close()
	}
}
