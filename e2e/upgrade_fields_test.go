package e2e

import (
	"fmt"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// TestWebSocketOnARouteThatChangesFields: the route's operations on response
// fields must not cost the 101 the field that names the protocol.
func TestWebSocketOnARouteThatChangesFields(t *testing.T) {
	t.Parallel()
	origin := origintest.New(t, origintest.WebSocketEcho)
	w := start(t, setup{conf: fmt.Sprintf(`
pools:
  api: { backends: [%q] }
routes:
  - { match: { prefix: /ws }, pool: api, upgrade: [websocket], headers: { response: { set: { X-Set: s }, remove: [X-Gone] } } }
`, origin.Addr())})
	c := openWebSocket(t, w, "/ws")
	c.echo("hello")
}
