package proxy

import (
	"bytes"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/weirproxy/weir/cache"
	"github.com/weirproxy/weir/message"
)

// The keys of the access log in JSON. A key is left out where there is nothing
// to say.
const (
	keyTime      = "time"
	keyID        = "request_id"
	keyListener  = "listener"
	keyClient    = "client"
	keyPeer      = "peer"
	keyMethod    = "method"
	keyScheme    = "scheme"
	keyHost      = "host"
	keyTarget    = "target"
	keyProtocol  = "protocol"
	keyStatus    = "status"
	keyBytesIn   = "bytes_in"
	keyBytesOut  = "bytes_out"
	keyDuration  = "duration_ms"
	keyRoute     = "route"
	keyPool      = "pool"
	keyBackend   = "backend"
	keyAttempts  = "attempts"
	keyFirstByte = "first_byte_ms"
	keyCache     = "cache"
	keyDetail    = "cache_detail"
	keyStored    = "cache_stored"
	keyCollapsed = "cache_collapsed"
	keyError     = "error"
	keyDetails   = "details"
	keyCause     = "cause"
	keyReferer   = "referer"
	keyUserAgent = "user_agent"
)

// log writes the line for x, which took d.
func (w *AccessWriter) log(x *exchange, d time.Duration) {
	l, ok := logLines.Get().(*logLine)
	if !ok {
		panic("BUG: a stranger in the pool")
	}
	if w.format == "combined" {
		l.text = appendCombined(l.text[:0], x, d)
	} else {
		l.text = appendJSONLine(l.text[:0], x, d)
	}
	w.put(l)
}

func appendJSONLine(b []byte, x *exchange, d time.Duration) []byte {
	req := x.req
	b = append(b, `{"`+keyTime+`":"`...)
	b = time.Now().Add(-d).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
	b = append(b, '"')
	b = appendText(b, keyID, x.requestID())
	b = appendText(b, keyListener, []byte(req.Conn.Listener))
	if client := x.outbound.Client; client.IsValid() {
		b = append(b, `,"`+keyClient+`":"`...)
		b = client.AppendTo(b)
		b = append(b, '"')
		if peer := x.outbound.Peer; peer != client {
			b = append(b, `,"`+keyPeer+`":"`...)
			b = peer.AppendTo(b)
			b = append(b, '"')
		}
	}
	b = appendText(b, keyMethod, []byte(req.Method))
	b = appendText(b, keyScheme, []byte(req.Scheme))
	b = appendText(b, keyHost, req.Authority)
	b = append(b, `,"`+keyTarget+`":"`...)
	b = appendTarget(b, req.Target)
	b = append(b, '"')
	b = appendText(b, keyProtocol, []byte(protocol(req.Version)))
	b = appendNumber(b, keyStatus, int64(x.status))
	b = appendNumber(b, keyBytesIn, x.bytesIn)
	b = appendNumber(b, keyBytesOut, x.bytesOut)
	b = appendMillis(b, keyDuration, d)
	if x.route != nil {
		b = appendText(b, keyRoute, []byte(x.route.name))
	}
	if s := &x.stats; s.pool != nil {
		b = appendText(b, keyPool, []byte(s.pool.spec.Name))
		b = appendText(b, keyBackend, []byte(s.pool.spec.Backends[s.backend].Address))
		b = appendNumber(b, keyAttempts, int64(s.attempts))
		if s.firstByte > 0 {
			b = appendMillis(b, keyFirstByte, s.firstByte)
		}
	}
	if c := &x.cached; c.status != cache.Off {
		b = appendText(b, keyCache, []byte(c.status.String()))
		b = appendText(b, keyDetail, []byte(c.detail.String()))
		b = appendFlag(b, keyStored, c.stored)
		b = appendFlag(b, keyCollapsed, c.collapsed)
	}
	if x.err != nil {
		b = appendText(b, keyError, []byte(x.err.Token))
		b = appendText(b, keyDetails, []byte(x.err.Details))
		if x.err.Cause != nil {
			b = appendText(b, keyCause, []byte(x.err.Cause.Error()))
		}
	}
	b = appendText(b, keyReferer, withoutQuery(message.Get(req.Fields, message.Referer)))
	b = appendText(b, keyUserAgent, message.Get(req.Fields, message.UserAgent))
	return append(b, "}\n"...)
}

