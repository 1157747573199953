package edge

import (
	"context"
	"io"
	"testing"

	"github.com/weirproxy/weir/message"
)

// A tunnel that is cut off at the end of a drain must not take that for its
// client's end of one direction, and wait for the other.
func TestACutTunnelIsNotHalfClosed(t *testing.T) {
	entered, ended := make(chan bool), make(chan error, 1)
	s := start(t, testSettings, func(req *message.Request, sink message.Sink) {
		_ = sink.Start(&message.Response{Status: 101, Fields: []message.Field{{Name: []byte("Upgrade"), Value: []byte("x"), Known: message.Upgrade, Drop: true}}})
		stream, err := req.Client.Takeover()
		if err != nil {
			t.Error(err)
			return
		}
		entered <- true
		_, err = stream.Read(make([]byte, 10))
		ended <- err
	})
	c := s.dial(t)
	c.send("GET /" + host + "Connection: upgrade\r\nUpgrade: x\r\n\r\n")
	<-entered
	s.StopAccepting()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Wait(ctx)
	if err := <-ended; err == nil || err == io.EOF {
		t.Errorf("the tunnel was told %v", err)
	}
}
