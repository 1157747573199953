package proxy

import (
	"bytes"
	"io"
	"testing"

	"github.com/weirproxy/weir/message"
)

// trickle is a body that arrives a few bytes at a time and then ends with err.
type trickle struct {
	left []byte
	err  error
	room int // the most that was asked for at once
}

func (b *trickle) Read(p []byte) (int, error) {
	b.room = max(b.room, len(p))
	if len(b.left) == 0 {
		return 0, b.err
	}
	n := copy(p, b.left[:min(7, len(b.left))])
	b.left = b.left[n:]
	return n, nil
}

// A body that is read ahead takes memory as it arrives, not as it is announced.
func TestReadAheadTakesMemoryAsBytesArrive(t *testing.T) {
	p := serving(t, configFor("127.0.0.1:1"))
	ahead := func(announced string, body *trickle) (*exchange, error) {
		req := ask(t, &recorder{}, "PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: "+announced+"\r\n\r\n")
		req.Body = body
		x := acquireExchange(p, req, &recorder{})
		if err := x.matchRoute(); err != nil {
			t.Fatal(err)
		}
		return x, x.readAhead()
	}
	stalled := &trickle{left: make([]byte, 100), err: message.ErrStalled}
	if _, err := ahead("65536", stalled); err != errBodyStalled || stalled.room > 8<<10 {
		t.Errorf("%v, with room for %d bytes when 100 had come", err, stalled.room)
	}
	whole := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	x, err := ahead("65536", &trickle{left: whole, err: io.EOF})
	if err != nil || !bytes.Equal(x.bodyAtHand(), whole) {
		t.Errorf("%v, with %d bytes of %d", err, len(x.replay), len(whole))
	}
	if x, err = ahead("65537", &trickle{}); err != nil || x.replay != nil {
		t.Errorf("a body over the limit: %v, %d bytes", err, len(x.replay))
	}
}
