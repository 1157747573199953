package message

import "bytes"

// maxMethod is the length of the longest method name that is passed on.
const maxMethod = 32

const versionSuffix = len(" HTTP/1.1")

// parseRequestLine reads the request line (RFC 9112, section 3) and returns
// where the first field line begins.
func (r *Request) parseRequestLine(head []byte, maxTarget int, g *gate) (next int, rej *Reject) {
	end := bytes.IndexByte(head, '\r')
	if head[end+1] != '\n' {
		return 0, reject(BareCR)
	}
	line := head[:end]
	space := bytes.IndexByte(line, ' ')
	if space <= 0 {
		return 0, badFirstLine(line)
	}
	if rej := r.parseMethod(line[:space]); rej != nil {
		return 0, rej
	}
	rest := line[space+1:]
	n := len(rest) - versionSuffix
	if n > maxTarget || n < 0 && len(rest) > maxTarget {
		return 0, reject(TargetTooLong)
	}
	if n < 1 {
		return 0, badVersion(rest)
	}
	switch string(rest[n:]) {
	case " HTTP/1.1":
		r.Version = HTTP11
	case " HTTP/1.0":
		r.Version = HTTP10
	default:
		return 0, badVersion(rest)
	}
	if refused(r.Method) {
		return 0, reject(MethodRefused)
	}
	return end + 2, r.parseTarget(rest[:n:n], g)
}

// badFirstLine rejects a request line without a space inside.
func badFirstLine(line []byte) *Reject {
	if bytes.IndexByte(line, '\n') >= 0 {
		return reject(BareLF)
	}
	return reject(BadRequestLine)
}

// badVersion rejects a request line whose end, after the method, is not one of
// the versions spoken here: 505 for another version in the right form.
func badVersion(rest []byte) *Reject {
	if bytes.IndexByte(rest, '\n') >= 0 {
		return reject(BareLF)
	}
	v := rest[bytes.LastIndexByte(rest, ' ')+1:]
	if len(v) == 8 && len(rest) > 9 && string(v[:5]) == "HTTP/" && v[6] == '.' &&
		class[v[5]]&class[v[7]]&digitByte != 0 && string(v[5:]) != "1.1" && string(v[5:]) != "1.0" {
		return reject(UnsupportedVersion)
	}
	return reject(BadVersion)
}

// parseMethod sets Method. A method outside the usual ones costs an allocation
// only when it is not the one this connection sent before.
func (r *Request) parseMethod(b []byte) *Reject {
	switch string(b) {
	case "GET":
		r.Method = "GET"
	case "POST":
		r.Method = "POST"
	case "HEAD":
		r.Method = "HEAD"
	case "PUT":
		r.Method = "PUT"
	case "DELETE":
		r.Method = "DELETE"
	case "PATCH":
		r.Method = "PATCH"
	case "OPTIONS":
		r.Method = "OPTIONS"
	default:
		return r.parseOtherMethod(b)
	}
	return nil
}

func (r *Request) parseOtherMethod(b []byte) *Reject {
	if !IsToken(b) {
		return reject(BadMethod)
	}
	if len(b) > maxMethod {
		return reject(MethodTooLong)
	}
	if equalFold(b, "head") {
		// A backend that reads it as HEAD would frame its response differently.
		return reject(BadMethod)
	}
	if string(b) != r.customMethod {
		r.customMethod = string(b)
	}
	r.Method = r.customMethod
	return nil
}

// refused reports whether method turns a connection into a tunnel or echoes
// credentials, in whatever case a careless backend may accept it.
func refused(method string) bool {
	switch len(method) {
	case len("TRACE"):
		return method[0]|0x20 == 't' && equalFold([]byte(method), "trace")
	case len("CONNECT"):
		return method[0]|0x20 == 'c' && equalFold([]byte(method), "connect")
	}
	return false
}