// appendCombined appends the combined log format of the Apache and nginx servers.
func appendCombined(b []byte, x *exchange, d time.Duration) []byte {
	req := x.req
	if x.outbound.Client.IsValid() {
		b = x.outbound.Client.AppendTo(b)
	} else {
		b = append(b, '-')
	}
	b = append(b, " - - ["...)
	b = time.Now().Add(-d).AppendFormat(b, "02/Jan/2006:15:04:05 -0700")
	b = append(b, `] "`...)
	b = appendEscaped(b, []byte(req.Method))
	b = append(b, ' ')
	b = appendTarget(b, req.Target)
	b = append(b, ' ')
	b = append(b, protocol(req.Version)...)
	b = append(b, `" `...)
	b = strconv.AppendInt(b, int64(x.status), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, x.bytesOut, 10)
	b = append(b, ` "`...)
	b = appendOrDash(b, withoutQuery(message.Get(req.Fields, message.Referer)))
	b = append(b, `" "`...)
	b = appendOrDash(b, message.Get(req.Fields, message.UserAgent))
	return append(b, "\"\n"...)
}

func appendOrDash(b, text []byte) []byte {
	if len(text) == 0 {
		return append(b, '-')
	}
	return appendEscaped(b, text)
}

func protocol(v message.Version) string {
	switch v {
	case message.HTTP10:
		return "HTTP/1.0"
	case message.HTTP11:
		return "HTTP/1.1"
	case message.HTTP2:
		return "HTTP/2"
	}
	return "-"
}

// appendText appends a member, unless its value is empty.
func appendText(b []byte, key string, value []byte) []byte {
	if len(value) == 0 {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, key...)
	b = append(b, `":"`...)
	return append(appendEscaped(b, value), '"')
}

// appendFlag appends a member that says true, or nothing.
func appendFlag(b []byte, key string, set bool) []byte {
	if !set {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, key...)
	return append(b, `":true`...)
}

func appendNumber(b []byte, key string, n int64) []byte {
	b = append(b, `,"`...)
	b = append(b, key...)
	b = append(b, `":`...)
	return strconv.AppendInt(b, n, 10)
}

func appendMillis(b []byte, key string, d time.Duration) []byte {
	b = append(b, `,"`...)
	b = append(b, key...)
	b = append(b, `":`...)
	return strconv.AppendFloat(b, float64(d.Microseconds())/1000, 'f', 3, 64)
}

// appendEscaped appends text as the inside of a JSON string. Bytes that are no
// UTF-8 become U+FFFD.
func appendEscaped(b, text []byte) []byte {
	const hex = "0123456789abcdef"
	for len(text) > 0 {
		c := text[0]
		if c < utf8.RuneSelf {
			switch {
			case c == '"' || c == '\\':
				b = append(b, '\\', c)
			case c < ' ' || c == 0x7f:
				b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			default:
				b = append(b, c)
			}
			text = text[1:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		b = utf8.AppendRune(b, r)
		text = text[size:]
	}
	return b
}

func withoutQuery(ref []byte) []byte {
	before, _, _ := bytes.Cut(ref, []byte("?"))
	return before
}

// appendTarget appends a request target in which the values of query parameters
// that tend to hold credentials are left out.
func appendTarget(b, target []byte) []byte {
	path, query, has := bytes.Cut(target, []byte("?"))
	b = appendEscaped(b, path)
	for sep := byte('?'); has; sep = '&' {
		var pair []byte
		pair, query, has = bytes.Cut(query, []byte("&"))
		b = append(b, sep)
		name, _, valued := bytes.Cut(pair, []byte("="))
		if valued && secretParameter(name) {
			b = append(appendEscaped(b, name), "=redacted"...)
		} else {
			b = appendEscaped(b, pair)
		}
	}
	return b
}

// secretWords are parts of parameter names that tend to hold credentials.
var secretWords = [][]byte{
	[]byte("token"), []byte("secret"), []byte("password"), []byte("passwd"), []byte("pwd"),
	[]byte("apikey"), []byte("api_key"), []byte("api-key"), []byte("auth"), []byte("credential"),
	[]byte("signature"), []byte("session"), []byte("jwt"),
}

func secretParameter(name []byte) bool {
	var lower [64]byte
	n := copy(lower[:], unescape(name))
	short := bytes.EqualFold(name, []byte("key")) || bytes.EqualFold(name, []byte("sig")) ||
		bytes.EqualFold(name, []byte("code")) || bytes.EqualFold(name, []byte("sid"))
	for i := range lower[:n] {
		if 'A' <= lower[i] && lower[i] <= 'Z' {
			lower[i] += 'a' - 'A'
		}
	}
	for _, w := range secretWords {
		if bytes.Contains(lower[:n], w) {
			return true
		}
	}
	return short
}
