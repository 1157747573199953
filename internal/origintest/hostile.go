package origintest

import "strings"

// An Outcome is what a client of a proxy may see of a hostile origin.
type Outcome int

// The outcomes.
const (
	BadGateway Outcome = iota // an error response of the proxy's own
	Cut                       // the response begins and is recognisably incomplete
	Good                      // the response is complete, the origin's connection is not used again
)

func (o Outcome) String() string { return [...]string{"bad gateway", "cut", "good"}[o] }

// A Hostile is one way for an origin to misbehave towards its proxy.
type Hostile struct {
	Name    string
	Outcome Outcome
	Script  func(*Conn)
}

// Hostiles returns origins that break HTTP in as many ways as are known to have
// hurt somebody. Each misbehaves on every connection.
func Hostiles() []Hostile {
	head := "HTTP/1.1 200 OK\r\n"
	length := head + "Content-Length: 5\r\n\r\nhello"
	all := []Hostile{
		{"endless informational responses", BadGateway, endless("HTTP/1.1 102 Processing\r\n\r\n")},
		{"endless continues", BadGateway, endless("HTTP/1.1 100 Continue\r\n\r\n")},
		{"endless field block", BadGateway, after(head, endlessPart("X-Pad: 0123456789abcdef\r\n"))},
		{"endless status line", BadGateway, after("HTTP/1.1 200 ", endlessPart("OKOKOKOKOKOKOKOK"))},
		{"endless chunk extension", Cut, after(head+"Transfer-Encoding: chunked\r\n\r\n5;a=", endlessPart("bbbbbbbbbbbbbbbb"))},
		{"endless trailers", Cut, after(head+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", endlessPart("X-Pad: 0123456789abcdef\r\n"))},
		{"bytes on the idle connection", Good, after(OK("hello"), func(c *Conn) { c.Send("HTTP/1.1 408 Request Timeout\r\n\r\n"); c.WaitClose() })},
		{"reset before any byte", BadGateway, after("", (*Conn).Reset)},
		{"closed before any byte", BadGateway, after("", (*Conn).Close)},
		{"half-closed before any byte", BadGateway, after("", func(c *Conn) { c.HalfClose(); c.WaitClose() })},
		{"reset at accept", BadGateway, (*Conn).Reset},
		{"banner before the request", BadGateway, func(c *Conn) { c.Send("SSH-2.0-OpenSSH_9.2p1\r\n"); c.WaitClose() }},
	}
	return append(all, hostileBytes(head, length)...)
}

// hostileBytes are the origins that send fixed bytes and then wait.
func hostileBytes(head, length string) []Hostile {
	chunked := head + "Transfer-Encoding: chunked\r\n\r\n"
	rows := []struct {
		name    string
		outcome Outcome
		bytes   string
		close   bool
	}{
		{"content length of 9e18", Cut, head + "Content-Length: 9000000000000000000\r\n\r\nhello", true},
		{"content length beyond 63 bits", BadGateway, head + "Content-Length: 9300000000000000000\r\n\r\nhello", false},
		{"negative content length", BadGateway, head + "Content-Length: -1\r\n\r\n", false},
		{"signed content length", BadGateway, head + "Content-Length: +5\r\n\r\nhello", false},
		{"hexadecimal content length", BadGateway, head + "Content-Length: 0x5\r\n\r\nhello", false},
		{"empty content length", BadGateway, head + "Content-Length:\r\n\r\nhello", true},
		{"two unequal content lengths", BadGateway, head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", false},
		{"listed content lengths", BadGateway, head + "Content-Length: 5, 6\r\n\r\nhello", false},
		{"content length with chunked", BadGateway, head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false},
		{"chunked twice", BadGateway, head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false},
		{"unknown transfer coding", BadGateway, head + "Transfer-Encoding: gzip\r\n\r\nhello", true},
		{"chunked is not last", BadGateway, head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", true},
		{"chunked in HTTP/1.0", BadGateway, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", true},
		{"chunk size with a sign", Cut, chunked + "+5\r\nhello\r\n0\r\n\r\n", false},
		{"chunk size with a prefix", Cut, chunked + "0x5\r\nhello\r\n0\r\n\r\n", false},
		{"chunk size beyond 64 bits", Cut, chunked + "10000000000000005\r\nhello\r\n0\r\n\r\n", false},
		{"chunk of 9e18 bytes", Cut, chunked + "7ce66c50e2840000\r\nhello", true},
		{"chunk ended by LF", Cut, chunked + "5\r\nhello\n0\r\n\r\n", false},
		{"chunk size ended by LF", Cut, chunked + "5\nhello\r\n0\r\n\r\n", false},
		{"chunk longer than its size", Cut, chunked + "4\r\nhello\r\n0\r\n\r\n", false},
		{"garbage instead of a chunk", Cut, chunked + "zz\r\n", false},
		{"lines ended by LF", BadGateway, "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", true},
		{"bare CR in a value", BadGateway, head + "X-A: b\rX-C: d\r\nContent-Length: 5\r\n\r\nhello", false},
		{"folded field", BadGateway, head + "X-A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello", false},
		// A proxy may also remove the space (RFC 9112, section 5.1).
		{"space before the colon", Good, head + "Content-Length : 5\r\n\r\nhello", true},
		{"field without a colon", BadGateway, head + "X-A\r\nContent-Length: 5\r\n\r\nhello", false},
		{"empty field name", BadGateway, head + ": x\r\nContent-Length: 5\r\n\r\nhello", false},
		{"NUL in a value", BadGateway, head + "X-A: b\x00c\r\nContent-Length: 5\r\n\r\nhello", false},
		{"NUL in a name", BadGateway, head + "X\x00A: b\r\nContent-Length: 5\r\n\r\nhello", false},
		{"1 MiB of fields", BadGateway, head + strings.Repeat("X-Pad: "+strings.Repeat("p", 1013)+"\r\n", 1024) + "Content-Length: 5\r\n\r\nhello", false},
		{"field of 1 MiB", BadGateway, head + "X-Pad: " + strings.Repeat("p", 1<<20) + "\r\nContent-Length: 5\r\n\r\nhello", false},
		{"100 000 fields", BadGateway, head + strings.Repeat("a:\r\n", 100_000) + "Content-Length: 5\r\n\r\nhello", false},
		{"unsolicited 101", BadGateway, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello", false},
		{"status of two digits", BadGateway, "HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n", false},
		{"status of four digits", BadGateway, "HTTP/1.1 2000 High\r\nContent-Length: 0\r\n\r\n", false},
		{"status with a sign", BadGateway, "HTTP/1.1 +20 OK\r\nContent-Length: 0\r\n\r\n", false},
		{"status of letters", BadGateway, "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n", false},
		{"HTTP/2 preface", BadGateway, "\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64", true},
		{"version 2.0", BadGateway, "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", false},
		{"version 9.9", BadGateway, "HTTP/9.9 200 OK\r\nContent-Length: 5\r\n\r\nhello", false},
		{"lower-case version", BadGateway, "http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false},
		{"another protocol", BadGateway, "ICY 200 OK\r\n\r\n", true},
		{"HTTP/0.9", BadGateway, "<html>hello</html>", true},
		{"garbage", BadGateway, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n\xff\xfe\xfd", true},
		{"zeros", BadGateway, strings.Repeat("\x00", 64<<10), true},
		{"empty lines", BadGateway, strings.Repeat("\r\n", 1000), true},
		{"extra bytes after the body", Good, length + "extra", false},
		{"a second response after the body", Good, length + "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned", false},
		{"a body after 204", Good, "HTTP/1.1 204 No Content\r\n\r\npoison", false},
		{"a body after 304", Good, "HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison", false},
	}
	all := make([]Hostile, len(rows))
	for i, row := range rows {
		end := func(c *Conn) { c.WaitClose() }
		if row.close {
			end = (*Conn).Close
		}
		all[i] = Hostile{row.name, row.outcome, after(row.bytes, end)}
	}
	return all
}

// after is a script that reads one request head, sends s and goes on with next.
func after(s string, next func(*Conn)) func(*Conn) {
	return func(c *Conn) {
		if _, err := c.ReadHead(); err != nil {
			return
		}
		if c.Send(s) == nil {
			next(c)
		}
	}
}

func endless(s string) func(*Conn) { return after("", endlessPart(s)) }

// endlessPart sends s over and over until the connection fails.
func endlessPart(s string) func(*Conn) {
	block := strings.Repeat(s, 1+4096/len(s))
	return func(c *Conn) {
		for c.Send(block) == nil {
		}
	}
}
