package proxy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/upstream"
)

// slowTaker is a client that has not taken its body yet when that is purged.
type slowTaker struct {
	recorder
	purge func()
}

func (s *slowTaker) Write(p []byte, last bool) error {
	s.purge()
	return s.recorder.Write(p, last)
}

// A body that the front end does not copy is referenced for as long as a client
// takes: dropped from the zone meanwhile, it counts.
func TestBodiesCountWhileTheyAreSent(t *testing.T) {
	for size, counts := range map[int]bool{8 << 10: false, 8<<10 + 1: true, 100_000: true} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			body := strings.Repeat("x", size)
			p := serving(t, cachingConfig(origin(t, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\nCache-Control: max-age=60\r\n\r\n%s", size, body))))
			zone := p.current.Load().zones[0].Zone
			const get = "GET /x HTTP/1.1\r\nHost: a.test\r\n"
			first := &recorder{}
			p.Serve(ask(t, first, get+"\r\n"), first)
			var during int64
			s := &slowTaker{}
			s.purge = func() {
				if err := zone.Purge(cache.Purge{All: true, Hard: true}, upstream.Now()); err != nil {
					t.Error(err)
				}
				// It is dropped when it is met.
				other := &recorder{}
				p.Serve(ask(t, other, get+"Cache-Control: only-if-cached\r\n\r\n"), other)
				during = zone.Stats().Detached
			}
			p.Serve(ask(t, &s.recorder, get+"\r\n"), s)
			if got := cacheStatus(&s.recorder); !strings.HasPrefix(got, "weir; hit") || string(s.body) != body {
				t.Fatalf("%s, %d bytes", got, len(s.body))
			}
			if counts && during < int64(size) || !counts && during != 0 {
				t.Errorf("%d bytes count as held, of a body of %d", during, size)
			}
			if after := zone.Stats().Detached; after != 0 {
				t.Errorf("%d bytes count as held afterwards", after)
			}
		})
	}
}
