package e2e

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/weirproxy/weir/internal/origintest"
)

// What is fetched for nobody, or for clients that have left, ends: so that
// backends are not held by it, and so that weir can stop.

const (
	pauseOfDrip = 20 * time.Millisecond
	fullAfter   = 200 * time.Millisecond // without an answer, a queue is taken to be full
)

// abandoned is an origin that answers its first request with first, if there is
// one, and all others with rest, after which it waits for its client to leave. It
// counts these, and who of them has left.
func abandoned(t *testing.T, first, rest string) (o *origintest.Server, asked, left *atomic.Int64) {
	asked, left = new(atomic.Int64), new(atomic.Int64)
	var begun atomic.Bool
	begun.Store(first == "")
	o = origintest.New(t, func(c *origintest.Conn) {
		c.Each(func(*origintest.Request) error {
			if begun.CompareAndSwap(false, true) {
				return c.Send(first)
			}
			asked.Add(1)
			defer left.Add(1)
			if err := c.Send(rest); err != nil {
				return err
			}
			c.WaitClose()
			return io.EOF
		})
	})
	return o, asked, left
}

// TestClientsThatLeaveLetGoOfTheBackend: nobody else can get what they asked for.
func TestClientsThatLeaveLetGoOfTheBackend(t *testing.T) {
	t.Parallel()
	const private = "HTTP/1.1 200 OK\r\nCache-Control: private\r\nContent-Length: 2\r\n\r\nok"
	for name, c := range map[string]struct {
		rest  string // what of the answer comes
		cache string
	}{
		"before the head, where nothing is stored of late": {"", ""},
		"before the head, where nobody waits for others":   {"", "collapse: false"},
		"within what is not stored, by chunks":             {"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", ""},
		"within what is not stored, by length":             {"HTTP/1.1 200 OK\r\nCache-Control: private\r\nContent-Length: 100\r\n\r\nhi", ""},
		"within what is too large to be stored":            {"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 1000000000\r\n\r\nhi", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			origin, asked, left := abandoned(t, private, c.rest)
			w := start(t, setup{conf: fmt.Sprintf(crowdConf, origin.Addr(), c.cache)})
			w.get(t, "/x").expect(t, 200) // its key is known by then
			const n = 5
			var clients []*client
			for range n {
				k := w.dial(t)
				if c.rest != "" {
					k.send(request("GET", fmt.Sprintf("/x?%d", len(clients))))
					k.atLeast(k.head("GET"), 2)
				} else {
					k.send(request("GET", "/x"))
				}
				clients = append(clients, k)
			}
			await(t, "all requests are at the origin", func() bool { return asked.Load() == n })
			for _, k := range clients {
				k.conn.Close()
			}
			await(t, "the origin's connections have ended", func() bool { return left.Load() == n })
		})
	}
}

// TestFewFetchesGoOnForNobody: what no client waits for any more may still be worth
// storing, but not at the price of all that a pool can do.
func TestFewFetchesGoOnForNobody(t *testing.T) {
	t.Parallel()
	const n, goOn = 100, 64
	origin, asked, left := abandoned(t, "", "")
	w := start(t, setup{drain: "{ delay: 0s, timeout: 300ms }", conf: fmt.Sprintf(crowdConf, origin.Addr(), "")})
	var clients []*client
	for i := range n {
		k := w.dial(t)
		k.send(request("GET", fmt.Sprintf("/%d", i)))
		clients = append(clients, k)
	}
	await(t, "all requests are at the origin", func() bool { return asked.Load() == n })
	for _, k := range clients {
		k.conn.Close()
	}
	await(t, "only some go on", func() bool { return left.Load() >= n-goOn })
	if gone := left.Load(); gone > n-goOn {
		t.Errorf("%d fetches ended, want %d", gone, n-goOn)
	}
	w.signal(syscall.SIGTERM)
	w.stopped(t, 3)
	await(t, "none goes on", func() bool { return left.Load() == n })
}

// stopped demands that weir ends with this exit status, having said no more than
// it ought to.
func (w *weir) stopped(t *testing.T, status int) {
	t.Helper()
	if got := w.awaitExit(); got != status {
		t.Errorf("exit status %d, want %d", got, status)
	}
	if strings.Contains(w.stderr.String(), "last lines are lost") {
		t.Error("the log says that its last lines are lost")
	}
}

// TestStopThoughBodiesDrip: what nobody reads any more arrives in bits, without
// end, so that no wait for it is ever long.
func TestStopThoughBodiesDrip(t *testing.T) {
	t.Parallel()
	for name, chunk := range map[string]string{
		"of what may be stored":     "2\r\nhi\r\n",
		"of what outgrows the zone": "4000\r\n" + strings.Repeat("x", 0x4000) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			origin := origintest.New(t, func(c *origintest.Conn) {
				c.Each(func(*origintest.Request) error {
					c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n")
					for c.Send(chunk) == nil {
						if err := c.Pause(pauseOfDrip); err != nil {
							return err
						}
					}
					return io.EOF
				})
			})
			w := start(t, setup{top: "cache: { memory: 1MiB, max_object: 64KiB }", conf: fmt.Sprintf(crowdConf, origin.Addr(), "")})
			for i := range 5 {
				k := w.dial(t)
				k.send(request("GET", fmt.Sprintf("/%d", i)))
				k.atLeast(k.head("GET"), 2)
				k.conn.Close()
			}
			w.signal(syscall.SIGTERM)
			w.stopped(t, 0)
		})
	}
}

