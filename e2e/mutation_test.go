package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// TestCutRequestIsNeverComplete is the main promise about requests: wherever a
// client's ends, the backend can tell whether it has all of it.
func TestCutRequestIsNeverComplete(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("complete")))
	w := start(t, setup{conf: oneBackend(origin)})
	body := strings.Repeat("0123456789", 30)
	uploads := map[string]string{
		"length":  request("POST", "/%s", fmt.Sprintf("Content-Length: %d", len(body))) + body,
		"chunked": request("POST", "/%s", "Transfer-Encoding: chunked", "Trailer: X-Sum") + chunks(body, 1, 16, 100, 183) + "0\r\nX-Sum: 1\r\n\r\n",
	}
	work := make(chan func())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for f := range work {
				f()
			}
		})
	}
	stride := 1
	if testing.Short() {
		stride = 17
	}
	for framing, upload := range uploads {
		for k := 0; k < len(upload); k += stride {
			for how, end := range []func(*client){func(c *client) { c.conn.Close() }, (*client).reset, (*client).halfClose} {
				raw := fmt.Sprintf(upload, fmt.Sprintf("%s-%d-%d", framing, how, k))
				work <- func() { cutRequest(t, w, raw[:min(k, len(raw)-1)], end) }
			}
		}
	}
	close(work)
	wg.Wait()
	await(t, "no request is under way", func() bool {
		_, metrics, err := w.adminGet("/metrics")
		return err == nil && seriesSum(metrics, "weir_backend_requests_in_flight") == 0
	})
	for _, got := range origin.Requests() {
		if got.Complete {
			t.Errorf("a cut request looked complete: %q", got.Raw)
		}
		if !strings.HasPrefix(body, string(got.Body)) {
			t.Errorf("the backend received %q", got.Body)
		}
	}
}

func chunks(body string, sizes ...int) string {
	raw := ""
	for _, n := range sizes {
		raw += fmt.Sprintf("%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	return raw
}

// cutRequest sends raw and ends. A client that can still read must not be told
// that all is well.
func cutRequest(t *testing.T, w *weir, raw string, end func(*client)) {
	c, err := tryDial(t, w.addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.conn.Close()
	c.offer(raw)
	end(c)
	if r, err := c.tryResponse("POST"); err == nil && r.status < 400 {
		t.Errorf("%q was answered with %v", raw, r)
	}
}

// TestMutatedRequestsAreSurvived: requests of the corpus with random changes.
// Whatever comes of them, the backend sees sound requests only and weir lives.
func TestMutatedRequestsAreSurvived(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("fine")))
	w := start(t, setup{listen: "\n    timeouts: { header: 1s, body_idle: 1s }", conf: oneBackend(origin)})
	entries := corpus(t)
	for _, e := range entries {
		for range 4 { // most start from a sound one
			if e.status == 0 {
				entries = append(entries, e)
			}
		}
	}
	n := 8000
	if testing.Short() {
		n = 400
	}
	var wg sync.WaitGroup
	for worker := range uint64(8) {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(worker, 1))
			for range n / 8 {
				raw := entries[random.IntN(len(entries))].raw
				for range 1 + random.IntN(4) {
					raw = mutate(random, raw)
				}
				sendMutated(t, w, raw)
			}
		})
	}
	wg.Wait()
	for _, got := range origin.Requests() {
		if err := got.Lint(); err != nil {
			t.Errorf("the backend received %q: %v", got.Head, err)
		}
	}
	w.get(t, "/").expect(t, 200)
}

func sendMutated(t *testing.T, w *weir, raw string) {
	c, err := tryDial(t, w.addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.conn.Close()
	c.offer(raw)
	c.halfClose()
	method, _, _ := strings.Cut(strings.TrimLeft(raw, "\r\n"), " ")
	// Not every mutation leaves the method readable: a HEAD may look like a GET.
	if r, err := c.tryResponse(method); err == nil && r.status >= 500 && r.status != 501 && r.status != 502 && r.status != 505 {
		t.Errorf("%q was answered with %v", raw, r)
	}
}

// mutate makes one change where it may hurt.
func mutate(random *rand.Rand, raw string) string {
	pieces := []string{
		"\r\n", "\n", "\r", "\x00", " ", "\t", ":", ";", ",", "%", "/", "//", "..", "0", "ffffffffffffffff", "-1", "+",
		"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "Connection: Upgrade\r\nUpgrade: websocket\r\n",
		"Expect: 100-continue\r\n", "Host: b\r\n", "\r\n\r\n", "HTTP/1.1", "GET / HTTP/1.1\r\n", "\xff", "\x80", "0\r\n\r\n",
	}
	at := random.IntN(len(raw) + 1)
	to := min(len(raw), at+random.IntN(8))
	switch random.IntN(5) {
	case 0:
		return raw[:at] + pieces[random.IntN(len(pieces))] + raw[at:]
	case 1:
		return raw[:at] + raw[to:]
	case 2:
		return raw[:at] + raw[at:to] + raw[at:]
	case 3:
		return raw[:at] + string([]byte{byte(random.IntN(256))}) + raw[min(len(raw), at+1):]
	}
	return raw[:at] + pieces[random.IntN(len(pieces))] + raw[to:]
}
