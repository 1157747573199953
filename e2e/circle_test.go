package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestCircleEnds: a request that comes back to the weir it was sent by goes round
// a few times and is then answered 508.
func TestCircleEnds(t *testing.T) {
	t.Parallel()
	circle := freeAddr(t)
	w := start(t, setup{listen: fmt.Sprintf("\n  - { name: circle, address: %q }", circle), conf: fmt.Sprintf(`
pools:
  self: { backends: [%q] }
routes:
  - { match: { prefix: / }, pool: self }
`, circle)})
	r := w.get(t, "/").expect(t, 508)
	if status := r.value("Proxy-Status"); !strings.Contains(status, "error=proxy_loop_detected") {
		t.Errorf("Proxy-Status %q", status)
	}
	const rounds = 11
	_, body, _ := w.adminGet("/metrics")
	if n := seriesSum(body, "weir_listener_requests_total", `listener="circle"`); n != rounds {
		t.Errorf("went round %v times, want %d", n, rounds)
	}
}
