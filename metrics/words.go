package metrics

import (
	"strings"
	"sync"
	"sync/atomic"
)

// maxWords bounds how many words one set tells apart. The lists that feed the
// sets (rejection reasons, RFC 9209 tokens) are shorter.
const maxWords = 64

// words is a set of counters by word, for what is counted when something goes
// wrong. Its zero value is empty and ready for use. All methods may run
// concurrently; counting a word that was seen before takes no lock and does not
// allocate.
type words struct {
	list atomic.Pointer[[]*wordCounter] // replaced, never modified

	mu sync.Mutex // serialises the replacing
}

type wordCounter struct {
	word string
	counter
}

// inc counts one occurrence of a word. The word is copied when it is new.
func (w *words) inc(stripe uint32, word string) {
	if c := w.find(word); c != nil {
		c.inc(stripe)
		return
	}
	w.insert(word).inc(stripe)
}

func (w *words) find(word string) *wordCounter {
	for _, c := range w.all() {
		if c.word == word {
			return c
		}
	}
	return nil
}

// insert adds a word, or returns the counter of "other" when the set is full.
func (w *words) insert(word string) *wordCounter {
	w.mu.Lock()
	defer w.mu.Unlock()
	old := w.all()
	if len(old) >= maxWords-1 {
		word = other
	}
	if c := w.find(word); c != nil {
		return c
	}
	c := &wordCounter{word: strings.Clone(label(word))}
	list := append(append(make([]*wordCounter, 0, len(old)+1), old...), c)
	w.list.Store(&list)
	return c
}

// all returns the counters in the order in which their words appeared. The
// slice must not be modified.
func (w *words) all() []*wordCounter {
	if p := w.list.Load(); p != nil {
		return *p
	}
	return nil
}

func (w *words) sum() uint64 {
	var n uint64
	for _, c := range w.all() {
		n += c.counter.sum()
	}
	return n
}

// label makes s fit for a label value, which has to be valid UTF-8.
func label(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
