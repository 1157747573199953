package main

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Opcodes and bits of RFC 6455, section 5.2, and the largest frame echoed.
const (
	wsText     = 0x1
	wsClose    = 0x8
	wsPing     = 0x9
	wsPong     = 0xA
	wsFinal    = 0x80
	wsMasked   = 0x80
	wsMaxFrame = 64 << 10
	wsIdle     = 5 * time.Minute
)

var (
	errFrameUnmasked = errors.New("a client's frame has to be masked")
	errFrameTooLarge = errors.New("frame over 64 KiB")
)

// websocket echoes what it is sent (RFC 6455). With ?hello it says hello and
// closes, for clients that can only listen.
func (s *shop) websocket(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if key == "" || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || r.Header.Get("Sec-WebSocket-Version") != "13" {
		w.Header().Set("Upgrade", "websocket")
		http.Error(w, "this is a websocket", http.StatusUpgradeRequired)
		return
	}
	s.connections.Add(1)
	defer s.connections.Done()
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "no tunnel on this connection", http.StatusInternalServerError)
		return
	}
	defer conn.Close()
	// The end of all streams makes the read under way time out, and gives the
	// closing frame a second.
	stop := context.AfterFunc(s.streams, func() {
		conn.SetWriteDeadline(time.Now().Add(time.Second))
		conn.SetReadDeadline(time.Unix(1, 0))
	})
	defer stop()
	rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		acceptKey(key) + "\r\nX-Replica: " + s.name + "\r\n\r\n")
	if r.URL.Query().Has("hello") {
		writeFrame(rw.Writer, wsFinal|wsText, []byte("hello from replica "+s.name))
	} else {
		s.echo(conn, rw)
	}
	writeFrame(rw.Writer, wsFinal|wsClose, []byte{0x03, 0xE9}) // 1001: going away
}

// acceptKey answers a client's key (RFC 6455, section 4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// echo sends frames back until the client closes, breaks the protocol or falls
// silent. Fragments go back as the fragments they came as.
func (s *shop) echo(conn net.Conn, rw *bufio.ReadWriter) {
	if rw.Flush() != nil {
		return
	}
	buf := make([]byte, wsMaxFrame)
	for {
		conn.SetDeadline(time.Now().Add(wsIdle))
		// Asked after the deadline was set: it may have replaced the one that the
		// end of the streams set.
		if s.streams.Err() != nil {
			return
		}
		head, payload, err := readFrame(rw.Reader, buf)
		if err != nil || head&0x0F == wsClose {
			return
		}
		switch head & 0x0F {
		case wsPing:
			head = wsFinal | wsPong
		case wsPong:
			continue
		}
		if writeFrame(rw.Writer, head, payload) != nil {
			return
		}
	}
}

// readFrame reads one frame into buf; the payload is valid until the next call.
func readFrame(r *bufio.Reader, buf []byte) (head byte, payload []byte, err error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return 0, nil, err
	}
	head = b[0]
	if b[1]&wsMasked == 0 {
		return 0, nil, errFrameUnmasked
	}
	n := uint64(b[1] &^ wsMasked)
	switch n {
	case 126:
		_, err = io.ReadFull(r, b[:2])
		n = uint64(binary.BigEndian.Uint16(b[:2]))
	case 127:
		_, err = io.ReadFull(r, b[:8])
		n = binary.BigEndian.Uint64(b[:8])
	}
	if err != nil {
		return 0, nil, err
	}
	if n > uint64(len(buf)) {
		return 0, nil, errFrameTooLarge
	}
	var mask [4]byte
	if _, err := io.ReadFull(r, mask[:]); err != nil {
		return 0, nil, err
	}
	payload = buf[:n]
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, err
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head, payload, nil
}

// writeFrame writes one frame, unmasked as a server's are, and flushes.
func writeFrame(w *bufio.Writer, head byte, payload []byte) error {
	w.WriteByte(head)
	switch n := len(payload); {
	case n < 126:
		w.WriteByte(byte(n))
	case n <= 0xFFFF:
		w.Write(binary.BigEndian.AppendUint16([]byte{126}, uint16(n)))
	default:
		w.Write(binary.BigEndian.AppendUint64([]byte{127}, uint64(n)))
	}
	w.Write(payload)
	return w.Flush()
}
