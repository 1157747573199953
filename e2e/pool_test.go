package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

func TestWeightsShareTheLoad(t *testing.T) {
	t.Parallel()
	a := origintest.New(t, origintest.Reply(origintest.OK("a")))
	b := origintest.New(t, origintest.Reply(origintest.OK("b")))
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api:
    backends:
      - { address: %q, weight: 3 }
      - { address: %q, weight: 1 }
routes:
  - { match: { prefix: / }, pool: api }
`, a.Addr(), b.Addr())})
	order := ""
	for range 16 {
		order += string(w.get(t, "/").expect(t, 200).body)
	}
	if strings.Count(order, "a") != 12 || strings.Contains(order, "bb") || strings.Contains(order, "aaaaaaa") {
		t.Errorf("16 requests went to %s", order)
	}
}

func TestPoolSendsItsOwnHost(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("")))
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q], host: inside.test }
routes:
  - { match: { prefix: / }, pool: api }
`, origin.Addr())})
	w.get(t, "/", "Host: outside.test").expect(t, 200)
	if got := origin.Requests()[0]; got.Value("Host") != "inside.test" || got.Value("X-Forwarded-Host") != "outside.test" {
		t.Errorf("forwarded %q", got.Head)
	}
}

// TestFullBackendIsPassedOver: requests go where there is room.
func TestFullBackendIsPassedOver(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	full, free := held(t, release), origintest.New(t, origintest.Reply(origintest.OK("free")))
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q, %q], max_requests: 1 }
routes:
  - { match: { prefix: / }, pool: api }
`, full.Addr(), free.Addr())})
	// One of two requests goes to each.
	first, second := w.dial(t), w.dial(t)
	first.send(request("GET", "/"))
	second.send(request("GET", "/"))
	await(t, "a request is held", func() bool { return len(full.Requests()) == 1 })
	await(t, "the other one is over", func() bool {
		_, body, err := w.adminGet("/metrics")
		return err == nil && len(free.Requests()) == 1 && seriesSum(body, "weir_backend_requests_in_flight", free.Addr()) == 0
	})
	if r := w.get(t, "/").expect(t, 200); string(r.body) != "free" {
		t.Errorf("body %q", r.body)
	}
	close(release)
	bodies := string(first.response("GET").expect(t, 200).body) + string(second.response("GET").expect(t, 200).body)
	if bodies != "at lastfree" && bodies != "freeat last" {
		t.Errorf("bodies %q", bodies)
	}
}

func TestBackendOnIPv6(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6 here: %v", err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			c.Read(buf)
			c.Write([]byte(origintest.OK("six")))
			c.Close()
		}
	}()
	w := start(t, setup{conf: fmt.Sprintf("pools: { api: { backends: [%q] } }\nroutes:\n  - { match: { prefix: / }, pool: api }\n", ln.Addr())})
	if r := w.get(t, "/").expect(t, 200); string(r.body) != "six" {
		t.Errorf("body %q", r.body)
	}
}

// TestTrustedProxiesForwardedIsAppendedTo in the form of RFC 7239.
func TestTrustedProxiesForwardedIsAppendedTo(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.Reply(origintest.OK("")))
	w := start(t, setup{top: "trusted_proxies: [127.0.0.1/32]", conf: fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - { match: { prefix: / }, pool: api, forwarded: true }
`, origin.Addr())})
	w.get(t, "/", `Forwarded: for=1.2.3.4;proto=https, for="[2001:db8::1]:4711"`, "Via: 1.1 outer").expect(t, 200)
	got := origin.Requests()[0]
	chain := strings.Join(got.Values("Forwarded"), ", ")
	if !strings.HasPrefix(chain, `for=1.2.3.4;proto=https, for="[2001:db8::1]:4711", for=127.0.0.1;`) {
		t.Errorf("Forwarded %q", chain)
	}
	if via := strings.Join(got.Values("Via"), ", "); via != "1.1 outer, 1.1 weir" {
		t.Errorf("Via %q", via)
	}
}
