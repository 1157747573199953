package proxy

import (
	"bytes"

	"github.com/weirproxy/weir/message"
)

// prefersHTML reports whether a client asked for HTML by name and does not like
// JSON better (RFC 9110, section 12.5.1).
func prefersHTML(fields []message.Field) bool {
	html, json := 0, 0
	for i := range fields {
		if fields[i].Known != message.Accept {
			continue
		}
		for rest := fields[i].Value; len(rest) > 0; {
			var item []byte
			item, rest, _ = bytes.Cut(rest, []byte(","))
			media, params, _ := bytes.Cut(item, []byte(";"))
			q := quality(params)
			switch media = bytes.TrimSpace(media); {
			case bytes.EqualFold(media, []byte("text/html")):
				html = max(html, q)
			case bytes.EqualFold(media, []byte("application/json")), bytes.EqualFold(media, contentProblem):
				json = max(json, q)
			}
		}
	}
	return html > 0 && html >= json
}

// quality is the weight among the parameters of a media range, in thousandths.
func quality(params []byte) int {
	for len(params) > 0 {
		var p []byte
		p, params, _ = bytes.Cut(params, []byte(";"))
		name, value, _ := bytes.Cut(p, []byte("="))
		if !bytes.EqualFold(bytes.TrimSpace(name), []byte("q")) {
			continue
		}
		value = bytes.TrimSpace(value)
		whole, digits, _ := bytes.Cut(value, []byte("."))
		if string(whole) == "1" {
			return 1000
		}
		q, unit := 0, 100
		for _, c := range digits {
			if c < '0' || c > '9' || unit == 0 {
				return 0
			}
			q += int(c-'0') * unit
			unit /= 10
		}
		return q
	}
	return 1000
}
