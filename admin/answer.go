package admin

import (
	"encoding/json"
	"net/http"
)

// plain answers with text.
func plain(w http.ResponseWriter, status int, body []byte) {
	write(w, status, "text/plain; charset=utf-8", body)
}

// problem answers with what is wrong (RFC 9457).
func problem(w http.ResponseWriter, status int, detail string) {
	object(w, status, "application/problem+json", struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, detail})
}

// object answers with v as JSON, on a line of its own for those who read it in a
// terminal.
func object(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	write(w, status, contentType, append(body, '\n'))
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(body)
}
