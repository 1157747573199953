package cache

import (
	"slices"
	"time"
	"unsafe"

	"github.com/weirproxy/weir/message"
)

// What a key costs besides its entries: the slot, its ticket, and its share in
// ristretto's three maps, which stand half empty after they have grown.
const (
	slotCost   = int64(unsafe.Sizeof(slot{})+unsafe.Sizeof(ticket{})) + mapCost
	mapCost    = 192
	bundleCost = int64(unsafe.Sizeof(bundle{}))
)

// costOf is the memory that e takes, by the classes of sizes in which the
// runtime hands it out.
func costOf(e *Entry) int64 {
	n := pointersSize(int(unsafe.Sizeof(Entry{})))
	n += heapSize(cap(e.Lines)) + heapSize(cap(e.Lines304)) + heapSize(cap(e.Vary)) + heapSize(cap(e.Variant))
	n += pointersSize(cap(e.Fields) * int(unsafe.Sizeof(message.Field{})))
	n += stringsCost(e.Tags) + stringsCost(e.Groups)
	n += pointersSize(cap(e.body) * int(unsafe.Sizeof([]byte{})))
	for _, piece := range e.body {
		n += heapSize(cap(piece))
	}
	return n
}

func stringsCost(list []string) int64 {
	n := pointersSize(cap(list) * int(unsafe.Sizeof("")))
	for _, s := range list {
		n += heapSize(len(s))
	}
	return n
}

// bodySize is the length of the body that e has.
func bodySize(e *Entry) (n int64) {
	for _, piece := range e.body {
		n += int64(len(piece))
	}
	return n
}

// heapSizes are the classes of small objects of the runtime.
var heapSizes = [...]int{
	0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240,
	256, 288, 320, 352, 384, 416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152,
	1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096, 4864,
	5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336,
	16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
}

// heapSize is what n bytes take on the heap.
func heapSize(n int) int64 {
	if n <= heapSizes[len(heapSizes)-1] {
		i, _ := slices.BinarySearch(heapSizes[:], n)
		return int64(heapSizes[i])
	}
	const page = 8 << 10
	return (int64(n) + page - 1) &^ (page - 1)
}

// pointersSize is heapSize for what contains pointers: from 512 bytes on, it has
// a word before it.
func pointersSize(n int) int64 {
	if n > 512 && n <= heapSizes[len(heapSizes)-1]-8 {
		n += 8
	}
	return heapSize(n)
}

const (
	// keepForValidation is how long past its grace an entry is kept that can be
	// validated.
	keepForValidation = time.Hour
	// longest bounds the time an entry is kept, whatever it says.
	longest = 365 * 24 * time.Hour
)

// expiryOf is when the zone has no use for e any more.
func expiryOf(e *Entry, now int64) int64 {
	f := &e.Fresh
	keep := f.Left(now) + max(f.Revalidate, f.OnError, 0)
	if e.ETag != nil || e.LastModified != nil {
		keep += keepForValidation
	}
	return now + int64(min(max(keep, time.Second), longest))
}
