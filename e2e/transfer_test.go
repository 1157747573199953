package e2e

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// transferBytes is the size of the body that is sent each way.
func transferBytes(t *testing.T) int64 {
	n := int64(64 << 20)
	if testing.Short() {
		n = 8 << 20
	}
	if v := os.Getenv("WEIR_E2E_BYTES"); v != "" {
		var err error
		if n, err = strconv.ParseInt(v, 10, 64); err != nil {
			t.Fatalf("WEIR_E2E_BYTES: %v", err)
		}
	}
	return n
}

// growthLimit is how much the peak of resident memory may grow while any number
// of bytes passes in both directions: 16 MiB is what is promised of weir. What a
// garbage collector between two cycles may hold on top is part of it, so no
// further allowance is made.
const growthLimit = 16 << 20

// TestBigTransferBothWaysAtOnce sends a body through weir to a backend that sends
// it back while it arrives, and watches weir's memory.
func TestBigTransferBothWaysAtOnce(t *testing.T) {
	size := transferBytes(t)
	for _, framing := range []string{"length", "chunked"} {
		w := start(t, setup{conf: strings.Replace(oneBackend(origintest.New(t, reflect)), "pool: api", "pool: api, limits: { body: unlimited }", 1)})
		transfer(t, w, framing, 1<<20)
		before := w.peakMemory(t)
		transfer(t, w, framing, size)
		growth := w.peakMemory(t) - before
		t.Logf("%s: %d MiB each way, peak memory grew by %d KiB from %d KiB", framing, size>>20, growth>>10, before>>10)
		if growth > growthLimit && !raceBuild {
			t.Errorf("%s: peak memory grew by %d bytes", framing, growth)
		}
	}
}

// reflect answers with the bytes of the request body, as they arrive.
func reflect(c *origintest.Conn) {
	buf := make([]byte, 64<<10)
	c.Each(func(r *origintest.Request) error {
		if length := r.Value("Content-Length"); length != "" {
			c.Sendf("HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n", length)
			_, err := io.CopyBuffer(struct{ io.Writer }{c}, c.Body(), buf)
			return err
		}
		c.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		return c.EchoBody()
	})
}

// transfer sends and receives size bytes that tell their position.
func transfer(t *testing.T, w *weir, framing string, size int64) {
	t.Helper()
	c := w.dial(t)
	defer c.conn.Close()
	sent := make(chan error, 1)
	go func() { sent <- upload(c, framing, size) }()

	r := c.head("POST").expect(t, 200)
	var at int64
	for {
		p, err := c.piece(r)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("after %d bytes: %v", at, err)
		}
		if !matches(p, at) {
			t.Fatalf("other bytes came back around byte %d", at)
		}
		at += int64(len(p))
		r.body = r.body[:0]
	}
	if err := <-sent; err != nil || at != size {
		t.Fatalf("%d of %d bytes came back; upload: %v", at, size, err)
	}
}

// pattern is what a body consists of: a period that is a prime cannot be hidden by
// buffers whose sizes are powers of two.
const period = 65521

var pattern = func() []byte {
	p := make([]byte, 2*period)
	for i := range p {
		p[i] = byte(i % period * 31 >> 3)
	}
	return p
}()

// matches tells whether p is what the body has at an offset.
func matches(p []byte, at int64) bool {
	for len(p) > 0 {
		from := int(at % period)
		n := min(len(p), period)
		if string(p[:n]) != string(pattern[from:from+n]) {
			return false
		}
		p, at = p[n:], at+int64(n)
	}
	return true
}

func upload(c *client, framing string, size int64) error {
	head := request("POST", "/", fmt.Sprintf("Content-Length: %d", size))
	if framing == "chunked" {
		head = request("POST", "/", "Transfer-Encoding: chunked")
	}
	if _, err := io.WriteString(c.conn, head); err != nil {
		return err
	}
	for at := int64(0); at < size; at += period {
		p := pattern[:min(period, size-at)]
		if framing == "chunked" {
			p = fmt.Appendf(nil, "%x\r\n%s\r\n", len(p), p)
		}
		if _, err := c.conn.Write(p); err != nil {
			return err
		}
	}
	if framing == "chunked" {
		_, err := io.WriteString(c.conn, "0\r\n\r\n")
		return err
	}
	return nil
}

// peakMemory returns the largest resident size of the process so far, in bytes.
func (w *weir) peakMemory(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.cmd.Process.Pid))
	if err != nil {
		t.Skipf("nothing is known of the memory of a process here: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if err != nil {
				t.Fatalf("VmHWM %q", value)
			}
			return n << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}
