package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// How reading a response can fail.
var (
	errNothing  = errors.New("no response")        // the connection ended, or was reset, before the first byte of one
	errCut      = errors.New("cut short")          // the connection ended, or was reset, inside a response
	errProtocol = errors.New("protocol violation") // what came is not HTTP/1.1 in its strictest form
)

// A client is one raw connection to weir.
type client struct {
	t    testing.TB
	conn net.Conn
	buf  []byte // received, not consumed
}

// A response is one response as received.
type response struct {
	status   int
	version  string
	head     string // byte for byte
	fields   []field
	body     []byte
	trailers []field
	info     []*response // informational responses before it

	framing  framing
	left     int64 // of the body, or of the chunk
	inChunk  bool
	complete bool
}

type field struct{ name, value string }

type framing int

const (
	noBody framing = iota
	byLength
	byChunks
	byClose
)

// dial connects to weir's main listener.
func (w *weir) dial(t testing.TB) *client {
	t.Helper()
	return dial(t, w.addr)
}

func dial(t testing.TB, addr string) *client {
	t.Helper()
	c, err := tryDial(t, addr)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tryDial(t testing.TB, addr string) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { conn.Close() })
	return &client{t: t, conn: conn}, nil
}

// send sends raw bytes.
func (c *client) send(s string) {
	c.t.Helper()
	c.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// offer sends raw bytes that weir may be right not to take.
func (c *client) offer(s string) {
	c.conn.SetWriteDeadline(time.Now().Add(patience))
	io.WriteString(c.conn, s)
}

// response reads the next final response to a request with method and demands
// that it is complete.
func (c *client) response(method string) *response {
	c.t.Helper()
	r, err := c.tryResponse(method)
	if err != nil {
		c.t.Fatalf("response: %v; received %q", err, r)
	}
	return r
}

// tryResponse reads the next final response and returns what there was of it.
// The error is nil for a complete one, else one of the above.
func (c *client) tryResponse(method string) (*response, error) {
	r, err := c.tryHead(method)
	if err != nil {
		return r, err
	}
	for {
		if _, err := c.piece(r); err == io.EOF {
			return r, nil
		} else if err != nil {
			return r, err
		}
	}
}

// head reads the head of the next final response.
func (c *client) head(method string) *response {
	c.t.Helper()
	r, err := c.tryHead(method)
	if err != nil {
		c.t.Fatalf("response head: %v; received %q, then %q", err, r, c.buf)
	}
	return r
}

func (c *client) tryHead(method string) (*response, error) {
	var info []*response
	for {
		r, err := c.tryAnyHead(method)
		if errors.Is(err, errNothing) && len(info) > 0 {
			err = errCut
		}
		if err != nil {
			return r, err
		}
		if r.status >= 200 || r.status == 101 {
			r.info = info
			return r, nil
		}
		info = append(info, r)
	}
}

// tryAnyHead reads the next head, informational or final.
func (c *client) tryAnyHead(method string) (*response, error) {
	for {
		if i := bytes.Index(c.buf, []byte("\r\n\r\n")); i >= 0 {
			head := string(c.buf[:i+4])
			c.buf = c.buf[i+4:]
			return parseResponse(head, method)
		}
		if err := c.fill(); err != nil {
			if len(c.buf) == 0 {
				return nil, fmt.Errorf("%w: %w", errNothing, err)
			}
			return &response{head: string(c.buf)}, errCut
		}
	}
}

func (c *client) fill() error {
	var chunk [16 << 10]byte
	c.conn.SetReadDeadline(time.Now().Add(patience))
	n, err := c.conn.Read(chunk[:])
	c.buf = append(c.buf, chunk[:n]...)
	if n > 0 {
		return nil
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Errorf("nothing received for %v; buffered %q", patience, c.buf)
	}
	return err
}

func parseResponse(head, method string) (*response, error) {
	r := &response{head: head}
	lines := strings.Split(strings.TrimSuffix(head, "\r\n\r\n"), "\r\n")
	if strings.ContainsAny(strings.Join(lines, ""), "\r\n\x00") {
		return r, fmt.Errorf("%w: stray bytes in %q", errProtocol, head)
	}
	status := lines[0]
	if len(status) < 13 || status[:7] != "HTTP/1." || status[8] != ' ' || status[12] != ' ' {
		return r, fmt.Errorf("%w: status line %q", errProtocol, status)
	}
	var err error
	r.version = status[:8]
	if r.status, err = strconv.Atoi(status[9:12]); err != nil || r.status < 100 || r.status > 599 {
		return r, fmt.Errorf("%w: status line %q", errProtocol, status)
	}
	if r.fields, err = parseFields(lines[1:]); err != nil {
		return r, err
	}
	return r, r.frame(method)
}

func parseFields(lines []string) ([]field, error) {
	var fields []field
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return fields, fmt.Errorf("%w: field line %q", errProtocol, line)
		}
		fields = append(fields, field{name, strings.Trim(value, " \t")})
	}
	return fields, nil
}

