package proxy

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weirproxy/weir/message"
)

// fragile is a client whose end breaks the code that serves it.
type fragile struct{ recorder }

func (f *fragile) Start(*message.Response) error { panic("fragile") }

// A request that panics is counted and costs nobody else anything: its claim is
// given back, and the next request is served.
func TestAPanicCostsOneRequest(t *testing.T) {
	p := serving(t, configFor(origin(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")))
	broken := &fragile{}
	req := ask(t, &broken.recorder, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
	p.Serve(req, broken)
	if broken.ended {
		t.Error("the response of a request that panicked was ended")
	}
	for _, b := range p.Snapshot().Backends() {
		if b.InFlight != 0 {
			t.Errorf("%s: %d in flight", b.Backend, b.InFlight)
		}
	}
	r := &recorder{}
	p.Serve(ask(t, r, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"), r)
	if r.status != 200 || string(r.body) != "ok" || !r.ended {
		t.Errorf("after a panic: %+v", r)
	}
	w := httptest.NewRecorder()
	p.Snapshot().deps.Metrics.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(w.Body.String(), "\nweir_panics_recovered_total 1\n") {
		t.Error("the panic is not counted")
	}
	if strings.Contains(w.Body.String(), `status="499"`) {
		t.Error("a panic is blamed on the client")
	}
}
