package upstream

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/weirproxy/weir/message"
)

// outcome is all that can be told of a response.
type outcome struct {
	heads, body, trailers string
	status                int
	complete              bool
	kind                  Kind
	reusable              bool
}

// replay reads stream, which ends in order, through an input in pieces of the
// sizes in cuts, over and over; without cuts in the largest pieces there are.
func replay(stream []byte, cuts []byte, method string) (o outcome) {
	var body []byte
	defer func() { o.body = string(body) }()
	var in input
	in.begin()
	defer in.end()
	var res message.Response
	for i := 0; ; i++ {
		if bad := drain(&in, method, &res, &o, &body); bad != nil {
			o.kind = bad.Kind
			return o
		}
		if in.done {
			return finish(&in, &o, stream)
		}
		if len(stream) == 0 {
			if bad := in.eof(true); bad != nil {
				o.kind = bad.Kind
				return o
			}
			return finish(&in, &o, stream)
		}
		p := in.space()
		if len(cuts) > 0 {
			p = p[:min(len(p), 1+int(cuts[i%len(cuts)]))]
		}
		n := copy(p, stream)
		in.w += n
		stream = stream[n:]
	}
}

// drain takes all that is there.
func drain(in *input, method string, res *message.Response, o *outcome, body *[]byte) *Error {
	for !in.inBody {
		ok, bad := in.head(method, res)
		if bad != nil || !ok {
			return bad
		}
		o.status = res.Status
		o.heads += fmt.Sprint(res.Status, " ")
		for _, f := range res.Fields {
			o.heads += fmt.Sprintf("%s: %s\n", f.Name, f.Value)
		}
	}
	for !in.done {
		p, last, ok, bad := in.take()
		if bad != nil || !ok {
			return bad
		}
		*body = append(*body, p...)
		if last != in.done {
			panic("BUG: last without done")
		}
	}
	return nil
}

func finish(in *input, o *outcome, rest []byte) outcome {
	o.complete = true
	o.reusable = in.reusable() && len(rest) == 0
	for _, f := range in.trailers() {
		o.trailers += fmt.Sprintf("%s: %s\n", f.Name, f.Value)
	}
	return *o
}

// FuzzResponse holds the reader to two things: how a response is cut into
// segments changes nothing, and what it takes for complete net/http reads as the
// same response.
func FuzzResponse(f *testing.F) {
	for _, answer := range bodies() {
		f.Add([]byte(answer), []byte{0}, false)
	}
	for _, answer := range []string{
		"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 204 No Content\r\nX-A : b\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nhello", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nextra", padded(bufferSize + 1), padded(headSize + 1),
		strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", maxInformational+1),
	} {
		f.Add([]byte(answer), []byte{3, 0, 200}, false)
		f.Add([]byte(answer), []byte{}, true)
	}
	f.Fuzz(func(t *testing.T, stream, cuts []byte, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		whole, cut := replay(stream, nil, method), replay(stream, cuts, method)
		if !cut.complete || !whole.complete {
			// How much was handed out before the error depends on the cuts.
			whole.body, cut.body = "", ""
			// And of two things wrong with a head, which one is seen first.
			whole.kind, cut.kind = malformed(whole.kind), malformed(cut.kind)
		}
		if whole.complete && cut.complete {
			// What follows the response may or may not have been read with it.
			whole.reusable, cut.reusable = false, false
		}
		if whole != cut {
			t.Fatalf("whole %+v\ncut %+v", whole, cut)
		}
		if whole.complete && whole.status != 101 {
			compare(t, stream, method, whole)
		}
	})
}

// malformed is one kind for all the ways in which a backend breaks the rules.
func malformed(k Kind) Kind {
	switch k {
	case HeaderSize, TransferCoding:
		return Protocol
	}
	return k
}

func compare(t *testing.T, stream []byte, method string, o outcome) {
	t.Helper()
	if bytes.Contains(stream, []byte(" :")) || bytes.Contains(stream, []byte("\t:")) {
		return // a proxy removes that space (RFC 9112, section 5.1), net/http refuses it
	}
	r := bufio.NewReader(bytes.NewReader(stream))
	for {
		res, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("net/http refuses what was accepted: %v", err)
		}
		if res.StatusCode < 200 {
			continue
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != o.status || string(body) != o.body {
			t.Fatalf("net/http reads status %d, body %q, %v; want %+v", res.StatusCode, body, err, o)
		}
		return
	}
}
