package proxy

import (
	"bytes"
	"io"
)

// batchSize is how many bytes of lines are written at once.
const batchSize = 64 << 10

// A logBatch is lines of the access log that go to the file together.
type logBatch struct {
	text  []byte
	lines uint64 // in text
	torn  bool   // the file ends inside a line, for there was no room for the rest
}

// fits reports whether a line of n bytes can join the batch before it is flushed.
func (b *logBatch) fits(n int) bool { return b.lines == 0 || len(b.text)+n <= batchSize }

func (b *logBatch) add(line []byte) {
	b.text = append(b.text, line...)
	b.lines++
}

// flush writes the batch to f and reports how many lines were lost: what a full
// disk does not take is not kept for ever. After a line that was torn the next
// one begins on a line of its own.
func (b *logBatch) flush(f io.Writer) (lost uint64) {
	if b.lines == 0 {
		return 0
	}
	lost = b.lines
	if b.torn {
		_, err := io.WriteString(f, "\n")
		b.torn = err != nil
	}
	n := 0
	if !b.torn {
		// How many bytes went tells more than the error does.
		n, _ = f.Write(b.text)
		b.torn = n > 0 && b.text[n-1] != '\n'
	}
	lost -= uint64(bytes.Count(b.text[:n], []byte("\n")))
	b.text, b.lines = b.text[:0], 0
	if cap(b.text) > 2*batchSize {
		b.text = nil
	}
	return lost
}