// frame finds out how the body ends (RFC 9112, section 6.3).
func (r *response) frame(method string) error {
	lengths, codings := r.values("Content-Length"), r.values("Transfer-Encoding")
	if len(lengths) > 1 || len(codings) > 1 || len(lengths)*len(codings) > 0 {
		return fmt.Errorf("%w: lengths %q and codings %q", errProtocol, lengths, codings)
	}
	bodiless := r.status < 200 || r.status == 204
	if bodiless && len(lengths)+len(codings) > 0 {
		return fmt.Errorf("%w: framing fields in a %d", errProtocol, r.status)
	}
	switch {
	case bodiless || r.status == 304 || method == "HEAD":
		r.framing, r.complete = noBody, true
	case len(codings) == 1:
		if codings[0] != "chunked" {
			return fmt.Errorf("%w: coding %q", errProtocol, codings[0])
		}
		r.framing = byChunks
	case len(lengths) == 1:
		n, err := strconv.ParseUint(lengths[0], 10, 63)
		if err != nil {
			return fmt.Errorf("%w: length %q", errProtocol, lengths[0])
		}
		r.framing, r.left, r.complete = byLength, int64(n), n == 0
	default:
		r.framing = byClose
	}
	return nil
}

// piece reads some more of the body, which it also appends to r.body. It returns
// io.EOF once the body is complete.
func (c *client) piece(r *response) ([]byte, error) {
	for !r.complete && r.framing == byChunks && r.left == 0 {
		if err := c.nextChunk(r); err != nil {
			return nil, err
		}
	}
	if r.complete {
		return nil, io.EOF
	}
	if len(c.buf) == 0 {
		if err := c.fill(); err == io.EOF && r.framing == byClose {
			r.complete = true
			return nil, io.EOF
		} else if err != nil {
			return nil, fmt.Errorf("%w: %w", errCut, err)
		}
	}
	p := c.buf
	if r.framing != byClose && int64(len(p)) > r.left {
		p = p[:r.left]
	}
	c.buf = c.buf[len(p):]
	r.left -= int64(len(p))
	r.body = append(r.body, p...)
	r.complete = r.framing == byLength && r.left == 0
	return p, nil
}

// nextChunk reads a chunk size line, and the trailers after the last chunk.
func (c *client) nextChunk(r *response) error {
	line, err := c.line()
	if err == nil && r.inChunk {
		if line != "" {
			return fmt.Errorf("%w: %q after a chunk", errProtocol, line)
		}
		r.inChunk = false
		line, err = c.line()
	}
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(line, 16, 63)
	if err != nil || len(line) > 16 {
		return fmt.Errorf("%w: chunk size %q", errProtocol, line)
	}
	if n > 0 {
		r.left, r.inChunk = int64(n), true
		return nil
	}
	var lines []string
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		if line == "" {
			r.trailers, err = parseFields(lines)
			r.complete = err == nil
			return err
		}
		lines = append(lines, line)
	}
}

// line reads a line that ends with CRLF and returns it without.
func (c *client) line() (string, error) {
	for {
		if i := bytes.IndexByte(c.buf, '\n'); i >= 0 {
			line := string(c.buf[:i])
			c.buf = c.buf[i+1:]
			if !strings.HasSuffix(line, "\r") {
				return "", fmt.Errorf("%w: line %q ended by LF alone", errProtocol, line)
			}
			return line[:len(line)-1], nil
		}
		if err := c.fill(); err != nil {
			return "", fmt.Errorf("%w: %w", errCut, err)
		}
	}
}

