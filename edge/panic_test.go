package edge

import (
	"testing"

	"github.com/weirproxy/weir/message"
)

// A handler that panics costs its connection and nothing else.
func TestAPanicCostsOneConnection(t *testing.T) {
	s := start(t, testSettings, func(req *message.Request, sink message.Sink) {
		if string(req.Target) == "/panic" {
			panic("asked for")
		}
		echo(req, sink)
	})
	other := s.dial(t)
	c := s.dial(t)
	c.send("GET /panic" + host + "\r\nGET /next" + host + "\r\n")
	c.closed()
	for _, c := range []*client{other, s.dial(t)} {
		c.send("GET /x" + host + "\r\n")
		if res, body := c.response("GET"); res.StatusCode != 200 || body != "GET /x []" {
			t.Errorf("after a panic: %d %q", res.StatusCode, body)
		}
	}
}
