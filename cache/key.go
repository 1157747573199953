package cache

import (
	"encoding/binary"

	"github.com/weirproxy/weir/message"
)

// A KeySpec is what the cache key of a route is made of (RFC 9111, section 4):
// the URL always, and what the route adds to it or takes out of it. It is not
// modified once it is in use.
type KeySpec struct {
	// Route keeps the entries of routes apart that share a zone.
	Route string
	// Sort makes the order of query parameters irrelevant, except among those of
	// one name.
	Sort bool
	// Allow, unless empty, are the only query parameters that matter, and Ignore
	// are those that do not: names, or beginnings of names with a "*" behind.
	Allow, Ignore []string
	// Fields are the names of request fields whose values are part of the key, in
	// lower case, and Cookies those of cookies.
	Fields, Cookies []string
	// Device makes the class of device a part of the key, see DeviceOf.
	Device bool
	// Claims are the names of the claims whose values are part of the key.
	Claims []string
}

// A KeyInput is what a key is made from.
type KeyInput struct {
	// Scheme and Authority are those of the URL the client meant: where a trusted
	// peer vouches for others than those it used itself, the ones it vouches for.
	Scheme    string
	Authority []byte
	// Target is the request target as it was sent.
	Target []byte
	// Fields are the fields of the request.
	Fields []message.Field
	// Claims are the values of KeySpec.Claims, in that order; nil: there is none.
	Claims [][]byte
}

// Append appends the key. Keys of the same spec are equal only if the inputs are
// equal in all that the spec makes matter, and keys of different specs never
// are: each part has its length before it, and names stand beside values. GET and
// HEAD share a key; the authority is compared without regard to case, the
// target byte by byte. Without query options it allocates only to grow dst.
func (s *KeySpec) Append(dst []byte, in *KeyInput) []byte {
	dst = appendPart(dst, s.Route)
	dst = appendPart(dst, in.Scheme)
	dst = binary.AppendUvarint(dst, uint64(len(in.Authority)))
	dst = appendLower(dst, in.Authority)
	if s.editsQuery() {
		dst = s.appendEdited(dst, in.Target)
	} else {
		dst = appendPart(dst, in.Target)
	}
	if s.URLOnly() {
		return dst
	}
	return s.appendMore(dst, in)
}

// URLOnly reports whether nothing but the URL decides the key.
func (s *KeySpec) URLOnly() bool {
	return len(s.Fields)+len(s.Cookies)+len(s.Claims) == 0 && !s.Device
}

// What follows the URL in a key: one of these, then what it says.
const (
	keyQuery  = 'q' // the options the query was edited by
	keyField  = 'f' // name, number of lines, values
	keyCookie = 'c' // name, number, values
	keyDevice = 'd' // class
	keyClaim  = 'j' // name, 0 or 1, value
)

func (s *KeySpec) appendMore(dst []byte, in *KeyInput) []byte {
	for _, name := range s.Fields {
		dst = appendPart(append(dst, keyField), name)
		dst = appendFieldLines(dst, name, in.Fields)
	}
	for _, name := range s.Cookies {
		dst = appendPart(append(dst, keyCookie), name)
		dst = appendCookies(dst, name, in.Fields)
	}
	if s.Device {
		dst = append(dst, keyDevice, byte(DeviceOf(in.Fields)))
	}
	for i, name := range s.Claims {
		dst = appendPart(append(dst, keyClaim), name)
		if i >= len(in.Claims) || in.Claims[i] == nil {
			dst = append(dst, 0)
		} else {
			dst = appendPart(append(dst, 1), in.Claims[i])
		}
	}
	return dst
}

// appendPart appends b with its length before it.
func appendPart[T []byte | string](dst []byte, b T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// takePart takes one off again.
func takePart(b []byte) (part, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	end := size + int(n)
	return b[size:end:end], b[end:], true
}

// keyParts are the parts of a key. They point into it.
type keyParts struct{ route, scheme, authority, target, rest []byte }

func splitKey(key []byte) (k keyParts, ok bool) {
	k.rest = key
	for _, part := range [...]*[]byte{&k.route, &k.scheme, &k.authority, &k.target} {
		if *part, k.rest, ok = takePart(k.rest); !ok {
			return keyParts{}, false
		}
	}
	return k, true
}

// KeyURL returns the route and the URL in a key, without what query options took
// out of it. They point into key. ok is false for what is not a key.
func KeyURL(key []byte) (route, scheme, authority, target []byte, ok bool) {
	k, ok := splitKey(key)
	return k.route, k.scheme, k.authority, k.target, ok
}
