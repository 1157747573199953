package upstream

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
	"github.com/weirproxy/weir/message"
)

func TestInformationalResponsesAreCounted(t *testing.T) {
	for n, ok := range map[int]bool{1: true, maxInformational: true, maxInformational + 1: false} {
		o := origintest.New(t, origintest.Reply(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", n)+origintest.OK("hello")))
		var res message.Response
		c, err := to(t, o).Exchange(Now(), nil, &patient, false, []byte(get), "GET", &res)
		seen := 0
		for err == nil && res.Status < 200 {
			seen++
			if res.Status != 103 || string(res.Fields[0].Value) != "</a>" {
				t.Fatalf("head %d: %d %s", seen, res.Status, res.Fields[0].Value)
			}
			err = c.ReadHead("GET", &res)
		}
		if seen != min(n, maxInformational) {
			t.Fatalf("%d of %d seen", seen, n)
		}
		if ok && (err != nil || res.Status != 200) || !ok && kindOf(t, err) != Protocol {
			t.Fatalf("after %d: status %d, %v", n, res.Status, err)
		}
		c.Release(Now())
	}
}

// padded is a response whose head is exactly size bytes.
func padded(size int) string {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Pad: "
	return head + strings.Repeat("p", size-len(head)-4) + "\r\n\r\nhello"
}

func TestHeadSizeLimit(t *testing.T) {
	for size, ok := range map[int]bool{
		bufferSize - 5: true, bufferSize: true, bufferSize + 1: true,
		headSize - 1: true, headSize: true, headSize + 1: false,
	} {
		o := origintest.New(t, origintest.Reply(padded(size)))
		tr := to(t, o)
		_, body, err := fetch(tr, "GET", get, &patient)
		if ok && (err != nil || body != "hello") || !ok && kindOf(t, err) != HeaderSize {
			t.Errorf("%d bytes: %q, %v", size, body, err)
		}
		if _, _, _, idle := tr.Stats(); (idle == 1) != ok {
			t.Errorf("%d bytes: %d connections kept", size, idle)
		}
	}
}

func TestFieldCountLimit(t *testing.T) {
	for n, ok := range map[int]bool{maxFields: true, maxFields + 1: false} {
		o := origintest.New(t, origintest.Reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"+strings.Repeat("X: y\r\n", n-1)+"\r\nhello"))
		_, _, err := fetch(to(t, o), "GET", get, &patient)
		if ok && err != nil || !ok && kindOf(t, err) != HeaderSize {
			t.Errorf("%d fields: %v", n, err)
		}
	}
}

func TestTrailerLimits(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
	for name, row := range map[string]struct {
		trailers string
		ok       bool
	}{
		"as many as allowed": {strings.Repeat("X: y\r\n", maxFields), true},
		"one more":           {strings.Repeat("X: y\r\n", maxFields+1), false},
		"40 KiB":             {"X: " + strings.Repeat("y", 40<<10) + "\r\n", true},
		"65 KiB":             {"X: " + strings.Repeat("y", 65<<10) + "\r\n", false},
	} {
		o := origintest.New(t, origintest.Reply(head+row.trailers+"\r\n"))
		_, _, err := fetch(to(t, o), "GET", get, &patient)
		if row.ok && err != nil || !row.ok && kindOf(t, err) != TrailerSize {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHeadInEverySegmentation splits a head and its body in two at every byte.
func TestHeadInEverySegmentation(t *testing.T) {
	const whole = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	for k := range len(whole) {
		var in input
		in.begin()
		var res message.Response
		feed(t, &in, whole[:k])
		heads, body := "", ""
		for _, more := range []string{whole[k:], ""} {
			for ok := true; ok && !in.inBody; {
				var bad *Error
				if ok, bad = in.head("GET", &res); bad != nil {
					t.Fatalf("cut at %d: %v", k, bad)
				}
				if ok {
					heads += fmt.Sprint(res.Status, " ")
				}
			}
			if in.inBody {
				p, _, _, bad := in.take()
				if bad != nil {
					t.Fatalf("cut at %d: %v", k, bad)
				}
				body += string(p)
			}
			feed(t, &in, more)
		}
		if heads != "103 200 " || body != "hello" || !in.reusable() {
			t.Fatalf("cut at %d: heads %q, body %q", k, heads, body)
		}
		in.end()
	}
}

// feed makes s the next bytes that in has read.
func feed(t testing.TB, in *input, s string) {
	t.Helper()
	for s != "" {
		n := copy(in.space(), s)
		in.w += n
		s = s[n:]
	}
}

// TestHostileBackends runs every origin of the corpus: each costs an error and
// its connection, or is understood and then not used again.
func TestHostileBackends(t *testing.T) {
	for _, h := range origintest.Hostiles() {
		t.Run(h.Name, func(t *testing.T) {
			o := origintest.New(t, h.Script)
			tr := to(t, o)
			status, _, err := fetch(tr, "GET", get, &patient)
			switch {
			case status == 101: // whether it was asked for is not known here
			case h.Name == "space before the colon": // a proxy removes it (RFC 9112, section 5.1)
			case h.Outcome == origintest.BadGateway && (err == nil || status >= 200):
				t.Errorf("status %d, %v", status, err)
			case h.Outcome == origintest.Cut && (err == nil || status != 200):
				t.Errorf("status %d, %v", status, err)
			case h.Outcome == origintest.Good && err != nil:
				t.Error(err)
			}
			if err != nil {
				asError(t, err)
			}
			awaitNoise(t, tr)
			_, _, _ = fetch(tr, "GET", get, &patient)
			if conns := o.Conns(); conns != 2 {
				t.Errorf("%d connections for two exchanges", conns)
			}
		})
	}
}

// awaitNoise waits until whatever the origin sends after its response is there.
func awaitNoise(t *testing.T, tr *Transport) {
	t.Helper()
	tr.pool.mu.Lock()
	idle := append([]*Conn(nil), tr.pool.idle...)
	tr.pool.mu.Unlock()
	for _, c := range idle {
		origintest.Await(t, "the noise arrives", func() bool { return !c.sock.Peek() })
	}
}
