package upstream

import (
	"bytes"
	"net"
	"testing"

	"github.com/weirproxy/weir/message"
)

// answering is a backend that answers every read with the same bytes and
// allocates nothing to do so.
func answering(t testing.TB, answer string) *Transport {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		in, out := make([]byte, 4096), []byte(answer)
		for {
			n, err := c.Read(in)
			if err != nil {
				return
			}
			if bytes.HasSuffix(in[:n], []byte("\r\n\r\n")) {
				c.Write(out)
			}
		}
	}()
	tr := New(Config{Network: "tcp", Address: ln.Addr().String(), MaxIdle: 8})
	t.Cleanup(func() { tr.Close(); ln.Close(); <-done })
	return tr
}

var answers = map[string]string{
	"length":  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
	"chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
	"large":   "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + string(make([]byte, 100_000)),
}

// cycle is one whole exchange with what the caller keeps from one to the next.
func cycle(tr *Transport, client message.Client, res *message.Response, out []byte) error {
	c, err := tr.Exchange(Now(), client, &patient, false, out, "GET", res)
	if err != nil {
		return err
	}
	for {
		_, last, err := c.Next()
		if last || err != nil {
			c.Release(Now())
			return err
		}
	}
}

func TestExchangeAllocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool forget")
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			tr, client := answering(t, answer), &leaver{}
			var res message.Response
			out := []byte(get)
			if got := testing.AllocsPerRun(200, func() {
				if err := cycle(tr, client, &res, out); err != nil {
					t.Error(err)
				}
			}); got != 0 {
				t.Errorf("%v allocations an exchange", got)
			}
		})
	}
}

// streamed is cycle for a request that is sent piece by piece.
func streamed(tr *Transport, client message.Client, res *message.Response, out []byte) error {
	c, err := tr.Get(Now(), client, &patient, false)
	if err != nil {
		return err
	}
	defer c.Release(Now())
	half := len(out) / 2
	if err := c.Send(out[:half], false); err != nil {
		return err
	}
	if err := c.Send(out[half:], true); err != nil {
		return err
	}
	if err := c.ReadHead("GET", res); err != nil {
		return err
	}
	for {
		if _, last, err := c.Next(); last || err != nil {
			return err
		}
	}
}

// TestStreamedRequestAllocatesLittle: the two are the look whether an idle
// connection is alive.
func TestStreamedRequestAllocatesLittle(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool forget")
	}
	tr, client := answering(t, answers["length"]), &leaver{}
	var res message.Response
	out := []byte(get)
	if got := testing.AllocsPerRun(200, func() {
		if err := streamed(tr, client, &res, out); err != nil {
			t.Error(err)
		}
	}); got > 2 {
		t.Errorf("%v allocations an exchange", got)
	}
}

func BenchmarkExchange(b *testing.B) {
	for name, answer := range answers {
		b.Run(name, func(b *testing.B) {
			tr, client := answering(b, answer), &leaver{}
			var res message.Response
			out := []byte(get)
			b.ReportAllocs()
			for b.Loop() {
				if err := cycle(tr, client, &res, out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
