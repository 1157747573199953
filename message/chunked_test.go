package message

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// decode runs a body through d in pieces that end at cuts.
func decode(d *ChunkedDecoder, body []byte, lim *Limits, cuts ...int) (data string, used int, rej *Reject) {
	d.Reset(lim)
	for _, cut := range append(cuts, len(body)) {
		for used < cut {
			p, n, done, rej := d.Next(body[used:cut])
			data += string(p)
			used += n
			if done || rej != nil {
				return data, used, rej
			}
			if n == 0 {
				return data, used, reject(BadRequestLine) // it must not stop before the end of its input
			}
		}
	}
	return data, used, Rejected(NotRejected)
}

// outcome decodes and describes all there is to see.
func outcome(body string, lim *Limits, cuts ...int) string {
	var d ChunkedDecoder
	data, used, rej := decode(&d, []byte(body), lim, cuts...)
	switch {
	case rej == nil:
		return fmt.Sprintf("%q, %d used, trailers %s", data, used, describe(d.Trailers()))
	case rej.Reason == NotRejected:
		return fmt.Sprintf("%q and incomplete", data)
	}
	return rej.Error()
}

func TestChunkedDecoder(t *testing.T) {
	for body, want := range map[string]string{
		"0\r\n\r\n":                                    `"", 5 used, trailers `,
		"5\r\nhello\r\n0\r\n\r\nGET":                   `"hello", 15 used, trailers `,
		"2\r\nhe\r\n003;a=b\r\nllo\r\n0;c\r\n\r\n":     `"hello", 28 used, trailers `,
		"1\r\n\n\r\n0\r\nX-Sum: 7 \r\nB:\r\n\r\n":      `"\n", 26 used, trailers X-Sum=7 B=`,
		"0\r\nVia: x\r\nIf-Match: y\r\nA: b\r\n\r\n":   `"", 32 used, trailers A=b`,
		"0\r\nX_User: 1\r\nx_forwarded_for: 2\r\n\r\n": `"", 36 used, trailers X_User=1`,
		"0\r\nContent_Length: 1\r\n\r\n":               "forbidden_trailer",
		"0\r\nConnection: close\r\n\r\n":               "forbidden_trailer",
		"5\r\nhel":                                     `"hel" and incomplete`,
		"5\r\nhello\r\n0\r\n\r":                        `"hello" and incomplete`,
		"5\r\nhello\r\n0\r\nA: b\r\n":                  `"hello" and incomplete`,
		"7fffffffffffffff\r\nab":                       `"ab" and incomplete`,
		"8000000000000000\r\nab":                       "bad_chunk_size",
		"\r\n":                                         "bad_chunk_size",
		"5\r\nhello0\r\n\r\n":                          "bad_chunk_end",
		"1;a\x7f\r\na\r\n0\r\n\r\n":                    "bad_chunk_extension",
		"0\r\nA: b\r\n c\r\n\r\n":                      "folded_field",
		"0\r\n: b\r\n\r\n":                             "empty_name",
	} {
		if got := outcome(body, nil); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", body, got, want)
		}
	}
}

