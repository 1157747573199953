package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// soundResponses are what the mutations of responses start from.
var soundResponses = []string{
	origintest.OK("hello"),
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n",
	"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
	"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
	"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
	"HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\nContent-Length: 5\r\n\r\n",
	"HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n" + origintest.OK("hello"),
	"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nContent-Length: 2\r\n\r\nno",
}

// TestMutatedResponsesAreSurvived: a backend whose responses have random changes.
// What reaches the client is HTTP, complete or recognisably not, every time.
func TestMutatedResponsesAreSurvived(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, func(c *origintest.Conn) {
		r, err := c.ReadHead()
		if err != nil {
			return
		}
		seed, _ := strconv.ParseUint(strings.TrimPrefix(r.Target, "/"), 10, 64)
		random := rand.New(rand.NewPCG(seed, 2))
		raw := soundResponses[random.IntN(len(soundResponses))]
		for range 1 + random.IntN(3) {
			raw = mutate(random, raw)
		}
		c.Cut(raw, len(raw), origintest.Ending(random.IntN(3)))
	})
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q], retries: 0, timeouts: { first_byte: 1s, between_bytes: 1s } }
routes:
  - { match: { prefix: / }, pool: api }
`, origin.Addr())})
	n := 4000
	if testing.Short() {
		n = 400
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range n / 8 {
				askMutated(t, w, worker*n+i)
			}
		})
	}
	wg.Wait()
}

func askMutated(t *testing.T, w *weir, seed int) {
	c, err := tryDial(t, w.addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.conn.Close()
	method := []string{"GET", "HEAD", "GET"}[seed%3]
	c.offer(request(method, fmt.Sprintf("/%d", seed), "TE: trailers", "Connection: TE, close"))
	r, err := c.tryResponse(method)
	switch {
	case errors.Is(err, errProtocol) || errors.Is(err, errNothing):
		t.Errorf("seed %d: %v: %v", seed, err, r)
	case err == nil && r.framing == byClose:
		t.Errorf("seed %d: the end of the connection ends the body: %v", seed, r)
	case err == nil && len(c.buf) > 0:
		t.Errorf("seed %d: %q behind the response", seed, c.buf)
	}
}
