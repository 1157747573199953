package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The operators' listener can be a unix socket too. One that was left behind is
// replaced.
func TestOperatorsListenerOnAUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "weir") // t.TempDir's names can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "a")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()

	w := runWeir(t, strings.Replace(fixed("one"), `{ address: "127.0.0.1:0" }`, "{ address: 'unix:"+socket+"' }", 1))
	w.await("admin=unix:" + socket)
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	res, err := client.Get("http://localhost/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != 200 || string(body) != "ready\n" {
		t.Errorf("status %d, %q, %v", res.StatusCode, body, err)
	}
	w.signal(syscall.SIGTERM)
	if status := w.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}
