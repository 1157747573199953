package upstream

import (
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
	"github.com/weirproxy/weir/message"
)

// TestManyAtOnce has exchanges of every kind share one Transport, with an origin
// that closes connections as it pleases.
func TestManyAtOnce(t *testing.T) {
	o := origintest.New(t, func(c *origintest.Conn) {
		n := 0
		c.Each(func(r *origintest.Request) error {
			if _, err := c.ReadBody(); err != nil {
				return err
			}
			if n++; n > 7 { // closes when idle
				return net.ErrClosed
			}
			return c.Send(origintest.OK(r.Target))
		})
	})
	tr := to(t, o)
	var workers sync.WaitGroup
	for w := range 8 {
		workers.Go(func() {
			for i := range 100 {
				target := fmt.Sprintf("/%d/%d", w, i)
				out := "GET " + target + " HTTP/1.1\r\nHost: example.com\r\n\r\n"
				_, body, err := fetch(tr, "GET", out, &patient)
				if err != nil && !(asError(t, err).Kind == Terminated && asError(t, err).Reused) || err == nil && body != target {
					t.Errorf("%s: %q, %v", target, body, err)
					return
				}
			}
		})
	}
	workers.Wait()
	if _, _, open, idle := tr.Stats(); open != idle || idle > 8 {
		t.Errorf("open %d, idle %d", open, idle)
	}
}

// TestAbortAtAnyTime lets Abort race with every stage of an exchange.
func TestAbortAtAnyTime(t *testing.T) {
	tr := to(t, origintest.New(t, origintest.Echo))
	for range 50 {
		c := upload(t, tr, &patient, 1<<20)
		var others sync.WaitGroup
		others.Go(func() { sendBody(c, 1<<20) })
		others.Go(c.Abort)
		var res message.Response
		if err := c.ReadHead("POST", &res); err == nil {
			readBody(c)
		}
		others.Wait()
		if !c.aborted.Load() || c.reusable() {
			t.Fatal("an aborted connection could be used again")
		}
		c.Release(Now())
	}
	if _, _, open, _ := tr.Stats(); open != 0 {
		t.Errorf("%d open", open)
	}
}
