package e2e

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weirproxy/weir/internal/origintest"
)

// TestHostileBackendCostsOnlyItsOwnRequest: whatever a backend sends, its client
// gets a 502 or a response that is recognisably cut, and both the same client and
// others are served on.
func TestHostileBackendCostsOnlyItsOwnRequest(t *testing.T) {
	t.Parallel()
	good := origintest.New(t, origintest.Reply(origintest.OK("good")))
	hostiles := origintest.Hostiles()
	pools, routes := "", ""
	for i, h := range hostiles {
		bad := origintest.New(t, h.Script)
		pools += fmt.Sprintf("  bad%d: { backends: [%q], retries: 0, timeouts: { first_byte: 2s, between_bytes: 2s } }\n", i, bad.Addr())
		routes += fmt.Sprintf("  - { match: { prefix: /bad%d }, pool: bad%d }\n", i, i)
	}
	w := start(t, setup{conf: fmt.Sprintf("pools:\n  good: { backends: [%q] }\n%sroutes:\n  - { match: { prefix: /good }, pool: good }\n%s",
		good.Addr(), pools, routes)})
	for i, h := range hostiles {
		t.Run(strings.ReplaceAll(h.Name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			for range 2 {
				c := w.dial(t)
				c.send(request("GET", fmt.Sprintf("/bad%d", i)))
				r, err := c.tryResponse("GET")
				if fault := judgeHostile(h, r, err); fault != "" {
					t.Fatalf("%s: %v; received %.300q", fault, err, r)
				}
				if err == nil && r.value("Connection") != "close" {
					c.send(request("GET", "/good"))
					if r := c.response("GET").expect(t, 200); string(r.body) != "good" {
						t.Fatalf("the next response on the connection is %v", r)
					}
				}
			}
			if r := w.get(t, "/good").expect(t, 200); string(r.body) != "good" {
				t.Errorf("body %q", r.body)
			}
		})
	}
}

// judgeHostile says what is wrong with the outcome of a hostile backend's request.
func judgeHostile(h origintest.Hostile, r *response, err error) string {
	if r == nil {
		return "no answer"
	}
	if errors.Is(err, errProtocol) {
		return "the response is not HTTP"
	}
	if strings.Contains(string(r.body), "poison") || strings.Contains(string(r.body), "extra") {
		return "bytes behind the response were served"
	}
	switch h.Outcome {
	case origintest.BadGateway:
		if err != nil || r.status != 502 && r.status != 504 {
			return "want a bad gateway"
		}
	case origintest.Cut:
		if err == nil && r.status != 502 {
			return "want a cut response"
		}
	case origintest.Good:
		// Noticed in time, what comes behind the response may also cost a 502.
		if err != nil || r.status >= 400 && r.status != 502 {
			return "want a good response"
		}
	}
	return ""
}
