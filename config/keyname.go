package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// checkTargeted accepts fields that can take the place of Cache-Control (RFC 9213).
func checkTargeted(name string) error {
	if err := checkFieldName(name); err != nil {
		return err
	}
	switch plain := dashed(name); {
	case plain == "cache-control":
		return errors.New("is read anyway, where none of the targeted fields is present")
	case slices.Contains(framing, plain):
		return errFraming
	case holdsNoDirectives(plain):
		return errors.New("has a meaning of its own: targeted fields hold directives, as CDN-Cache-Control does (RFC 9213)")
	}
	return nil
}

// parseKeyField reads the name of a request field that may tell entries apart.
func parseKeyField(name string) (string, error) {
	if err := checkFieldName(name); err != nil {
		return "", err
	}
	if strings.Contains(name, "_") {
		return "", errors.New("has an underscore, which many backends cannot tell from a dash: such fields do not reach backends of cached routes")
	}
	switch plain := dashed(name); plain {
	case "host":
		return "", errors.New("is part of every key")
	case "cookie":
		return "", errors.New("holds everything a client was ever given, so that no two would share an entry: name single ones under cookies")
	case "authorization":
		return "", errors.New("is a client's own: what answers it is shared only when the response says that it may be (RFC 9111, section 3.5)")
	case "range", "if-range":
		return "", errors.New("asks for a part of a response: entries are whole, and parts are cut from them")
	case "if-match", "if-none-match", "if-modified-since", "if-unmodified-since":
		return "", errors.New("is a condition on the response: it is evaluated against the entry, which has to be found first")
	case "cache-control", "pragma":
		return "", errors.New("is a wish to caches and changes no response")
	case "x-forwarded-proto":
		return "", errors.New("is set by weir itself, from the scheme, which is part of every key")
	case "x-forwarded-for", "forwarded", "x-request-id", "traceparent", "via":
		return "", errors.New("is set by weir itself and differs from client to client or request to request")
	case "x-real-ip", "tracestate":
		return "", errors.New("comes from trusted proxies only, and differs from client to client or request to request")
	default:
		if slices.Contains(framing, plain) {
			return "", errors.New("belongs to the connection or the framing of the message, which end at weir")
		}
		if slices.Contains(responseFields, plain) {
			return "", errors.New("is a field of responses, and keys are made of requests")
		}
	}
	return strings.ToLower(name), nil
}

// checkKeyParameter accepts the name of a query parameter or, with a * at its
// end, the beginning of several, as they stand in a request target.
func checkKeyParameter(name string) error {
	if name == "*" {
		return nil
	}
	start := strings.TrimSuffix(name, "*")
	if strings.Contains(start, "*") {
		return errors.New("a * stands at the end only, for any rest of the name")
	}
	if err := checkParameter(start); err != nil {
		return err
	}
	if i := strings.IndexAny(start, "&=;#"); i >= 0 {
		return fmt.Errorf("no name holds %q, which ends it", start[i])
	}
	if !isTarget(start) {
		return errors.New("holds a byte that a target cannot: encode it as %XX")
	}
	return nil
}

// checkCookieName follows RFC 6265, section 4.1.1.
func checkCookieName(name string) error {
	if len(name) > maxFieldNameBytes {
		return fmt.Errorf("the name of a cookie has at most %d bytes", maxFieldNameBytes)
	}
	if !isToken(name) {
		return errors.New("not the name of a cookie")
	}
	return nil
}
