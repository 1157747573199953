package main

import (
	"io"
	"os"
	"sync"
)

// screenWidth is what any terminal has. A longer line would wrap, and then
// could not be overwritten.
const screenWidth = 79

// A screen is standard output with, on a terminal, one live line below
// everything else. Its methods may be called by any goroutine.
type screen struct {
	live bool // a terminal

	mu   sync.Mutex // guards the following fields
	out  io.Writer
	line string
}

func newScreen(out io.Writer) *screen {
	s := &screen{out: out}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		s.live = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return s
}

// show replaces the live line. Without a terminal there is none.
func (s *screen) show(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(line) > screenWidth {
		line = line[:screenWidth]
	}
	s.eraseLocked()
	s.line = line
	s.drawLocked()
}

// print writes text above the live line.
func (s *screen) print(text string) {
	io.WriteString(s.above(s.out), text)
}

// above is w, which may be the same terminal: what is written to it comes to
// stand above the live line. Writes have to end with a newline.
func (s *screen) above(w io.Writer) io.Writer { return aboveLine{s, w} }

type aboveLine struct {
	screen *screen
	w      io.Writer
}

// Write writes p between an erased live line and a new one.
func (a aboveLine) Write(p []byte) (int, error) {
	a.screen.mu.Lock()
	defer a.screen.mu.Unlock()
	a.screen.eraseLocked()
	defer a.screen.drawLocked()
	return a.w.Write(p)
}

func (s *screen) eraseLocked() {
	if s.live && s.line != "" {
		io.WriteString(s.out, "\r\x1b[K")
	}
}

func (s *screen) drawLocked() {
	if s.live {
		io.WriteString(s.out, s.line)
	}
}
