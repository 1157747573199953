package proxy

import (
	"bufio"
	"errors"
	"fmt"
	"io"
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
	out := bufio.NewWriterSize(f, 64<<10)
	for {
		select {
		case l, open := <-w.lines:
			if !open {
				_ = out.Flush()
				closeFile(f)
				return
			}
			w.write(out, l)
			if len(w.lines) == 0 {
				w.flush(out, f)
			}
		case answer := <-w.reopen:
			w.flush(out, f)
			next, err := w.open()
			if err == nil {
				closeFile(f)
				f = next
				out.Reset(f)
			}
			answer <- err
		}
	}
}

func (w *AccessWriter) write(out *bufio.Writer, l *logLine) {
	if _, err := out.Write(l.text); err != nil {
		w.metrics.AccessLogDropped(1)
	}
	if cap(l.text) <= keepMax {
		logLines.Put(l)
	}
}

// flush passes what is buffered to the file; what a full disk does not take is
// lost, not kept for ever.
func (w *AccessWriter) flush(out *bufio.Writer, f io.Writer) {
	if out.Flush() != nil {
		out.Reset(f)
	}
}

// closeFile closes f, unless it is one of the process's own.
func closeFile(f *os.File) {
	if f != os.Stdout && f != os.Stderr {
		_ = f.Close()
	}
}
