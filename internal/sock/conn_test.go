package sock

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// pair returns the two ends of a TCP connection on loopback.
func pair(t testing.TB) (*Conn, *Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dialled, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(dialled)
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(accepted)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// eventually polls cond until it holds or the test has waited too long.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

type oneBuffer struct{ lent, gets int }

func (b *oneBuffer) Get() []byte { b.lent++; b.gets++; return make([]byte, 64) }
func (b *oneBuffer) Put([]byte)  { b.lent-- }

func TestReadLentHoldsNoBufferWhileWaiting(t *testing.T) {
	a, b := pair(t)
	var bufs oneBuffer
	type result struct {
		p   []byte
		n   int
		err error
	}
	got := make(chan result)
	go func() {
		p, n, err := b.ReadLent(&bufs, nil)
		got <- result{p, n, err}
	}()
	if _, err := a.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	r := <-got
	if r.err != nil || string(r.p[:r.n]) != "hello" {
		t.Fatalf("got %q, %v", r.p[:r.n], r.err)
	}
	bufs.Put(r.p)
	a.Close()
	if p, _, err := b.ReadLent(&bufs, nil); err != io.EOF || p != nil {
		t.Fatalf("after close: %v, %v", p, err)
	}
	if bufs.lent != 0 {
		t.Fatalf("%d buffers not given back", bufs.lent)
	}
}

func TestExchangeAnswersAndSendsOnce(t *testing.T) {
	a, b := pair(t)
	go func() {
		p := make([]byte, 64)
		for range 100 {
			n, err := b.Read(p)
			if err != nil {
				return
			}
			b.Write(bytes.ToUpper(p[:n]))
		}
	}()
	in := make([]byte, 64)
	for range 100 {
		sent, n, err := a.Exchange([]byte("ping"), in)
		if sent != 4 || err != nil || string(in[:n]) != "PING" {
			t.Fatalf("sent %d, got %q, %v", sent, in[:n], err)
		}
	}
}

func TestExchangeSendsNothingOnAConnectionThatIsNotIdle(t *testing.T) {
	for name, spoil := range map[string]func(*Conn){
		"unsolicited bytes": func(c *Conn) { c.Write([]byte("x")) },
		"closed":            func(c *Conn) { c.CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t)
			if !a.Peek() {
				t.Fatal("a fresh connection is not quiet")
			}
			spoil(b)
			eventually(t, "the peek sees it", func() bool { return !a.Peek() })
			sent, n, err := a.Exchange([]byte("ping"), make([]byte, 8))
			if sent != 0 || n != 0 || !errors.Is(err, ErrNotIdle) {
				t.Fatalf("sent %d, read %d, %v", sent, n, err)
			}
		})
	}
}

func TestExchangeReportsAShortWrite(t *testing.T) {
	a, _ := pair(t)
	big := make([]byte, 64<<20)
	sent, n, err := a.Exchange(big, make([]byte, 8))
	if err != nil || n != 0 || sent <= 0 || sent >= len(big) {
		t.Fatalf("sent %d of %d, read %d, %v", sent, len(big), n, err)
	}
}

func TestWritevWritesAllOfIt(t *testing.T) {
	a, b := pair(t)
	x, y := bytes.Repeat([]byte("x"), 3<<20), bytes.Repeat([]byte("y"), 5<<20)
	got := make(chan []byte)
	go func() { all, _ := io.ReadAll(b); got <- all }()
	n, err := a.Writev(x, nil, y)
	if n != len(x)+len(y) || err != nil {
		t.Fatalf("wrote %d, %v", n, err)
	}
	a.CloseWrite()
	if all := <-got; !bytes.Equal(all, append(x, y...)) {
		t.Fatalf("%d bytes arrived, or not the right ones", len(all))
	}
}

func TestHungUpSeesPastUnreadBytes(t *testing.T) {
	a, b := pair(t)
	if b.HungUp() {
		t.Fatal("an open connection is reported as gone")
	}
	a.Write([]byte("unread"))
	a.Close()
	eventually(t, "hang-up is seen", b.HungUp)
}

func TestReadWithinExpires(t *testing.T) {
	a, _ := pair(t)
	a.ReadWithin(Now(), 10*time.Millisecond)
	if _, err := a.Read(make([]byte, 1)); !IsTimeout(err) {
		t.Fatalf("got %v, want a timeout", err)
	}
	a.ReadWithin(Now(), time.Hour)
	go a.Close()
	if _, err := a.Read(make([]byte, 1)); err == nil || IsTimeout(err) {
		t.Fatalf("got %v, want the close", err)
	}
}

func TestLazyDeadlineMovesOnlyWhenDue(t *testing.T) {
	const d = 8 * time.Second
	var l lazyDeadline
	steps := []struct {
		at   time.Duration
		d    time.Duration
		want bool
	}{
		{0, d, true}, {time.Second, d, false}, {time.Second + 1, d, true},
		{time.Second + 2, d, false}, {time.Second + 3, 4 * time.Second, true}, {time.Second + 4, d, true},
	}
	for i, s := range steps {
		left, set := l.due(int64(s.at), s.d)
		if set != s.want || set && (left < s.d || left > s.d+time.Second) {
			t.Errorf("step %d: set %v to %v", i, set, left)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	a, b := pair(t)
	go func() {
		p := make([]byte, 64)
		for {
			n, err := b.Read(p)
			if err != nil {
				return
			}
			b.Write(p[:n])
		}
	}()
	in, out := make([]byte, 64), []byte("ping")
	if got := testing.AllocsPerRun(200, func() {
		a.ReadWithin(Now(), time.Second)
		if _, _, err := a.Exchange(out, in); err != nil {
			t.Error(err)
		}
		a.WriteWithin(Now(), time.Second)
	}); got != 0 {
		t.Errorf("%v allocations an exchange", got)
	}
}
