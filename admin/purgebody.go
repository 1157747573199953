package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/weirproxy/weir/proxy"
)

// maxText bounds every text in the body of a purge. It is more than the target
// of any request may have by default.
const maxText = 16 << 10

var errNotAnObject = errors.New("the body is not one JSON object")

// parsePurge reads the body of a purge. A key that is unknown, written in
// another case or given twice is an error: what is purged is never a guess.
// Whether the parts go together is left to the proxy.
func parsePurge(body []byte) (proxy.PurgeRequest, error) {
	var r proxy.PurgeRequest
	if !utf8.Valid(body) {
		return r, errors.New("the body is not UTF-8")
	}
	fields := map[string]any{
		"zone": &r.Zone, "url": &r.URL, "tag": &r.Tag, "group": &r.Group, "origin": &r.Origin,
		"prefix": &r.Prefix, "pattern": &r.Pattern, "host": &r.Host, "all": &r.All, "hard": &r.Hard,
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return proxy.PurgeRequest{}, errNotAnObject
	}
	for d.More() {
		if err := readMember(d, fields); err != nil {
			return proxy.PurgeRequest{}, err
		}
	}
	if _, err := d.Token(); err != nil {
		return proxy.PurgeRequest{}, errNotAnObject
	}
	if _, err := d.Token(); err != io.EOF {
		return proxy.PurgeRequest{}, errNotAnObject
	}
	return r, nil
}

// readMember reads one member into the field of its name, which it takes out of
// fields.
func readMember(d *json.Decoder, fields map[string]any) error {
	key, err := d.Token()
	if err != nil {
		return errNotAnObject
	}
	name, _ := key.(string)
	field, known := fields[name]
	if !known {
		return fmt.Errorf("key %s is unknown", show(name))
	}
	if field == nil {
		return fmt.Errorf("key %s is given twice", show(name))
	}
	fields[name] = nil
	value, err := d.Token()
	if err != nil {
		return errNotAnObject
	}
	switch field := field.(type) {
	case *string:
		return readText(name, value, field)
	case *bool:
		b, ok := value.(bool)
		if !ok {
			return fmt.Errorf("%s is neither true nor false", name)
		}
		*field = b
		return nil
	default:
		panic("BUG: a key of another type")
	}
}

// readText takes a text. An empty one would be as good as a missing one, and is
// therefore a mistake.
func readText(name string, value json.Token, field *string) error {
	s, ok := value.(string)
	switch {
	case !ok:
		return fmt.Errorf("%s is not a text", name)
	case s == "":
		return fmt.Errorf("%s is empty", name)
	case len(s) > maxText:
		return fmt.Errorf("%s is longer than %d bytes", name, maxText)
	}
	*field = s
	return nil
}

// show quotes a key for a message, at a length fit for one.
func show(key string) string {
	const enough = 32
	if len(key) > enough {
		return fmt.Sprintf("%q…", key[:enough])
	}
	return fmt.Sprintf("%q", key)
}
