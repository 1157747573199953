package origintest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// errFraming is wrapped by what Body returns for a request that says more than
// one thing about its length, or something that makes no sense.
var errFraming = errors.New("bad framing")

// Body returns the body of the current request, decoded. Its Read returns io.EOF
// once the body is complete, io.ErrUnexpectedEOF when the connection ended inside
// it, and an error for framing that is not strictly that of RFC 9112.
func (c *Conn) Body() io.Reader { return c.body }

// ReadBody reads the rest of the body of the current request.
func (c *Conn) ReadBody() ([]byte, error) { return io.ReadAll(c.body) }

// bodyReader decodes the body that follows the current head.
type bodyReader struct {
	conn    *Conn
	req     *Request
	chunked bool
	left    int64 // of the body, or of the current chunk
	inChunk bool  // the CRLF after the current chunk is still to be read
	done    bool
	err     error // sticky
}

func newBodyReader(c *Conn, r *Request) *bodyReader {
	b := &bodyReader{conn: c, req: r}
	lengths, codings := r.Values("Content-Length"), r.Values("Transfer-Encoding")
	switch {
	case len(lengths)+len(codings) == 0:
		b.done = true
	case len(lengths)+len(codings) > 1:
		b.err = fmt.Errorf("%w: lengths %q, codings %q", errFraming, lengths, codings)
	case len(codings) == 1:
		b.chunked = true
		if !strings.EqualFold(codings[0], "chunked") {
			b.err = fmt.Errorf("%w: coding %q", errFraming, codings[0])
		}
	default:
		n, err := parseDigits(lengths[0], 10)
		b.left, b.done, b.err = n, n == 0, err
	}
	return b
}

// parseDigits is strict: digits of the base only, no sign, no overflow.
func parseDigits(s string, base int) (int64, error) {
	for i := range len(s) {
		if _, err := strconv.ParseUint(s[i:i+1], base, 8); err != nil {
			return 0, fmt.Errorf("%w: length %q", errFraming, s)
		}
	}
	n, err := strconv.ParseInt(s, base, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: length %q", errFraming, s)
	}
	return n, nil
}

func (b *bodyReader) Read(p []byte) (int, error) {
	for b.err == nil && !b.done && b.left == 0 {
		b.err = b.nextChunk()
	}
	if b.err != nil {
		return 0, b.err
	}
	if b.done {
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.conn.Read(p)
	b.left -= int64(n)
	b.took(p[:n])
	if err != nil {
		b.err = unexpected(err)
		return n, b.err
	}
	if b.left == 0 && !b.chunked {
		b.finish(nil)
	}
	return n, nil
}

// took records body bytes.
func (b *bodyReader) took(p []byte) {
	b.conn.server.mu.Lock()
	defer b.conn.server.mu.Unlock()
	b.req.Body = appendLimited(b.req.Body, p)
	b.req.Raw = appendLimited(b.req.Raw, p)
	b.req.BodySize += int64(len(p))
}

func (b *bodyReader) finish(trailers []Field) {
	b.done = true
	b.conn.server.mu.Lock()
	defer b.conn.server.mu.Unlock()
	b.req.Complete, b.req.Trailers = true, trailers
}

// nextChunk reads a chunk's size line, after a last chunk the trailers too.
func (b *bodyReader) nextChunk() error {
	line, err := b.line()
	if err == nil && b.inChunk {
		if line != "" {
			return fmt.Errorf("%w: %q after a chunk", errFraming, line)
		}
		b.inChunk = false
		line, err = b.line()
	}
	if err != nil {
		return err
	}
	size, _, _ := strings.Cut(line, ";")
	if b.left, err = parseDigits(size, 16); err != nil {
		return err
	}
	if b.left > 0 {
		b.inChunk = true
		return nil
	}
	return b.trailers()
}

func (b *bodyReader) trailers() error {
	section := "\r\n"
	for {
		line, err := b.line()
		if err != nil {
			return err
		}
		if line == "" {
			b.finish(parseFields(section + "\r\n"))
			return nil
		}
		section += line + "\r\n"
	}
}

// line consumes one line that ends with CRLF and returns it without.
func (b *bodyReader) line() (string, error) {
	c := b.conn
	for {
		if i := bytes.Index(c.buf, []byte("\r\n")); i >= 0 {
			line := string(c.buf[:i])
			c.buf = c.buf[i+2:]
			c.server.mu.Lock()
			b.req.Raw = appendLimited(b.req.Raw, []byte(line+"\r\n"))
			c.server.mu.Unlock()
			return line, nil
		}
		if err := c.fill(); err != nil {
			return "", unexpected(err)
		}
	}
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
