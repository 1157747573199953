package cache

// Unkeyed returns the names of request fields by which frameworks let a request
// speak of another URL, host, scheme or method than its own. They can change a
// response and are not in the key, so on a cached route they must not reach a
// backend; those that the route has put into the key are not among them.
//
// X-Forwarded-Host and Forwarded are: what a client or a trusted peer says in
// them is not in the key. X-Forwarded-Proto and X-Forwarded-For are not: weir
// writes them itself, the one from what KeyInput.Scheme has to be.
func (s *KeySpec) Unkeyed() [][]byte {
	var names [][]byte
	for _, n := range unkeyed {
		if !s.keys(n) {
			names = append(names, []byte(n))
		}
	}
	return names
}

// keys reports whether the field is in the key.
func (s *KeySpec) keys(name string) bool {
	for _, n := range s.Fields {
		if sameFold(n, name) {
			return true
		}
	}
	return false
}

var unkeyed = [...]string{
	"CloudFront-Forwarded-Proto",
	"Forwarded",
	"Front-End-Https",
	"X-Accel-Mapping",
	"X-Arr-Ssl",
	"X-Envoy-Original-Path",
	"X-Forwarded",
	"X-Forwarded-Base",
	"X-Forwarded-Context",
	"X-Forwarded-Host",
	"X-Forwarded-Method",
	"X-Forwarded-Path",
	"X-Forwarded-Port",
	"X-Forwarded-Prefix",
	"X-Forwarded-Protocol",
	"X-Forwarded-Scheme",
	"X-Forwarded-Server",
	"X-Forwarded-Ssl",
	"X-Forwarded-Uri",
	"X-Forwarded-Url",
	"X-Host",
	"X-Http-Host-Override",
	"X-Http-Method",
	"X-Http-Method-Override",
	"X-Http-Path-Override",
	"X-Method-Override",
	"X-Original-Host",
	"X-Original-Method",
	"X-Original-Uri",
	"X-Original-Url",
	"X-Rewrite-Uri",
	"X-Rewrite-Url",
	"X-Scheme",
	"X-Script-Name",
	"X-Sendfile-Type",
	"X-Url-Scheme",
}
