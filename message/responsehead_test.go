package message

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseResponseFraming(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct{ method, head, want string }{
		{"GET", ok + "Content-Length: 5\r\n", "length 5 true"},
		{"GET", ok + "Content-Length: 0\r\n", "no_body 0 true"},
		{"GET", ok + "Transfer-Encoding: Chunked\r\n", "chunked -1 true"},
		{"GET", ok, "until_close -1 false"},
		{"GET", ok + "Connection: close\r\nContent-Length: 5\r\n", "length 5 false"},
		{"GET", ok + "Connection: x\r\nConnection: y, CLOSE\r\nContent-Length: 5\r\n", "length 5 false"},
		{"GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n", "length 5 false"},
		{"GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n", "length 5 false"},
		{"GET", ok + "Content-Length: 9223372036854775807\r\n", "length 9223372036854775807 true"},
		{"HEAD", ok + "Content-Length: 5\r\n", "no_body 5 true"},
		{"HEAD", ok, "no_body -1 true"},
		{"HEAD", ok + "Transfer-Encoding: chunked\r\n", "no_body -1 true"},
		{"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n", "no_body 5 true"},
		{"GET", "HTTP/1.1 304 Not Modified\r\n", "no_body -1 true"},
		{"GET", "HTTP/1.1 204 No Content\r\n", "no_body 0 true"},
		{"GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n", "no_body 0 true"},
		{"GET", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n", "no_body 0 false"},
		{"GET", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n", "no_body 0 false"},
		{"GET", "HTTP/1.1 100 Continue\r\n", "no_body 0 true"},
		{"GET", "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n", "no_body 0 false"},
		{"GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n", "no_body 0 false"},
		{"GET", "HTTP/1.1 599 \r\nContent-Length: 1\r\n", "length 1 true"},
		{"GET", "HTTP/1.1 200\r\nContent-Length: 1\r\n", "length 1 true"},

		{"GET", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "conflicting_framing"},
		{"HEAD", ok + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "conflicting_framing"},
		{"GET", ok + "Content-Length: 5\r\nContent-Length: 5\r\n", "repeated_content_length"},
		{"GET", ok + "Content-Length: 5, 5\r\n", "bad_content_length"},
		{"GET", ok + "Content-Length: -5\r\n", "bad_content_length"},
		{"GET", ok + "Content-Length: \r\n", "bad_content_length"},
		{"GET", ok + "Content-Length: 9223372036854775808\r\n", "bad_content_length"},
		{"GET", ok + "Transfer-Encoding: gzip, chunked\r\n", "unknown_transfer_coding"},
		{"GET", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "bad_transfer_encoding"},
		{"GET", ok + "Transfer-Encoding:\r\n", "bad_transfer_encoding"},
		{"GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n", "transfer_encoding_on_http10"},
		{"GET", ok + "Connection: a b\r\n", "bad_connection"},

		{"GET", "HTTP/1.2 200 OK\r\n", "bad_status_line"},
		{"GET", "HTTP/2 200 OK\r\n", "bad_status_line"},
		{"GET", "ICY 200 OK\r\n", "bad_status_line"},
		{"GET", "http/1.1 200 OK\r\n", "bad_status_line"},
		{"GET", "HTTP/1.1  200 OK\r\n", "bad_status"},
		{"GET", "HTTP/1.1\t200 OK\r\n", "bad_status_line"},
		{"GET", "HTTP/1.1 20\r\n", "bad_status_line"},
		{"GET", "HTTP/1.1 2x0 OK\r\n", "bad_status"},
		{"GET", "HTTP/1.1 099 OK\r\n", "bad_status"},
		{"GET", "HTTP/1.1 600 OK\r\n", "bad_status"},
		{"GET", "HTTP/1.1 2000 OK\r\n", "bad_status_line"},
		{"GET", "HTTP/1.1 200 O\x00K\r\n", "bad_status_line"},
		{"GET", "HTTP/1.1 200 O\rK\r\n", "bare_cr"},
		{"GET", ok + " X: a\r\n", "folded_field"},
		{"GET", ok + "X: a\r\n b\r\n", "folded_field"},
		{"GET", ok + "X: a\x00\r\n", "bad_value"},
		{"GET", ok + "X Y: a\r\n", "space_in_name"},
		{"GET", ok + ": a\r\n", "empty_name"},
		{"GET", ok + "X\r\n", "missing_colon"},
		{"GET", ok + "X\xff: a\r\n", "bad_name"},
	} {
		var res Response
		f, keepAlive, rej := res.Parse([]byte(c.head+"\r\n"), c.method, nil)
		got := fmt.Sprint(f, " ", res.ContentLength, " ", keepAlive)
		if rej != nil {
			got = rej.Error()
			if rej.Status != 502 {
				t.Errorf("%q: status %d", c.head, rej.Status)
			}
		}
		if got != c.want {
			t.Errorf("%s %q: %s, want %s", c.method, c.head, got, c.want)
		}
	}
}

func TestParseResponseKeepsFieldsAndDropsWhatEndsHere(t *testing.T) {
	const head = "HTTP/1.1 404 Nicht  da\x80 \r\nServer : x\r\nSet-Cookie: a\r\nset-cookie: b\r\nContent-Length: 3\r\nConnection: X-A, keep-alive\r\n" +
		"Keep-Alive: 5\r\nx-a: 1\r\nX_B: 2\r\nUpgrade: h2c\r\nTrailer: q\r\nDate:\r\n\r\n"
	var res Response
	if _, _, rej := res.Parse([]byte(head), "GET", nil); rej != nil {
		t.Fatal(rej)
	}
	const want = "Server=x Set-Cookie=a set-cookie=b (Content-Length=3) (Connection=X-A, keep-alive) (Keep-Alive=5) (x-a=1) X_B=2 (Upgrade=h2c) (Trailer=q) Date="
	if got := describe(res.Fields); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if res.Status != 404 || string(res.Reason) != "Nicht  da\x80" || res.Version != HTTP11 {
		t.Errorf("%d %q %d", res.Status, res.Reason, res.Version)
	}
}

func TestParseResponseLimits(t *testing.T) {
	head := []byte("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n")
	for _, c := range []struct {
		lim  Limits
		want RejectReason
	}{
		{Limits{HeaderBytes: len(head), Fields: 2}, NotRejected},
		{Limits{HeaderBytes: len(head) - 1, Fields: 2}, HeadTooLarge},
		{Limits{HeaderBytes: len(head), Fields: 1}, TooManyFields},
	} {
		var res Response
		_, _, rej := res.Parse(head, "GET", &c.lim)
		if got := rej; c.want == NotRejected && got != nil || c.want != NotRejected && got != rejectResponse(c.want) {
			t.Errorf("%+v: %v", c.lim, got)
		}
	}
}

func TestParseResponseNeedsItsEnd(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"
	var res Response
	for n := range len(head) {
		if _, _, rej := res.Parse([]byte(head[:n]), "GET", nil); rej == nil {
			t.Errorf("accepted %q", head[:n])
		}
	}
	if _, _, rej := res.Parse([]byte(head+"A: b\r\n\r\n"), "GET", nil); rej == nil {
		t.Error("accepted an empty line inside")
	}
}

func TestParseResponseDoesNotAllocate(t *testing.T) {
	for _, head := range []string{
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: x\r\nX: a\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
	} {
		var res Response
		b := []byte(head)
		if n := testing.AllocsPerRun(100, func() { _, _, _ = res.Parse(b, "GET", nil) }); n != 0 {
			t.Errorf("%q: %v allocations", head, n)
		}
	}
}

func TestStatusText(t *testing.T) {
	for status, want := range map[int]string{100: "Continue", 200: "OK", 404: "Not Found", 413: "Content Too Large", 511: "Network Authentication Required", 299: "", 99: "", 512: "", 0: "", -1: "", 1 << 40: ""} {
		if got := StatusText(status); got != want {
			t.Errorf("%d: %q", status, got)
		}
	}
	if got := string(AppendStatusLine(nil, HTTP11, 404, nil)); got != "HTTP/1.1 404 Not Found\r\n" {
		t.Errorf("%q", got)
	}
	if got := string(AppendStatusLine([]byte("x"), HTTP11, 299, []byte("Fine"))); got != "xHTTP/1.1 299 Fine\r\n" {
		t.Errorf("%q", got)
	}
	if got := string(AppendStatusLine(nil, HTTP10, 299, nil)); !strings.HasSuffix(got, "299 \r\n") {
		t.Errorf("%q", got)
	}
}

func BenchmarkParseResponse(b *testing.B) {
	var res Response
	head := []byte("HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 22 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 46\r\nConnection: keep-alive\r\n\r\n")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, rej := res.Parse(head, "GET", nil); rej != nil {
			b.Fatal(rej)
		}
	}
}
