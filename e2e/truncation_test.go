package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// cutSize is the size of the responses that are cut at every byte.
const cutSize = 2048

// A sample is one response of cutSize bytes and what it means.
type sample struct {
	raw  string
	head int    // bytes of raw that are the head
	body string // decoded
}

var cutSamples = makeSamples()

// makeSamples returns one response for each framing.
func makeSamples() map[string]sample {
	var text strings.Builder
	for i := 0; text.Len() < cutSize; i++ {
		fmt.Fprintf(&text, "%06d ", i)
	}
	filler := text.String()
	return map[string]sample{
		"length":  lengthSample(filler),
		"chunked": chunkedSample(filler),
		"close":   closeSample(filler),
	}
}

func lengthSample(filler string) sample {
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1980\r\n\r\n"
	body := filler[:cutSize-len(head)]
	head = strings.Replace(head, "1980", strconv.Itoa(len(body)), 1)
	return sample{head + body, len(head), body}
}

func closeSample(filler string) sample {
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
	body := filler[:cutSize-len(head)]
	return sample{head + body, len(head), body}
}

// chunkedSample has chunks of many sizes, an extension and a trailer; the last
// chunk but one is stretched so that the whole has the right size.
func chunkedSample(filler string) sample {
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
	const end = "0\r\nX-Checksum: abc\r\n\r\n"
	raw, body := head, ""
	for _, n := range []int{1, 2, 15, 16, 17, 255, 256, 1, 300} {
		piece := filler[len(body) : len(body)+n]
		raw += fmt.Sprintf("%x;ext=\"v\"\r\n%s\r\n", n, piece)
		body += piece
	}
	n := cutSize - len(raw) - len(end) - len("3ff\r\n\r\n")
	piece := filler[len(body) : len(body)+n]
	raw += fmt.Sprintf("%x\r\n%s\r\n", n, piece) + end
	return sample{raw, len(head), body + piece}
}

func TestSamplesHaveTheSameSize(t *testing.T) {
	for name, s := range cutSamples {
		if len(s.raw) != cutSize {
			t.Errorf("%s: %d bytes", name, len(s.raw))
		}
	}
}

// A cut is one case: the backend sends the first k bytes and ends.
type cut struct {
	framing string
	how     origintest.Ending
	k       int
	pool    string // the first path segment
	minor   int    // of the client's HTTP version
}

func (c cut) target() string { return fmt.Sprintf("/%s/%s/%d/%d", c.pool, c.framing, c.how, c.k) }

// cuttingOrigin does what the target of each request says, once a connection.
func cuttingOrigin(t *testing.T) *origintest.Server {
	return origintest.New(t, func(c *origintest.Conn) {
		r, err := c.ReadHead()
		if err != nil {
			return
		}
		words := strings.Split(r.Target, "/")
		how, _ := strconv.Atoi(words[3])
		k, _ := strconv.Atoi(words[4])
		c.Cut(cutSamples[words[2]].raw, k, origintest.Ending(how))
	})
}

