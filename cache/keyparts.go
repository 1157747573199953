package cache

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"github.com/weirproxy/weir/message"
)

// appendFieldLines appends how many lines of a field there are, and the value of
// each.
func appendFieldLines(dst []byte, name string, fields []message.Field) []byte {
	w := want(rawBytes(name))
	n := 0
	for i := range fields {
		if w.is(&fields[i]) {
			n++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	for i := range fields {
		if f := &fields[i]; w.is(f) {
			dst = appendPart(dst, f.Value)
		}
	}
	return dst
}

// rawBytes is a string as bytes, which nobody may modify.
func rawBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// appendCookies appends how many cookies of that name there are, and the value of
// each, with the "=" before it: backends differ in which of several they take.
func appendCookies(dst []byte, name string, fields []message.Field) []byte {
	n := 0
	for it := (cookies{fields: fields}); it.next(); {
		if string(it.name) == name {
			n++
		}
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	for it := (cookies{fields: fields}); it.next(); {
		if string(it.name) == name {
			dst = appendPart(dst, it.value)
		}
	}
	return dst
}

// cookies goes through the cookies of a request (RFC 6265, section 4.2.1).
type cookies struct {
	fields []message.Field // lines not yet begun
	line   []byte          // what is left of the one under way

	name, value []byte // of the present cookie; value is what follows the name
}

func (it *cookies) next() bool {
	for it.line == nil {
		if len(it.fields) == 0 {
			return false
		}
		if f := &it.fields[0]; f.Known == message.Cookie && !f.Drop {
			it.line = f.Value
		}
		it.fields = it.fields[1:]
	}
	pair := it.line
	if i := bytes.IndexByte(pair, ';'); i >= 0 {
		pair, it.line = pair[:i], pair[i+1:]
	} else {
		it.line = nil
	}
	pair = trimOWS(pair)
	end := bytes.IndexByte(pair, '=')
	if end < 0 {
		end = len(pair)
	}
	it.name, it.value = trimOWS(pair[:end]), pair[end:]
	return true
}

// A Device is a class of devices.
type Device byte

// The classes.
const (
	Desktop Device = 'd' // and all that is not known
	Mobile  Device = 'm'
	Tablet  Device = 't'
	// Ambiguous are requests that say several things.
	Ambiguous Device = 'a'
)

// String returns the name of the class.
func (d Device) String() string {
	switch d {
	case Mobile:
		return "mobile"
	case Tablet:
		return "tablet"
	case Ambiguous:
		return "ambiguous"
	}
	return "desktop"
}

// DeviceOf tells the class of device a request comes from by its User-Agent. Of
// several lines, each backend may believe another one: they make a class apart.
func DeviceOf(fields []message.Field) Device {
	device, lines := Desktop, 0
	for i := range fields {
		if f := &fields[i]; f.Known == message.UserAgent && !f.Drop {
			device = deviceOf(f.Value)
			lines++
		}
	}
	if lines > 1 {
		return Ambiguous
	}
	return device
}

func deviceOf(agent []byte) Device {
	has := func(word string) bool { return bytes.Contains(agent, rawBytes(word)) }
	switch {
	case has("iPad"), has("Tablet"), has("Android") && !has("Mobile"), has("Silk/"), has("Kindle"):
		return Tablet
	case has("Mobi"), has("iPhone"), has("iPod"), has("Opera Mini"), has("Windows Phone"):
		return Mobile
	}
	return Desktop
}