func TestChunkedDecoderLimits(t *testing.T) {
	lim := &Limits{HeaderBytes: 12, Fields: 2} // "A: b\r\n" twice less its empty line
	line := "1;" + strings.Repeat("a", 255) + "\r\nx\r\n"
	for _, c := range []struct {
		name, body string
		lim        *Limits
		want       string
	}{
		{"trailer bytes at the limit", "0\r\nA: bcde\r\n\r\n", &Limits{HeaderBytes: 11, Fields: 1}, `"", 14 used, trailers A=bcde`},
		{"trailer bytes over it", "0\r\nA: bcdef\r\n\r\n", &Limits{HeaderBytes: 11, Fields: 1}, "trailers_too_large"},
		{"trailer without an end", "0\r\n" + strings.Repeat("a", 13), lim, "trailers_too_large"},
		{"trailers at the limit", "0\r\nA:\r\nB:\r\n\r\n", lim, `"", 13 used, trailers A= B=`},
		{"trailers over it, though left out", "0\r\nA:\r\nVia:\r\nC:\r\n\r\n", &Limits{Fields: 2}, "too_many_trailers"},
		{"extensions at 8 KiB", strings.Repeat(line, 32) + "0\r\n\r\n", nil, strconv.Quote(strings.Repeat("x", 32)) + fmt.Sprintf(", %d used, trailers ", 32*len(line)+5)},
		{"extensions one over it", strings.Repeat(line, 32) + "0;\r\n\r\n", nil, "chunk_extensions_too_long"},
	} {
		if got := outcome(c.body, c.lim); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestChunkedDecoderInPieces holds the outcome to be the same however the body
// is cut in two or three, and byte by byte.
func TestChunkedDecoderInPieces(t *testing.T) {
	for _, c := range readCorpus(t) {
		if !strings.HasPrefix(c.section, "9112-7.1") || len(c.raw) > 1000 {
			continue
		}
		body := string(c.raw[bytes.Index(c.raw, []byte("\r\n\r\n"))+4:])
		want := outcome(body, nil)
		all := make([]int, len(body))
		for i := range body {
			all[i] = i
			for j := i; j <= len(body) && len(body) < 60; j++ {
				if got := outcome(body, nil, i, j); got != want {
					t.Fatalf("%s: cut at %d and %d: %s, whole: %s", c.name, i, j, got, want)
				}
			}
		}
		if got := outcome(body, nil, all...); got != want {
			t.Errorf("%s: byte by byte: %s, whole: %s", c.name, got, want)
		}
	}
}

func TestChunkedDecoderStaysRejected(t *testing.T) {
	var d ChunkedDecoder
	d.Reset(nil)
	for range 2 {
		if _, n, done, rej := d.Next([]byte("x")); n != 0 || done || rej != Rejected(BadChunkSize) {
			t.Fatalf("%d, %v, %v", n, done, rej)
		}
	}
	if _, n, done, rej := d.Next([]byte("0\r\n\r\n")); n != 0 || done || rej != Rejected(BadChunkSize) {
		t.Errorf("a good body after a bad byte: %d, %v, %v", n, done, rej)
	}
}

func TestChunkedDecoderGivesDataWithTheEnd(t *testing.T) {
	var d ChunkedDecoder
	d.Reset(nil)
	data, n, done, rej := d.Next([]byte("2\r\nab\r\n0\r\n\r\nrest"))
	if string(data) != "ab" || n != 12 || !done || rej != nil {
		t.Errorf("%q, %d, %v, %v", data, n, done, rej)
	}
	if data, n, done, rej := d.Next([]byte("rest")); len(data) != 0 || n != 0 || !done || rej != nil {
		t.Errorf("after the end: %q, %d, %v, %v", data, n, done, rej)
	}
}

func TestTrailersOutliveTheInput(t *testing.T) {
	var d ChunkedDecoder
	body := []byte("0\r\nA: b\r\nC: d\r\n\r\n")
	if _, _, rej := decode(&d, body, nil, 5, 9, 12); rej != nil {
		t.Fatal(rej)
	}
	clear(body)
	if got := describe(d.Trailers()); got != "A=b C=d" {
		t.Errorf("got %s", got)
	}
}

func TestAppendChunkSize(t *testing.T) {
	for n, want := range map[int]string{1: "x1\r\n", 255: "xff\r\n", 1 << 32: "x100000000\r\n"} {
		if got := AppendChunkSize([]byte("x"), n); string(got) != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

func TestChunkedDecoderDoesNotAllocate(t *testing.T) {
	var d ChunkedDecoder
	body := []byte("5;x\r\nhello\r\n1\r\na\r\n0\r\nA: b\r\n\r\n")
	if n := testing.AllocsPerRun(100, func() {
		d.Reset(nil)
		for rest := body; ; {
			_, n, done, rej := d.Next(rest)
			if rest = rest[n:]; done || rej != nil {
				break
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// slowChunked is a second, independent reading of a whole chunked body: by
// lines and strconv. ok is false for what is incomplete or malformed.
func slowChunked(b string) (data string, used int, ok bool) {
	line := func() (string, bool) {
		end := strings.Index(b[used:], "\r\n")
		if end < 0 {
			return "", false
		}
		s := b[used : used+end]
		used += end + 2
		return s, !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
	}
	total := 0
	for {
		s, ok := line()
		size, extension, found := strings.Cut(s, ";")
		if found {
			total += len(extension) + 1
		}
		n, err := strconv.ParseInt(size, 16, 64)
		if !ok || err != nil || size[0] == '+' || size[0] == '-' || len(size) > 16 || len(extension) > 255 || total > 8192 {
			return "", 0, false
		}
		if n == 0 {
			break
		}
		if int64(len(b)-used) < n+2 || b[used+int(n):used+int(n)+2] != "\r\n" {
			return "", 0, false
		}
		data += b[used : used+int(n)]
		used += int(n) + 2
	}
	for {
		s, ok := line()
		if s == "" && ok {
			return data, used, true
		}
		name, _, found := strings.Cut(s, ":")
		if !ok || !found || !IsToken([]byte(name)) ||
			misleadingTrailer.has(KnownName([]byte(strings.ReplaceAll(name, "_", "-")))) {
			return "", 0, false
		}
	}
}

func FuzzChunked(f *testing.F) {
	for _, c := range readCorpus(f) {
		if strings.HasPrefix(c.section, "9112-7.1") && len(c.raw) < 1000 {
			f.Add(string(c.raw[bytes.Index(c.raw, []byte("\r\n\r\n"))+4:]), 3, 7)
		}
	}
	f.Fuzz(func(t *testing.T, body string, a, b int) {
		lim := &Limits{HeaderBytes: 1 << 20, Fields: 1 << 20}
		whole := outcome(body, lim)
		a, b = min(max(a, 0), len(body)), min(max(b, 0), len(body))
		if got := outcome(body, lim, min(a, b), max(a, b)); got != whole {
			t.Fatalf("%q cut at %d and %d: %s, whole: %s", body, a, b, got, whole)
		}
		var d ChunkedDecoder
		data, used, rej := decode(&d, []byte(body), lim)
		want, wantUsed, ok := slowChunked(body)
		if ok != (rej == nil) || ok && (data != want || used != wantUsed) {
			t.Fatalf("%q: %s, read slowly: %q, %d used, %v", body, whole, want, wantUsed, ok)
		}
	})
}
