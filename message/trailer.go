package message

// misleadingTrailer are the fields for which a trailer is rejected: they change
// framing or routing, and no honest sender moves them behind a body.
var misleadingTrailer = framing | setOf(Host, Connection)

// uselessTrailer reports whether a field means nothing, or something harmful, in
// a trailer section (RFC 9110, section 6.5.1) and is left out: what concerns the
// connection, routing, authentication, content, caching or what weir vouches for.
func uselessTrailer(f Field) bool {
	if (hopByHop | ours | setOf(Expect, Authorization, Cookie, SetCookie, ContentType, Date, Location, RetryAfter)).has(f.Known) {
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

var uselessTrailerNames = [...]string{
	"age", "authentication-info", "cache-control", "expires", "max-forwards", "pragma",
	"range", "vary", "warning", "www-authenticate",
}
