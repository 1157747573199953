package message

import "strconv"

// Limits on chunk extensions, which nothing uses and only attackers send long.
const (
	maxExtension      = 256     // bytes of one chunk's extensions, from ";" on
	maxExtensionTotal = 8 << 10 // of all chunks of a body
	maxSizeDigits     = 16
)

// A ChunkedDecoder finds the data and the end of one chunked body (RFC 9112,
// section 7.1), of a request or a response, in input that comes in pieces of any
// size. Reset it before each body; its memory is reused. It refuses what the
// grammar does not allow and lines that end in anything but CRLF, and as a limit
// of weir's own whitespace around a chunk size.
type ChunkedDecoder struct {
	state      chunkState
	digits     int    // of the size being read
	size       uint64 // of the chunk: being read, then what is left of it
	extension  int    // bytes of extensions on this line
	extensions int    // bytes of extensions before this line
	rej        *Reject

	maxTrailerBytes int
	maxTrailers     int
	trailer         []byte // the trailer section so far
	lineStart       int    // where in trailer the line being read begins
	lines           int    // field lines read, the dropped ones included
	trailers        []Field
}

type chunkState uint8

const (
	chunkSize      chunkState = iota // in the digits
	chunkExtension                   // after ";"
	chunkSizeLF                      // after the CR of the size line
	chunkData
	chunkDataCR // data complete, CRLF expected
	chunkDataLF
	chunkTrailer
	chunkDone
	chunkFailed
)

// Reset prepares d for a new body. lim bounds the trailer section by its
// HeaderBytes and Fields.
func (d *ChunkedDecoder) Reset(lim *Limits) {
	*d = ChunkedDecoder{
		maxTrailerBytes: lim.headerBytes(),
		maxTrailers:     lim.fieldCount(),
		trailer:         d.trailer[:0],
		trailers:        d.trailers[:0],
	}
}

// Next consumes n bytes from the front of src. data is the part of the body
// among them, a subslice of src that may be empty and belongs to at most one
// chunk; it may come together with done, which tells that the body is complete
// and that src[n:] is what follows it. n == 0 without done or rej means that src
// was empty. After a rejection every call returns the same.
func (d *ChunkedDecoder) Next(src []byte) (data []byte, n int, done bool, rej *Reject) {
	for n < len(src) && d.state < chunkDone {
		if d.state == chunkData {
			data, n = d.takeData(src, n)
			n += d.takeEnd(src[n:])
			return data, n, d.state == chunkDone, nil
		}
		if d.state == chunkTrailer {
			n += d.takeTrailer(src[n:])
			continue
		}
		if bad := d.step(src[n]); bad != NotRejected {
			d.fail(bad)
			break
		}
		n++
	}
	return nil, n, d.state == chunkDone, d.rej
}

// Trailers returns the trailer fields of a body that is done. They stay valid
// until Reset. Fields that may not come in a trailer are left out, or, where they
// could only be meant to mislead, have rejected the body.
func (d *ChunkedDecoder) Trailers() []Field { return d.trailers }

func (d *ChunkedDecoder) fail(bad RejectReason) {
	d.state = chunkFailed
	d.rej = reject(bad)
}

// takeData takes what src[n:] holds of the current chunk.
func (d *ChunkedDecoder) takeData(src []byte, n int) (data []byte, next int) {
	next = len(src)
	if d.size < uint64(len(src)-n) {
		next = n + int(d.size)
	}
	data = src[n:next:next]
	d.size -= uint64(len(data))
	if d.size == 0 {
		d.state = chunkDataCR
	}
	return data, next
}

// takeEnd takes the usual end of a body right behind its data, so that it need
// not wait for another call.
func (d *ChunkedDecoder) takeEnd(src []byte) int {
	const end = "\r\n0\r\n\r\n"
	if d.state == chunkDataCR && len(src) >= len(end) && string(src[:len(end)]) == end {
		d.state = chunkDone
		return len(end)
	}
	return 0
}

// step takes one byte of framing.
func (d *ChunkedDecoder) step(c byte) RejectReason {
	switch d.state {
	case chunkSize:
		return d.stepSize(c)
	case chunkExtension:
		return d.stepExtension(c)
	case chunkSizeLF:
		if c != '\n' {
			return BareCR
		}
		d.extensions += d.extension
		d.state = chunkData
		if d.size == 0 {
			d.state = chunkTrailer
		}
		d.digits, d.extension = 0, 0
	case chunkDataCR:
		if c != '\r' {
			return BadChunkEnd
		}
		d.state = chunkDataLF
	case chunkDataLF:
		if c != '\n' {
			return BadChunkEnd
		}
		d.state = chunkSize
	}
	return NotRejected
}

func (d *ChunkedDecoder) stepSize(c byte) RejectReason {
	switch {
	case class[c]&hexByte != 0:
		if d.digits++; d.digits > maxSizeDigits {
			return BadChunkSize
		}
		d.size = d.size<<4 | uint64(unhex(c))
		if d.size > 1<<63-1 {
			return BadChunkSize
		}
		return NotRejected
	case d.digits == 0:
		return BadChunkSize
	case c == ';':
		d.state = chunkExtension
		return d.countExtension()
	case c == '\r':
		d.state = chunkSizeLF
		return NotRejected
	case c == '\n':
		return BareLF
	}
	return BadChunkSize
}

func (d *ChunkedDecoder) stepExtension(c byte) RejectReason {
	switch {
	case c == '\r':
		d.state = chunkSizeLF
		return NotRejected
	case c == '\n':
		return BareLF
	case c < ' ' && c != '\t' || c == 0x7f:
		return BadChunkExtension
	}
	return d.countExtension()
}

func (d *ChunkedDecoder) countExtension() RejectReason {
	d.extension++
	if d.extension > maxExtension || d.extensions+d.extension > maxExtensionTotal {
		return ChunkExtensionsTooLong
	}
	return NotRejected
}

// AppendChunkSize appends the line that begins a chunk of n bytes.
func AppendChunkSize(dst []byte, n int) []byte {
	return append(strconv.AppendUint(dst, uint64(n), 16), '\r', '\n')
}
