package origintest

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
)

// The opcodes of RFC 6455, section 5.2, that tests use.
const (
	TextFrame   = 0x1
	BinaryFrame = 0x2
	CloseFrame  = 0x8
)

// AcceptKey returns the Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455,
// section 4.2.2).
func AcceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// AppendFrame appends one final WebSocket frame. mask is nil for a server's frame
// and four bytes for a client's.
func AppendFrame(dst []byte, opcode byte, payload, mask []byte) []byte {
	var masked byte
	if mask != nil {
		masked = 0x80
	}
	dst = append(dst, 0x80|opcode)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, masked|byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, masked|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, masked|127), uint64(n))
	}
	dst = append(dst, mask...)
	for i, b := range payload {
		if mask != nil {
			b ^= mask[i%4]
		}
		dst = append(dst, b)
	}
	return dst
}

var errFrame = errors.New("bad frame")

// ReadFrame reads one final frame of at most RecordLimit bytes and unmasks it.
func ReadFrame(r io.Reader) (opcode byte, payload []byte, masked bool, err error) {
	head := make([]byte, 2, 14)
	if _, err = io.ReadFull(r, head); err != nil {
		return 0, nil, false, err
	}
	opcode, masked = head[0]&0x0f, head[1]&0x80 != 0
	if head[0]&0x80 == 0 {
		return 0, nil, false, errFrame
	}
	size, err := frameSize(r, head[1]&0x7f)
	if err != nil {
		return 0, nil, false, err
	}
	var mask [4]byte
	if masked {
		if _, err = io.ReadFull(r, mask[:]); err != nil {
			return 0, nil, false, err
		}
	}
	payload = make([]byte, size)
	if _, err = io.ReadFull(r, payload); err != nil {
		return 0, nil, false, err
	}
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return opcode, payload, masked, nil
}

func frameSize(r io.Reader, short byte) (uint64, error) {
	size := uint64(short)
	var wide [8]byte
	var err error
	switch short {
	case 126:
		_, err = io.ReadFull(r, wide[6:])
		size = binary.BigEndian.Uint64(wide[:])
	case 127:
		_, err = io.ReadFull(r, wide[:])
		size = binary.BigEndian.Uint64(wide[:])
	}
	if err == nil && size > RecordLimit {
		err = errFrame
	}
	return size, err
}

// WebSocketEcho is a script that accepts one WebSocket handshake and sends every
// frame back. It ends with a close frame, which it answers, or the connection.
func WebSocketEcho(c *Conn) {
	r, err := c.ReadHead()
	if err != nil {
		return
	}
	c.Send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + AcceptKey(r.Value("Sec-WebSocket-Key")) + "\r\n\r\n")
	for {
		opcode, payload, _, err := ReadFrame(c)
		if err != nil {
			return
		}
		if _, err := c.Write(AppendFrame(nil, opcode, payload, nil)); err != nil || opcode == CloseFrame {
			return
		}
	}
}