// TestCutResponseIsNeverComplete is the main promise about responses: wherever
// the backend's ends, a client can tell whether it has all of it.
func TestCutResponseIsNeverComplete(t *testing.T) {
	t.Parallel()
	origin := cuttingOrigin(t)
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  once: { backends: [%[1]q], retries: 0 }
  again: { backends: [%[1]q], retries: 1 }
routes:
  - { match: { prefix: /once }, pool: once }
  - { match: { prefix: /again }, pool: again }
`, origin.Addr())})

	work := make(chan cut)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var conn *client
			for c := range work {
				conn = checkCut(t, w, conn, c)
			}
		})
	}
	for _, c := range cuts() {
		work <- c
	}
	close(work)
	wg.Wait()
}

func cuts() []cut {
	stride := 1
	if testing.Short() {
		stride = 37
	}
	var all []cut
	for framing := range cutSamples {
		for _, how := range []origintest.Ending{origintest.ByClose, origintest.ByReset} {
			for k := 0; k <= cutSize; k += stride {
				all = append(all, cut{framing, how, k, "once", 1})
			}
			for k := 0; how == origintest.ByClose && k <= cutSize; k += 16 * stride {
				all = append(all, cut{framing, origintest.ByHalfClose, k, "once", 1})
			}
			for k := 0; k <= cutSize; k += 16 * stride {
				all = append(all, cut{framing, how, k + k/16%16, "again", 1}, cut{framing, how, k, "once", 0})
			}
		}
	}
	for i := range all {
		all[i].k = min(all[i].k, cutSize)
	}
	return all
}

// checkCut runs one case, on conn when there is one, and returns the connection
// if it can be used again.
func checkCut(t *testing.T, w *weir, conn *client, c cut) *client {
	if conn == nil {
		var err error
		if conn, err = tryDial(t, w.addr); err != nil {
			t.Error(err)
			return nil
		}
	}
	fields := "Host: h\r\n"
	if c.minor == 0 {
		fields += "Connection: close\r\n"
	}
	conn.offer(fmt.Sprintf("GET %s HTTP/1.%d\r\n%s\r\n", c.target(), c.minor, fields))
	r, err := conn.tryResponse("GET")
	if fault := judge(c, r, err); fault != "" {
		t.Errorf("%+v: %s: %v; received %.400q", c, fault, err, r)
	}
	if err == nil && r.framing != byClose && len(r.values("Connection")) == 0 && c.minor == 1 {
		return conn
	}
	conn.conn.Close()
	return nil
}

// judge says what is wrong with an outcome, "" if nothing is.
func judge(c cut, r *response, err error) string {
	s := cutSamples[c.framing]
	whole := c.k == cutSize || c.framing == "close" && c.how != origintest.ByReset && c.k >= s.head
	switch {
	case errors.Is(err, errProtocol):
		return "the response is not HTTP"
	case errors.Is(err, errNothing):
		return "no answer at all"
	case err == nil && r.status == 502:
		// A reset may be noticed before the bytes it follows.
		if !whole || c.how == origintest.ByReset {
			return ""
		}
		return "bad gateway for a complete response"
	case r.status != 200:
		return "unexpected status"
	case c.k < s.head:
		return "a response out of half a head"
	case err == nil && !whole:
		return "a cut response looks complete"
	case err == nil && string(r.body) != s.body[:min(len(s.body), c.bodyBytes(s))]:
		return "complete, but not what the backend sent"
	case err != nil && c.how != origintest.ByReset && whole:
		return "a complete response looks cut"
	case !bytes.HasPrefix([]byte(s.body), r.body):
		return "bytes that the backend did not send"
	case c.minor == 1 && r.framing == byClose:
		return "an HTTP/1.1 client cannot tell a body that ends with the connection from a cut one"
	}
	return ""
}

// bodyBytes is how many body bytes a whole response of the case has.
func (c cut) bodyBytes(s sample) int {
	if c.framing == "close" {
		return c.k - s.head
	}
	return len(s.body)
}

// TestStalledResponseIsCut: a backend that falls silent inside its head costs a
// 504, inside its body the connection.
func TestStalledResponseIsCut(t *testing.T) {
	t.Parallel()
	origin := cuttingOrigin(t)
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  once: { backends: [%q], retries: 0, timeouts: { first_byte: 300ms, between_bytes: 300ms } }
routes:
  - { match: { prefix: /once }, pool: once }
`, origin.Addr())})
	var wg sync.WaitGroup
	for framing, s := range cutSamples {
		for _, k := range []int{0, 1, s.head - 1, s.head, s.head + 1, cutSize / 2, cutSize - 21, cutSize - 4, cutSize - 1} {
			wg.Go(func() {
				c := w.dial(t)
				c.offer(request("GET", cut{framing: framing, how: origintest.ByStall, k: k, pool: "once"}.target()))
				r, err := c.tryResponse("GET")
				switch {
				case k < s.head && (err != nil || r.status != 504):
					t.Errorf("%s stalled at %d of a head of %d: %v %v, want 504", framing, k, s.head, r, err)
				case k >= s.head && !errors.Is(err, errCut) && !(err == nil && r.status == 504):
					t.Errorf("%s stalled at %d: %v %v, want a cut", framing, k, r, err)
				}
			})
		}
	}
	wg.Wait()
	await(t, "weir closes the stalled connections", func() bool { return origin.Open() == 0 })
}
