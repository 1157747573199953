package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// openShop serves a replica until the test ends.
func openShop(t *testing.T, flaky bool) *shop {
	t.Helper()
	s := newShop("a", flaky)
	if err := s.listen(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve()
	}()
	t.Cleanup(func() {
		s.close(t.Context())
		<-done
	})
	return s
}

// ask sends one request straight to the replica's handler.
func ask(s *shop, method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.http.Handler.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

func TestShopAnswers(t *testing.T) {
	s := newShop("a", false)
	for _, c := range []struct {
		method, target, body string
		status               int
		kind, contains       string
	}{
		{"GET", "/", "", 200, "text/html; charset=utf-8", "Answered by replica a"},
		{"GET", "/products/2", "", 200, "text/html; charset=utf-8", "<strong>€ 899.50</strong>"},
		{"GET", "/products/7", "", 404, "text/plain; charset=utf-8", "no such product"},
		{"GET", "/api/products", "", 200, "application/json", `"name":"Fish ladder"`},
		{"GET", "/api/products/3", "", 200, "application/json", `"cents":132000`},
		{"GET", "/api/products/x", "", 404, "application/json", `"error":"no such product"`},
		{"GET", "/basket", "", 200, "application/json", `"basket":[]`},
		{"GET", "/images/0.png", "", 404, "text/plain; charset=utf-8", "no such picture"},
		{"GET", "/images/1.gif", "", 404, "text/plain; charset=utf-8", "no such picture"},
		{"PUT", "/upload", "abc", 200, "application/json",
			`"bytes":3,"replica":"a","sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`},
		{"POST", "/upload", "", 200, "application/json", `"bytes":0,`},
		{"GET", "/events?n=2", "", 200, "text/event-stream", "id: 2\nevent: stock\ndata: {\"product\":3,\"left\":15,\"replica\":\"a\"}\n\n"},
		{"GET", "/events?n=0", "", 400, "text/plain; charset=utf-8", "n is a number from 1 to 1000"},
		{"GET", "/events?n=1001", "", 400, "text/plain; charset=utf-8", "n is a number from 1 to 1000"},
		{"GET", "/ws", "", 426, "text/plain; charset=utf-8", "this is a websocket"},
		{"GET", "/healthz", "", 200, "text/plain; charset=utf-8", "ok\n"},
		{"GET", "/nothing", "", 404, "text/plain; charset=utf-8", "404 page not found"},
	} {
		w := ask(s, c.method, c.target, c.body)
		if w.Code != c.status || w.Header().Get("Content-Type") != c.kind || !strings.Contains(w.Body.String(), c.contains) {
			t.Errorf("%s %s = %d %s\n%s\nwant %d %s and in it %s", c.method, c.target,
				w.Code, w.Header().Get("Content-Type"), w.Body, c.status, c.kind, c.contains)
		}
		if got := w.Header().Get("X-Replica"); got != "a" {
			t.Errorf("%s %s: X-Replica %q", c.method, c.target, got)
		}
	}
}

func TestShopTellsCachesWhatTheyMayDo(t *testing.T) {
	s := newShop("a", false)
	for _, c := range []struct{ target, control, tags string }{
		{"/", "max-age=60", "catalogue product-1 product-2 product-3 product-4 product-5 product-6"},
		{"/products/3", "max-age=60", "catalogue product-3"},
		{"/products/7", "", ""},
		{"/api/products/3", "max-age=2, stale-while-revalidate=30", "catalogue product-3"},
		{"/images/3.png", "max-age=3600", "catalogue product-3"},
		{"/basket", "private", ""},
		{"/events?n=1", "no-store", ""},
	} {
		h := ask(s, "GET", c.target, "").Header()
		if control, tags := h.Get("Cache-Control"), h.Get("Surrogate-Key"); control != c.control || tags != c.tags {
			t.Errorf("%s: %q, %q; want %q, %q", c.target, control, tags, c.control, c.tags)
		}
	}
}

func TestShopPicturesDiffer(t *testing.T) {
	s := newShop("a", false)
	one, two := ask(s, "GET", "/images/1.png", "").Body.Bytes(), ask(s, "GET", "/images/2.png", "").Body.Bytes()
	if bytes.Equal(one, two) {
		t.Error("two products have the same picture")
	}
	for _, p := range [][]byte{one, two} {
		img, err := png.Decode(bytes.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != pictureWidth || b.Dy() != pictureHeight {
			t.Errorf("picture of %v", b)
		}
	}
}

func TestBrokenShopFailsProbesUntilHealed(t *testing.T) {
	s := newShop("a", false)
	for _, c := range []struct {
		method, target string
		status         int
	}{
		{"POST", "/demo/break", 200},
		{"GET", "/healthz", 503},
		{"GET", "/", 503},
		{"POST", "/demo/heal", 200},
		{"GET", "/healthz", 200},
		{"GET", "/", 200},
	} {
		if w := ask(s, c.method, c.target, ""); w.Code != c.status {
			t.Fatalf("%s %s = %d, want %d", c.method, c.target, w.Code, c.status)
		}
	}
}

func TestFlakyShopFailsEveryFifthRequest(t *testing.T) {
	s := openShop(t, true)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	var got []string
	for range 10 {
		res, err := client.Get("http://" + s.address() + "/api/products/1")
		if err != nil {
			got = append(got, "cut")
			continue
		}
		res.Body.Close()
		got = append(got, res.Status[:3])
	}
	if want := "200 200 200 503 200 200 200 200 cut 200"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if w := ask(s, "GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("probe of a flaky replica: %d", w.Code)
	}
}

func TestUploadCutShortIsNotAnswered(t *testing.T) {
	s := newShop("a", false)
	r := httptest.NewRequest("PUT", "/upload", io.MultiReader(strings.NewReader("abc"), &brokenReader{}))
	w := httptest.NewRecorder()
	s.http.Handler.ServeHTTP(w, r)
	var answer struct{ Error string }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 400 || answer.Error != "the upload was cut short" {
		t.Errorf("%d %s %v", w.Code, w.Body, err)
	}
}

type brokenReader struct{}

func (*brokenReader) Read([]byte) (int, error) { return 0, errors.New("reset") }

func TestFinishEndsStreams(t *testing.T) {
	s := openShop(t, false)
	res, err := http.Get("http://" + s.address() + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.finish()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Errorf("the stream ended with %v", err)
	}
}

// tunnelTo opens a websocket on address and returns it after the 101.
func tunnelTo(t *testing.T, address, target string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(conn, "GET "+target+" HTTP/1.1\r\nHost: "+address+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	// The key and its answer are the example of RFC 6455, section 1.3.
	if res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("answer %v", res)
	}
	return conn, r
}

// masked is a client's frame with the mask 1, 2, 3, 4.
func masked(head byte, payload []byte) []byte {
	var b bytes.Buffer
	b.WriteByte(head)
	switch n := len(payload); {
	case n < 126:
		b.WriteByte(wsMasked | byte(n))
	case n <= 0xFFFF:
		b.Write([]byte{wsMasked | 126, byte(n >> 8), byte(n)})
	default:
		b.Write([]byte{wsMasked | 127, 0, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
	}
	b.Write([]byte{1, 2, 3, 4})
	for i, c := range payload {
		b.WriteByte(c ^ byte(i%4+1))
	}
	return b.Bytes()
}

func TestWebsocketEchoes(t *testing.T) {
	s := openShop(t, false)
	conn, r := tunnelTo(t, s.address(), "/ws")
	large := bytes.Repeat([]byte("weir"), wsMaxFrame/4)
	for _, c := range []struct{ sent, want []byte }{
		{masked(wsFinal|wsText, []byte("hello")), []byte("\x81\x05hello")},
		{masked(wsText, []byte("in ")), []byte("\x01\x03in ")},
		{masked(wsFinal, []byte("two")), []byte("\x80\x03two")},
		{masked(wsFinal|wsPing, []byte("p")), []byte("\x8A\x01p")},
		{masked(wsFinal|2, large[:300]), append([]byte{0x82, 126, 1, 44}, large[:300]...)},
		{masked(wsFinal|2, large), append([]byte{0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}, large...)},
		{masked(wsFinal|wsClose, nil), []byte("\x88\x02\x03\xE9")},
	} {
		conn.Write(c.sent)
		got := make([]byte, len(c.want))
		if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, c.want) {
			t.Fatalf("sent %.20q: got %.20q, %v; want %.20q", c.sent, got, err, c.want)
		}
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("after the close frame: %q, %v", rest, err)
	}
}

func TestWebsocketRefusesBadFrames(t *testing.T) {
	for _, bad := range [][]byte{
		{wsFinal | wsText, 2, 'h', 'i'},                                          // not masked
		masked(wsFinal|2, make([]byte, wsMaxFrame+1)),                            // one byte too long
		{wsFinal | wsText, wsMasked | 127, 255, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, // 2^63 and more
	} {
		s := openShop(t, false)
		conn, r := tunnelTo(t, s.address(), "/ws")
		conn.Write(bad)
		got := make([]byte, 4)
		if _, err := io.ReadFull(r, got); err != nil || string(got) != "\x88\x02\x03\xE9" {
			t.Errorf("after %.20q: %q, %v", bad, got, err)
		}
	}
}

func TestWebsocketHelloAndFinish(t *testing.T) {
	s := openShop(t, false)
	_, r := tunnelTo(t, s.address(), "/ws?hello")
	if got, err := io.ReadAll(r); err != nil || string(got) != "\x81\x14hello from replica a\x88\x02\x03\xE9" {
		t.Errorf("hello: %q, %v", got, err)
	}
	_, r = tunnelTo(t, s.address(), "/ws")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	go s.close(ctx)
	if got, err := io.ReadAll(r); err != nil || string(got) != "\x88\x02\x03\xE9" {
		t.Errorf("at the end: %q, %v", got, err)
	}
}
