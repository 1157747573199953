package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// The pace of the demo's event stream, and how many events may be asked for.
const (
	eventInterval = 300 * time.Millisecond
	maxEvents     = 1000
)

// events sends server-sent events: the number the client asks for with ?n=, or
// without end.
func (s *shop) events(w http.ResponseWriter, r *http.Request) {
	n := 0
	if q := r.URL.Query(); q.Has("n") {
		var err error
		if n, err = strconv.Atoi(q.Get("n")); err != nil || n < 1 || n > maxEvents {
			http.Error(w, fmt.Sprintf("n is a number from 1 to %d", maxEvents), http.StatusBadRequest)
			return
		}
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flusher := http.NewResponseController(w)
	for i := 1; ; i++ {
		p := s.stock[i%len(s.stock)]
		_, err := fmt.Fprintf(w, "id: %d\nevent: stock\ndata: {\"product\":%d,\"left\":%d,\"replica\":%q}\n\n", i, p.ID, 1+i*7%40, s.name)
		if err != nil || flusher.Flush() != nil || i == n || !s.nextEvent(r) {
			return
		}
	}
}

// nextEvent waits until the next event is due; false means that none is wanted.
func (s *shop) nextEvent(r *http.Request) bool {
	t := time.NewTimer(eventInterval)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-s.streams.Done():
	}
	return false
}

// upload reads a body of any length and answers what it was.
func (s *shop) upload(w http.ResponseWriter, r *http.Request) {
	sum := sha256.New()
	n, err := io.Copy(sum, r.Body)
	if err != nil {
		s.writeJSON(w, http.StatusBadRequest, map[string]any{"replica": s.name, "error": "the upload was cut short", "bytes": n})
		return
	}
	s.writeJSON(w, http.StatusOK, map[string]any{"replica": s.name, "bytes": n, "sha256": fmt.Sprintf("%x", sum.Sum(nil))})
}