// TestStopThoughARefreshAnswersLate: the answer begins once weir is stopping, and
// is larger than what the zone takes, so that somebody would have to read it.
func TestStopThoughARefreshAnswersLate(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	let := make(chan struct{})
	chunk := "8000\r\n" + strings.Repeat("x", 0x8000) + "\r\n"
	origin := origintest.New(t, func(c *origintest.Conn) {
		c.Each(func(*origintest.Request) error {
			if asked.Add(1) == 1 {
				return c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=10, stale-while-revalidate=600\r\nAge: 20\r\nContent-Length: 5\r\n\r\nfirst")
			}
			if err := c.Wait(let); err != nil {
				return err
			}
			c.Send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n")
			for range 200 {
				if err := c.Send(chunk); err != nil {
					return err
				}
			}
			return c.LastChunk()
		})
	})
	w := start(t, setup{top: "cache: { memory: 1MiB, max_object: 64KiB }", conf: fmt.Sprintf(crowdConf, origin.Addr(), "")})
	w.get(t, "/x").expect(t, 200)
	w.get(t, "/x").expect(t, 200)
	await(t, "the refresh has begun", func() bool { return asked.Load() == 2 })
	w.signal(syscall.SIGTERM)
	await(t, "the listener is closed", func() bool { return refused(w.addr) })
	close(let)
	w.stopped(t, 0)
}

// TestStopThoughTheStreamIsSilent: at the end of the drain, clients of streams that
// are not stored are cut, and nothing waits for their backends.
func TestStopThoughTheStreamIsSilent(t *testing.T) {
	t.Parallel()
	origin, _, left := abandoned(t, "", "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
	w := start(t, setup{drain: "{ delay: 0s, timeout: 300ms }", conf: fmt.Sprintf(crowdConf, origin.Addr(), "")})
	var clients []*client
	for i := range 3 {
		k := w.dial(t)
		k.send(request("GET", fmt.Sprintf("/%d", i)))
		k.atLeast(k.head("GET"), 2)
		clients = append(clients, k)
	}
	w.signal(syscall.SIGTERM)
	for _, k := range clients {
		if err := k.fill(); err == nil {
			t.Errorf("received %q", k.buf)
		}
	}
	w.stopped(t, 3)
	await(t, "the origin's connections have ended", func() bool { return left.Load() == 3 })
}

// TestStopThoughTheBackendIsSilent: neither a client that waits for a first byte
// nor the fill that it leads makes the drain longer than it may be.
func TestStopThoughTheBackendIsSilent(t *testing.T) {
	t.Parallel()
	origin, asked, _ := abandoned(t, "", "")
	w := start(t, setup{drain: "{ delay: 0s, timeout: 300ms }", conf: fmt.Sprintf(crowdConf, origin.Addr(), "")})
	stays, leaves := w.dial(t), w.dial(t)
	stays.send(request("GET", "/a"))
	leaves.send(request("GET", "/b"))
	await(t, "both requests are at the origin", func() bool { return asked.Load() == 2 })
	leaves.conn.Close()
	w.signal(syscall.SIGTERM)
	w.stopped(t, 3)
}

// TestStopThoughADialHangs: jobs that take longer than the log's last lines may do
// not cost these.
func TestStopThoughADialHangs(t *testing.T) {
	t.Parallel()
	fd, addr := narrowListener(t)
	w := start(t, setup{conf: fmt.Sprintf(crowdConf, addr, "")})
	k := w.dial(t)
	k.send(request("GET", "/x"))
	answerOnce(t, fd, "HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Control: max-age=10, stale-while-revalidate=600\r\nAge: 20\r\nContent-Length: 5\r\n\r\nfirst")
	k.response("GET").expect(t, 200)
	fill(t, addr)
	w.get(t, "/x").expect(t, 200) // and a refresh dials where nobody accepts
	w.signal(syscall.SIGTERM)
	w.stopped(t, 0)
}

// narrowListener listens with a queue of one connection, and does not accept.
func narrowListener(t *testing.T) (fd int, addr string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
}

// answerOnce accepts one connection and answers its request.
func answerOnce(t *testing.T, fd int, answer string) {
	t.Helper()
	conn, _, err := syscall.Accept4(fd, syscall.SOCK_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(conn)
	var head [4 << 10]byte
	if _, err := syscall.Read(conn, head[:]); err != nil {
		t.Fatal(err)
	}
	if _, err := syscall.Write(conn, []byte(answer)); err != nil {
		t.Fatal(err)
	}
}

// fill connects to a listener until it takes no more.
func fill(t *testing.T, addr string) {
	t.Helper()
	d := net.Dialer{Timeout: fullAfter}
	for range 8 {
		conn, err := d.Dial("tcp", addr)
		if err != nil {
			return
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Fatal("the queue takes any number of connections")
}
