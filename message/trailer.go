package message

import "bytes"

// takeTrailer takes bytes up to the end of a line of the trailer section.
func (d *ChunkedDecoder) takeTrailer(src []byte) (n int) {
	n = len(src)
	if lf := bytes.IndexByte(src, '\n'); lf >= 0 {
		n = lf + 1
	}
	if room := d.maxTrailerBytes - len(d.trailer); n > room {
		d.fail(TrailersTooLarge)
		return 0
	}
	d.trailer = append(d.trailer, src[:n]...)
	line := d.trailer[d.lineStart:]
	if line[len(line)-1] != '\n' {
		return n
	}
	d.lineStart = len(d.trailer)
	if string(line) == "\r\n" {
		d.state = chunkDone
		return n
	}
	if bad := d.addTrailer(line); bad != NotRejected {
		d.fail(bad)
		return 0
	}
	return n
}

// addTrailer reads one complete trailer line.
func (d *ChunkedDecoder) addTrailer(b []byte) RejectReason {
	if len(b) < 2 || b[len(b)-2] != '\r' {
		return BareLF
	}
	var f Field
	if _, _, bad := scanLine(b, 0, false, &f); bad != NotRejected {
		return bad
	}
	if d.lines++; d.lines > d.maxTrailers {
		return TooManyTrailers
	}
	f.Known = knownAlias(f.Name)
	switch {
	case misleadingTrailer.has(f.Known):
		return ForbiddenTrailer
	case uselessTrailer(f):
		return NotRejected
	}
	d.trailers = append(d.trailers, f)
	return NotRejected
}

// misleadingTrailer are the fields for which a trailer is rejected: they change
// framing or routing, and no honest sender moves them behind a body.
var misleadingTrailer = framing | setOf(Host, Connection)

// uselessTrailer reports whether a field means nothing, or something harmful, in
// a trailer section (RFC 9110, section 6.5.1) and is left out: what concerns the
// connection, routing, authentication, content, caching or what weir vouches for.
func uselessTrailer(f Field) bool {
	if uselessTrailers.has(f.Known) {
		return true
	}
	if len(f.Name) > 3 && equalFold(f.Name[:3], "if-") || len(f.Name) > 8 && equalFold(f.Name[:8], "content-") {
		return true
	}
	for _, name := range uselessTrailerNames {
		if equalFold(f.Name, name) {
			return true
		}
	}
	return false
}

var uselessTrailers = hopByHop | ours | setOf(Expect, Authorization, Cookie, SetCookie, ContentType, Date, Location, RetryAfter)

var uselessTrailerNames = [...]string{
	"age", "authentication-info", "cache-control", "expires", "max-forwards", "pragma",
	"range", "vary", "warning", "www-authenticate",
}
