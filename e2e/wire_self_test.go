package e2e

import (
	"errors"
	"io"
	"net"
	"testing"
)

// TestReaderIsStrict holds the tests' own reader of responses to its promise:
// what it calls complete is complete.
func TestReaderIsStrict(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	rows := []struct {
		received string
		want     error // nil: complete
	}{
		{ok + "Content-Length: 2\r\n\r\nab", nil},
		{ok + "Content-Length: 0\r\n\r\n", nil},
		{ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nT: u\r\n\r\n", nil},
		{ok + "\r\nab", nil},
		{"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", nil},
		{"", errNothing},
		{"HTTP/1.1 200", errCut},
		{ok + "Content-Length: 2\r\n", errCut},
		{ok + "Content-Length: 2\r\n\r\na", errCut},
		{ok + "Transfer-Encoding: chunked\r\n\r\n", errCut},
		{ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab", errCut},
		{ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", errCut},
		{ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n", errCut},
		{"HTTP/1.1 103 Early Hints\r\n\r\n", errCut},
		{"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", errProtocol},
		{"HTTP/1.1  200 OK\r\n\r\n", errProtocol},
		{"HTTP/2.0 200 OK\r\n\r\n", errProtocol},
		{ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", errProtocol},
		{ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", errProtocol},
		{ok + "Content-Length: +2\r\n\r\nab", errProtocol},
		{ok + "Content-Length : 2\r\n\r\nab", errProtocol},
		{ok + "Transfer-Encoding: chunked\r\n\r\nx\r\n", errProtocol},
		{ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", errProtocol},
		{ok + "Transfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n", errProtocol},
		{"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", errProtocol},
	}
	for _, row := range rows {
		here, there := net.Pipe()
		go func() {
			io.WriteString(there, row.received)
			there.Close()
		}()
		c := &client{t: t, conn: here}
		if _, err := c.tryResponse("GET"); !errors.Is(err, row.want) {
			t.Errorf("%q: %v, want %v", row.received, err, row.want)
		}
		here.Close()
	}
}
