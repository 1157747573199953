package message

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
)

// FuzzParse holds the gate against net/http: what weir accepts, net/http accepts
// too, and with the same method, authority, target, path, fields, framing, body,
// end and persistence. Left out, because net/http treats them apart and weir does
// not pass them on or does not depend on them: requests with a Trailer field
// (net/http rejects some names in it) and the absence of Host in HTTP/1.0.
func FuzzParse(f *testing.F) {
	for _, c := range readCorpus(f) {
		f.Add(c.raw)
	}
	f.Add([]byte(plainGet + plainGet))
	f.Fuzz(func(t *testing.T, b []byte) {
		var any Request // whatever it is given, it must not panic
		_ = any.Parse(b, "https", &Limits{Underscores: UnderscoresAllow})
		b = b[SkipLeading(b):]
		end, rej := HeadEnd(b, 0)
		if end == 0 || rej != nil {
			return
		}
		var r Request
		if rej := r.Parse(b[:end], "http", nil); rej != nil || Get(r.Fields, Trailer) != nil {
			return
		}
		in := bufio.NewReaderSize(bytes.NewReader(b), len(b)+16)
		req, err := http.ReadRequest(in)
		if err != nil {
			t.Fatalf("%q: net/http: %v", b, err)
		}
		compareHeads(t, b, &r, req)
		compareFields(t, b, r.Fields, req.Header, setOf(Host, TransferEncoding))
		compareBodies(t, b[end:], &r, req, in)
	})
}

func compareHeads(t *testing.T, b []byte, r *Request, req *http.Request) {
	t.Helper()
	if r.Method != req.Method || !strings.EqualFold(string(r.Authority), req.Host) || r.KeepAlive == req.Close {
		t.Fatalf("%q: %s %s keep-alive %v, net/http: %s %s close %v", b, r.Method, r.Authority, r.KeepAlive, req.Method, req.Host, req.Close)
	}
	if r.ContentLength != req.ContentLength || (r.ContentLength == Unknown) != (len(req.TransferEncoding) == 1) {
		t.Fatalf("%q: length %d, net/http: %d, %v", b, r.ContentLength, req.ContentLength, req.TransferEncoding)
	}
	target := req.RequestURI
	if i := strings.Index(target, "://"); i >= 0 && target[0] != '/' {
		target = target[i+3:]
		target = target[strings.IndexAny(target+"/", "/?"):]
		switch {
		case target == "" && r.Method == "OPTIONS":
			target = "*"
		case target == "" || target[0] == '?':
			target = "/" + target
		}
	}
	if string(r.Target) != target || string(r.Query) != req.URL.RawQuery {
		t.Fatalf("%q: target %q query %q, net/http: %q %q", b, r.Target, r.Query, target, req.URL.RawQuery)
	}
	if target == "*" || r.Odd&^AboveRoot != 0 {
		return
	}
	// path.Clean resolves dot segments and slashes as weir does, but for the
	// slash at the end.
	if got, want := string(r.Path), path.Clean("/"+req.URL.Path); got != want && got != want+"/" {
		t.Fatalf("%q: path %q, net/http: %q", b, got, want)
	}
}

// compareFields compares all fields but those that net/http takes out of the header.
func compareFields(t *testing.T, b []byte, fields []Field, header http.Header, gone knownSet) {
	t.Helper()
	count := 0
	for _, f := range fields {
		if gone.has(f.Known) {
			continue
		}
		count++
		found := false
		for _, v := range header[http.CanonicalHeaderKey(string(f.Name))] {
			found = found || v == string(f.Value)
		}
		if !found {
			t.Fatalf("%q: %s: %q is not in %v", b, f.Name, f.Value, header)
		}
	}
	for _, v := range header {
		count -= len(v)
	}
	if count != 0 && header.Get("Cache-Control") == "" { // net/http adds one for Pragma
		t.Fatalf("%q: %s, net/http: %v", b, describe(fields), header)
	}
}

// compareBodies compares the bodies that are complete to weir and what follows them.
func compareBodies(t *testing.T, b []byte, r *Request, req *http.Request, in *bufio.Reader) {
	t.Helper()
	var data string
	var used int
	switch framingOf(r) {
	case Chunked:
		var d ChunkedDecoder
		var rej *Reject
		if data, used, rej = decode(&d, b, nil); rej != nil {
			return
		}
	case Length:
		if int64(len(b)) < r.ContentLength {
			return
		}
		data, used = string(b[:r.ContentLength]), int(r.ContentLength)
	}
	got, err := io.ReadAll(req.Body)
	if err != nil || string(got) != data {
		t.Fatalf("%q: body %q, net/http: %q, %v", b, data, got, err)
	}
	if rest, _ := io.ReadAll(in); string(rest) != string(b[used:]) {
		t.Fatalf("%q: %q follows, net/http: %q", b, b[used:], rest)
	}
}

// FuzzResponse does the same for response heads. Left out: whitespace before a
// colon, which weir removes and net/http rejects, and Trailer fields as above.
func FuzzResponse(f *testing.F) {
	for _, head := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.0 404 \r\n\r\n", "HTTP/1.1 204\r\nX : y\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close, x\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\r\n",
	} {
		f.Add([]byte(head), false)
		f.Add([]byte(head), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		var res Response
		_, _, _ = res.Parse(b, method, nil) // whatever it is given, it must not panic
		end, rej := HeadEnd(b, 0)
		if end == 0 || rej != nil {
			return
		}
		b = b[:end]
		framing, keepAlive, rej := res.Parse(b, method, nil)
		if rej != nil || Get(res.Fields, Trailer) != nil {
			return
		}
		for _, f := range res.Fields {
			if i := bytes.Index(b, f.Name); b[i+len(f.Name)] == ' ' || bytes.Contains(b, []byte(" :")) || bytes.Contains(b, []byte("\t:")) {
				return
			}
		}
		std, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%q: net/http: %v", b, err)
		}
		if std.StatusCode != res.Status || (std.ProtoMinor == 1) != (res.Version == HTTP11) {
			t.Fatalf("%q: %d, net/http: %s %s", b, res.Status, std.Proto, std.Status)
		}
		if keepAlive && std.Close {
			t.Fatalf("%q: keep-alive, net/http closes", b)
		}
		header := std.Header
		header.Del("Connection")
		compareFields(t, b, res.Fields, header, setOf(Connection, TransferEncoding))
		chunked := len(std.TransferEncoding) == 1
		if framing == Chunked != chunked && framing != NoBody {
			t.Fatalf("%q: %v, net/http: %v", b, framing, std.TransferEncoding)
		}
		if framing != NoBody && res.ContentLength != std.ContentLength {
			t.Fatalf("%q: length %d, net/http: %d", b, res.ContentLength, std.ContentLength)
		}
		if framing == NoBody && std.Body != http.NoBody && std.ContentLength > 0 && method != "HEAD" && res.Status >= 200 && res.Status != 304 && res.Status != 204 {
			t.Fatalf("%q: no body, net/http: %d", b, std.ContentLength)
		}
	})
}
