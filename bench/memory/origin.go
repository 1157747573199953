package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
)

// An origin answers any ask, from many connections at once.
type origin struct {
	ln net.Listener

	mu    sync.Mutex // guards the following fields
	conns map[net.Conn]bool
	gone  bool
	wg    sync.WaitGroup
}

func startOrigin() (*origin, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o := &origin{ln: ln, conns: map[net.Conn]bool{}}
	o.wg.Add(1)
	go o.accept()
	return o, nil
}

func (o *origin) address() string { return o.ln.Addr().String() }

func (o *origin) close() {
	o.ln.Close()
	o.mu.Lock()
	o.gone = true
	for c := range o.conns {
		c.Close()
	}
	o.mu.Unlock()
	o.wg.Wait()
}

func (o *origin) accept() {
	defer o.wg.Done()
	for {
		c, err := o.ln.Accept()
		if err != nil {
			return
		}
		o.mu.Lock()
		if o.gone {
			c.Close()
		} else {
			o.conns[c] = true
			o.wg.Add(1)
			go o.serve(c)
		}
		o.mu.Unlock()
	}
}

// serve answers until the connection ends or carries what is no ask.
func (o *origin) serve(c net.Conn) {
	defer o.wg.Done()
	defer func() {
		c.Close()
		o.mu.Lock()
		delete(o.conns, c)
		o.mu.Unlock()
	}()
	r, w := bufio.NewReaderSize(c, 16<<10), bufio.NewWriterSize(c, 64<<10)
	for {
		a, err := readAsk(r)
		if err != nil {
			return
		}
		a.respond(w)
		if err := w.Flush(); err != nil {
			return
		}
	}
}

var errNoAsk = errors.New("not a request of the flood")

// readAsk reads a request head; there are no bodies.
func readAsk(r *bufio.Reader) (a ask, err error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return a, err
	}
	words := strings.Split(string(line), " ")
	if len(words) != 3 || words[0] != "GET" {
		return a, errNoAsk
	}
	if a, err = parsePath(words[1]); err != nil {
		return a, err
	}
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return a, nil
		}
	}
}

// parsePath is the other way of ask.path.
func parsePath(path string) (a ask, err error) {
	parts := strings.SplitN(path, "/", 5)
	if len(parts) != 5 || len(parts[1]) != 1 {
		return a, errNoAsk
	}
	a.kind, a.padding = parts[1][0], parts[4]
	if a.size, err = strconv.Atoi(parts[2]); err != nil || a.size < 0 || a.size > maxBody {
		return a, errNoAsk
	}
	if a.number, err = strconv.ParseInt(parts[3], 10, 64); err != nil {
		return a, errNoAsk
	}
	return a, nil
}

// respond writes the response to a; w keeps the first error.
func (a *ask) respond(w *bufio.Writer) {
	w.WriteString("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: max-age=3600\r\n")
	switch a.kind {
	case manyLines:
		for i := range 200 {
			fmt.Fprintf(w, "a%d:\r\n", i)
		}
	case manyTags:
		w.WriteString("Surrogate-Key:")
		for i := range 64 {
			fmt.Fprintf(w, " tag-%d-of-%d", i, a.number)
		}
		w.WriteString("\r\n")
	case varying:
		for i := range varyLines {
			fmt.Fprintf(w, "Vary: X-Bomb-%d\r\n", i)
		}
	}
	body := a.body()
	if a.kind != chunked {
		fmt.Fprintf(w, "Content-Length: %d\r\n\r\n", len(body))
		w.Write(body)
		return
	}
	w.WriteString("Transfer-Encoding: chunked\r\n\r\n")
	for len(body) > 0 {
		piece := body[:min(len(body), 16<<10-1)]
		fmt.Fprintf(w, "%x\r\n%s\r\n", len(piece), piece)
		body = body[len(piece):]
	}
	w.WriteString("0\r\n\r\n")
}

// maxBody is the length of the longest body.
const maxBody = 8<<20 + 2

// pattern is what bodies are cut from.
var pattern = makePattern(maxBody + 251)

func makePattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i%251) + byte(i/251)
	}
	return b
}

// body is the body of the response to a.
func (a *ask) body() []byte {
	from := int(a.number % 251)
	return pattern[from : from+a.size]
}
