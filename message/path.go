package message

import "bytes"

// Properties of path bytes, looked up in pathClass.
const (
	pathBad    = 1 << iota // may not stand in a target
	pathSlow               // "%" or a backslash
	pathSlash              // "/"
	pathSlash2             // "/" again, or ".": what makes a preceding slash worth a look
)

var pathClass = makePathClasses()

func makePathClasses() (t [256]uint8) {
	for c := range t {
		if class[c]&targetByte == 0 {
			t[c] = pathBad
		}
	}
	t['%'], t['\\'] = pathSlow, pathSlow
	t['/'] = pathSlash | pathSlash2
	t['.'] = pathSlash2
	return t
}

// setPath validates a raw path and sets Path and Odd. path begins with a slash.
func (r *Request) setPath(path []byte) *Reject {
	var seen, pairs, prev uint8
	for _, c := range path {
		cur := pathClass[c]
		seen |= cur
		pairs |= prev << 1 & cur
		prev = cur
	}
	switch {
	case seen&pathBad != 0:
		return reject(BadTarget)
	case seen&pathSlow|pairs&pathSlash2 == 0:
		r.Path = path // Fast path: it is already as routes see it.
		return nil
	}
	start := len(r.scratch)
	scratch, odd, ok := appendDecoded(r.scratch, path)
	r.scratch = scratch
	if !ok {
		return reject(BadEscape)
	}
	p, above := removeDots(scratch[start:])
	if above {
		odd |= AboveRoot
	}
	r.Path, r.Odd = p[:len(p):len(p)], odd
	return nil
}

// NormalizePath appends to dst what Request.Path is for a raw path, and returns
// its oddities. ok is false for a path that Parse rejects.
func NormalizePath(dst, path []byte) (out []byte, odd PathOddity, ok bool) {
	if len(path) == 0 || path[0] != '/' || !allOf(path, targetByte) || bytes.IndexByte(path, '?') >= 0 {
		return dst, 0, false
	}
	start := len(dst)
	if dst, odd, ok = appendDecoded(dst, path); !ok {
		return dst[:start], 0, false
	}
	p, above := removeDots(dst[start:])
	if above {
		odd |= AboveRoot
	}
	return dst[:start+len(p)], odd, true
}

// appendDecoded appends path percent-decoded once. What would change the
// structure of the path (%2F, %5C, %00) stays encoded, in upper case, and a raw
// backslash is written like an encoded one.
func appendDecoded(dst, path []byte) (out []byte, odd PathOddity, ok bool) {
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' {
			if i+2 >= len(path) || class[path[i+1]]&class[path[i+2]]&hexByte == 0 {
				return dst, odd, false
			}
			c = unhex(path[i+1])<<4 | unhex(path[i+2])
			i += 2
			switch c {
			case '/':
				dst, odd = append(dst, "%2F"...), odd|EncodedSlash
				continue
			case 0:
				dst, odd = append(dst, "%00"...), odd|EncodedNUL
				continue
			}
		}
		if c == '\\' {
			dst, odd = append(dst, "%5C"...), odd|EncodedBackslash
			continue
		}
		dst = append(dst, c)
	}
	return dst, odd, true
}

// removeDots merges runs of slashes and removes dot segments (RFC 3986, section
// 5.2.4) in place. p begins with a slash. above tells that ".." had nothing
// left to remove.
func removeDots(p []byte) (out []byte, above bool) {
	w := 1 // p[:w] is done and ends in a slash
	for i := 1; i < len(p); {
		end := len(p)
		if n := bytes.IndexByte(p[i:], '/'); n >= 0 {
			end = i + n
		}
		switch segment := p[i:end]; string(segment) {
		case "", ".":
		case "..":
			if w == 1 {
				above = true
			} else {
				w = bytes.LastIndexByte(p[:w-1], '/') + 1
			}
		default:
			w += copy(p[w:], segment)
			if end < len(p) {
				p[w] = '/'
				w++
			}
		}
		i = end + 1
	}
	return p[:w], above
}
