package message

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A corpusCase is one line of testdata/requests.txt.
type corpusCase struct {
	section, name string
	status        int // 0: one request
	reason        string
	raw           []byte
}

var repetition = regexp.MustCompile(`(?s)\{(\d+)\*([^}]+)\}`)

func readCorpus(t testing.TB) (cases []corpusCase) {
	t.Helper()
	file, err := os.ReadFile("testdata/requests.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(file), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		column := strings.Split(line, "\t")
		if len(column) != 5 {
			t.Fatalf("line %d has %d columns", i+1, len(column))
		}
		raw, err := strconv.Unquote(column[4])
		if err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		raw = repetition.ReplaceAllStringFunc(raw, func(s string) string {
			part := repetition.FindStringSubmatch(s)
			n, _ := strconv.Atoi(part[1])
			return strings.Repeat(part[2], n)
		})
		status, _ := strconv.Atoi(column[2])
		if status == 0 && column[2] != "one" {
			t.Fatalf("line %d: neither a status nor one: %q", i+1, column[2])
		}
		cases = append(cases, corpusCase{column[0], column[1], status, column[3], []byte(raw)})
	}
	return cases
}

// readAll reads one request with its body as a connection does, from input that
// is all there, and returns what is left over.
func readAll(b []byte, r *Request) (rest []byte, rej *Reject) {
	b = b[SkipLeading(b):]
	end, rej := HeadEnd(b, 0)
	if rej != nil {
		return nil, rej
	}
	if end == 0 {
		return nil, (*Limits)(nil).Overrun(b)
	}
	if rej := r.Parse(b[:end], "http", nil); rej != nil {
		return nil, rej
	}
	b = b[end:]
	switch framingOf(r) {
	case Length:
		return b[r.ContentLength:], nil
	case Chunked:
		var d ChunkedDecoder
		d.Reset(nil)
		for {
			_, n, done, rej := d.Next(b)
			b = b[n:]
			if rej != nil || done {
				return b, rej
			}
		}
	}
	return b, nil
}

func TestCorpus(t *testing.T) {
	cases := readCorpus(t)
	if len(cases) < 300 {
		t.Fatalf("only %d cases", len(cases))
	}
	names := map[string]bool{}
	for _, c := range cases {
		if names[c.name] {
			t.Errorf("%s: not unique", c.name)
		}
		names[c.name] = true
		var r Request
		rest, rej := readAll(c.raw, &r)
		switch {
		case c.status == 0 && rej != nil:
			t.Errorf("%s: %s: rejected: %v", c.section, c.name, rej)
		case c.status == 0 && len(rest) > 0:
			t.Errorf("%s: %s: %q is left over", c.section, c.name, rest)
		case c.status != 0 && c.reason == "-":
			if rej != nil || r.Odd == 0 {
				t.Errorf("%s: %s: not odd: %v", c.section, c.name, rej)
			}
		case c.status != 0 && rej == nil:
			t.Errorf("%s: %s: accepted", c.section, c.name)
		case c.status != 0 && (rej.Status != c.status || rej.Error() != c.reason):
			t.Errorf("%s: %s: %d %s, want %d %s", c.section, c.name, rej.Status, rej, c.status, c.reason)
		}
		if rej != nil && r.KeepAlive && framingOf(&r) != Chunked {
			t.Errorf("%s: %s: rejected and keeps the connection", c.section, c.name)
		}
	}
}

// TestCorpusInPieces feeds every head byte by byte: what HeadEnd says must not
// depend on how the bytes arrive, but for rejections that come early.
func TestCorpusInPieces(t *testing.T) {
	for _, c := range readCorpus(t) {
		whole, rej := HeadEnd(c.raw, 0)
		pieces, from := 0, 0
		var early *Reject
		for n := 1; n <= len(c.raw) && pieces == 0 && early == nil; n++ {
			pieces, early = HeadEnd(c.raw[:n], from)
			from = n
		}
		switch {
		case early == nil && (pieces != whole || rej != nil):
			t.Errorf("%s: ends at %d in pieces, at %d whole (%v)", c.name, pieces, whole, rej)
		case early != nil && c.status == 0 && c.name != "one empty line before the request line":
			t.Errorf("%s: rejected in pieces: %v", c.name, early)
		}
	}
}

// TestParseNeedsItsEnd holds Parse to rejecting what HeadEnd would not delimit.
func TestParseNeedsItsEnd(t *testing.T) {
	for _, c := range readCorpus(t) {
		var r Request
		end, rej := HeadEnd(c.raw, 0)
		if rej != nil || end == 0 {
			continue
		}
		if rej := r.Parse(c.raw[:end-1], "http", nil); rej == nil {
			t.Errorf("%s: accepted without its last byte", c.name)
		}
		if rej := r.Parse(append(bytes.Clone(c.raw[:end]), "X: y\r\n\r\n"...), "http", nil); rej == nil {
			t.Errorf("%s: accepted with an empty line inside", c.name)
		}
	}
}

// framingOf is how the body of a request was framed on the wire it came on.
func framingOf(r *Request) Framing {
	switch {
	case r.ContentLength == 0:
		return NoBody
	case r.ContentLength == Unknown:
		return Chunked
	}
	return Length
}
