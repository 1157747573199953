package e2e

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

const websocketKey = "dGhlIHNhbXBsZSBub25jZQ=="

// handshake is a client's WebSocket handshake (RFC 6455, section 4.1).
func handshake(path string, lines ...string) string {
	return request("GET", path, append([]string{
		"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + websocketKey,
	}, lines...)...)
}

// openWebSocket makes the handshake and checks the answer.
func openWebSocket(t testing.TB, w *weir, path string) *client {
	t.Helper()
	c := w.dial(t)
	c.send(handshake(path))
	r := c.head("GET").expect(t, 101)
	if r.value("Sec-WebSocket-Accept") != origintest.AcceptKey(websocketKey) ||
		!strings.EqualFold(r.value("Upgrade"), "websocket") || !strings.EqualFold(r.value("Connection"), "upgrade") {
		t.Fatalf("handshake answered with %q", r.head)
	}
	return c
}

// echo sends one frame and demands it back.
func (c *client) echo(payload string) {
	c.t.Helper()
	c.send(string(origintest.AppendFrame(nil, origintest.TextFrame, []byte(payload), []byte("mask"))))
	opcode, got, masked, err := origintest.ReadFrame(c)
	if err != nil || opcode != origintest.TextFrame || masked || string(got) != payload {
		c.t.Fatalf("frame: opcode %d, masked %v, %q, %v; want %q", opcode, masked, got, err, payload)
	}
}

// upgrading is a configuration with a route that allows WebSocket and one that
// does not.
func upgrading(addr string) string {
	return fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - { match: { prefix: /ws }, pool: api, upgrade: [websocket] }
  - { match: { prefix: /plain }, pool: api }
`, addr)
}

func TestWebSocketEchoes(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.WebSocketEcho)
	w := start(t, setup{conf: upgrading(origin.Addr())})
	c := openWebSocket(t, w, "/ws")
	for _, size := range []int{0, 1, 125, 126, 70_000, 500_000} {
		c.echo(strings.Repeat("w", size))
	}
	c.send(string(origintest.AppendFrame(nil, origintest.CloseFrame, nil, []byte("mask"))))
	if opcode, _, _, err := origintest.ReadFrame(c); err != nil || opcode != origintest.CloseFrame {
		t.Fatalf("close answered with opcode %d, %v", opcode, err)
	}
	c.ended()
	got := origin.Requests()[0]
	if !strings.EqualFold(got.Value("Upgrade"), "websocket") || !strings.EqualFold(got.Value("Connection"), "upgrade") ||
		got.Value("Sec-WebSocket-Key") != websocketKey {
		t.Errorf("handshake forwarded as %q", got.Head)
	}
}

// TestFramesBehindTheHandshakeAreNotLost: what a client sends together with its
// handshake, and a backend together with its 101, belongs to the tunnel.
func TestFramesBehindTheHandshakeAreNotLost(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst words")
		buf := make([]byte, 5)
		io.ReadFull(c, buf)
		c.Send("[" + string(buf) + "]")
	})
	w := start(t, setup{conf: upgrading(origin.Addr())})
	c := w.dial(t)
	c.send(handshake("/ws") + "hasty")
	c.head("GET").expect(t, 101)
	c.exact("first words[hasty]")
	c.ended()
}

// TestHalfCloseTravelsThroughTheTunnel in both directions.
func TestHalfCloseTravelsThroughTheTunnel(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, func(c *origintest.Conn) {
		c.ReadHead()
		c.Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		all, err := io.ReadAll(c)
		if err == nil {
			c.Sendf("heard %d bytes", len(all))
		}
	})
	w := start(t, setup{conf: upgrading(origin.Addr())})
	c := w.dial(t)
	c.send(handshake("/ws"))
	c.head("GET").expect(t, 101)
	c.send("hello")
	if err := c.conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	c.exact("heard 5 bytes")
	c.ended()
}

func TestRefusedUpgradeIsAnOrdinaryResponse(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 4\r\n\r\nnope"))
	w := start(t, setup{conf: upgrading(origin.Addr())})
	c := w.dial(t)
	c.send(handshake("/ws"))
	if r := c.response("GET").expect(t, 426); string(r.body) != "nope" {
		t.Errorf("body %q", r.body)
	}
	// HTTP goes on: what the client sends now is a request, not a tunnel's bytes.
	c.send(request("GET", "/plain"))
	c.response("GET").expect(t, 426)
}

// TestUpgradeNeedsTheRoute: elsewhere the fields are hop-by-hop and go.
func TestUpgradeNeedsTheRoute(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("plain")))
	w := start(t, setup{conf: upgrading(origin.Addr())})
	rows := []struct{ name, raw string }{
		{"route without upgrades", handshake("/plain")},
		{"protocol not listed", request("GET", "/ws", "Upgrade: tls/1.0", "Connection: Upgrade")},
		{"h2c", request("GET", "/ws", "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")},
		{"h2c behind websocket", request("GET", "/ws", "Upgrade: h2c, websocket", "Connection: Upgrade")},
		{"not named by Connection", request("GET", "/ws", "Upgrade: websocket")},
	}
	for _, row := range rows {
		origin.Forget()
		r := w.do(t, row.raw)
		if r.status == 101 {
			t.Errorf("%s: tunnelled", row.name)
		}
		for _, got := range origin.Requests() {
			low := strings.ToLower(got.Head)
			if strings.Contains(low, "h2c") || strings.Contains(low, "http2-settings") || got.Has("Upgrade") && row.name != "h2c behind websocket" {
				t.Errorf("%s: forwarded as %q", row.name, got.Head)
			}
		}
	}
}

// TestUnsolicited101IsABadGateway: no tunnel that the client did not ask for.
func TestUnsolicited101IsABadGateway(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"))
	w := start(t, setup{conf: upgrading(origin.Addr())})
	w.get(t, "/plain").expect(t, 502)
	w.get(t, "/ws").expect(t, 502)
	await(t, "the connections are given up", func() bool { return origin.Open() == 0 })
}

// TestUpgradeToAnotherProtocolIsABadGateway: the backend may only switch to what
// was asked for.
func TestUpgradeToAnotherProtocolIsABadGateway(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"))
	w := start(t, setup{conf: upgrading(origin.Addr())})
	w.do(t, handshake("/ws")).expect(t, 502)
}

func TestTunnelEndsWithEitherSide(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.WebSocketEcho)
	w := start(t, setup{conf: upgrading(origin.Addr())})
	for _, end := range []func(*client){func(c *client) { c.conn.Close() }, (*client).reset} {
		c := openWebSocket(t, w, "/ws")
		c.echo("here")
		end(c)
		await(t, "the backend's side ends", func() bool { return origin.Open() == 0 })
	}
	c := openWebSocket(t, w, "/ws")
	c.echo("here")
	origin.Down()
	if err := c.fill(); err == nil {
		t.Errorf("received %q from a backend that is gone", c.buf)
	}
}

func TestIdleTunnelIsClosed(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.WebSocketEcho)
	conf := strings.Replace(upgrading(origin.Addr()), "{ backends:", "{ timeouts: { tunnel_idle: 300ms }, backends:", 1)
	w := start(t, setup{conf: conf})
	c := openWebSocket(t, w, "/ws")
	c.echo("here")
	c.ended()
	await(t, "the backend's side ends", func() bool { return origin.Open() == 0 })
}
