package edge

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// What the gate turns away is counted by the word of its reason.
func TestRejectedRequestsAreCounted(t *testing.T) {
	s := start(t, testSettings, echo)
	for _, head := range []string{"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"} {
		c := s.dial(t)
		c.send(head)
		c.response("GET")
		c.closed()
	}
	c := s.dial(t)
	c.send("GET /" + host + "\r\n")
	c.response("GET")
	w := httptest.NewRecorder()
	s.all.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	var got []string
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "weir_rejected_requests_total{") || strings.HasPrefix(line, "weir_listener_requests_total{") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	want := []string{
		`weir_listener_requests_total{listener="test"} 4`,
		`weir_rejected_requests_total{listener="test",reason="missing_host"} 2`,
		`weir_rejected_requests_total{listener="test",reason="repeated_host"} 1`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