// atLeast reads more of the body until n bytes of it are there.
func (c *client) atLeast(r *response, n int) {
	c.t.Helper()
	for len(r.body) < n {
		if _, err := c.piece(r); err != nil {
			c.t.Fatalf("body ended after %d bytes, want %d: %v", len(r.body), n, err)
		}
	}
}

// rest reads the body to its end and demands that it is complete.
func (c *client) rest(r *response) {
	c.t.Helper()
	for {
		if _, err := c.piece(r); err == io.EOF {
			return
		} else if err != nil {
			c.t.Fatalf("body: %v after %d bytes", err, len(r.body))
		}
	}
}

// ended demands that weir ends the connection without another byte.
func (c *client) ended() {
	c.t.Helper()
	if err := c.fill(); err == nil || len(c.buf) > 0 {
		c.t.Fatalf("received %q where the connection had to end", c.buf)
	}
}

// exact reads exactly what is wanted, outside of HTTP.
func (c *client) exact(want string) {
	c.t.Helper()
	for len(c.buf) < len(want) {
		if err := c.fill(); err != nil {
			c.t.Fatalf("received %q and %v, want %q", c.buf, err, want)
		}
	}
	if got := string(c.buf[:len(want)]); got != want {
		c.t.Fatalf("received %q, want %q", got, want)
	}
	c.buf = c.buf[len(want):]
}

// Read makes the connection an io.Reader behind what is buffered.
func (c *client) Read(p []byte) (int, error) {
	if len(c.buf) == 0 {
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.buf)
	c.buf = c.buf[n:]
	return n, nil
}

// values returns the values of all lines of a field.
func (r *response) values(name string) []string { return valuesOf(r.fields, name) }

func valuesOf(fields []field, name string) []string {
	var values []string
	for _, f := range fields {
		if strings.EqualFold(f.name, name) {
			values = append(values, f.value)
		}
	}
	return values
}

// value returns all values of a field joined by " | ".
func (r *response) value(name string) string { return strings.Join(r.values(name), " | ") }

// String shows the response in failures.
func (r *response) String() string {
	if r == nil {
		return "nothing"
	}
	return fmt.Sprintf("%s%.300s", r.head, r.body)
}

// do sends one raw request on a connection of its own and reads the response,
// which has to be complete. The method is the first word of raw.
func (w *weir) do(t testing.TB, raw string) *response {
	t.Helper()
	c := w.dial(t)
	defer c.conn.Close()
	c.send(raw)
	method, _, _ := strings.Cut(raw, " ")
	return c.response(method)
}

// get asks for a path with Host h and further field lines.
func (w *weir) get(t testing.TB, path string, lines ...string) *response {
	t.Helper()
	return w.do(t, request("GET", path, lines...))
}

// request writes a request without a body. A line "Host: ..." replaces the
// default one, "Host: h".
func request(method, path string, lines ...string) string {
	host := "Host: h\r\n"
	fields := ""
	for _, line := range lines {
		if strings.HasPrefix(line, "Host:") {
			host = ""
		}
		fields += line + "\r\n"
	}
	return method + " " + path + " HTTP/1.1\r\n" + host + fields + "\r\n"
}

// expect demands a status and returns the response.
func (r *response) expect(t testing.TB, status int) *response {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %v", r.status, status, r)
	}
	return r
}

// reset ends the connection with a TCP reset.
func (c *client) reset() {
	c.conn.(*net.TCPConn).SetLinger(0)
	c.conn.Close()
}

// drip sends s a byte every 20 ms until stop is closed or weir hangs up.
func drip(c *client, s string, stop <-chan struct{}) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for i := range len(s) {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if _, err := io.WriteString(c.conn, s[i:i+1]); err != nil {
			return
		}
	}
}

// halfClose ends the sending side.
func (c *client) halfClose() {
	if conn, ok := c.conn.(*net.TCPConn); ok {
		conn.CloseWrite()
	}
}
