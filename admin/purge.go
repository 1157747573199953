package admin

import (
	"errors"
	"io"
	"mime"
	"net/http"
)

// purged is the answer to a purge that was done.
type purged struct {
	Kind  string   `json:"kind"`
	Zones []string `json:"zones"`
	Hard  bool     `json:"hard"`
}

// purge makes the cache forget what the body names. Only a body that says it is
// JSON is read: no form of a web page can say so, and a script of one has to ask
// first, which nothing here answers.
func purge(w http.ResponseWriter, r *http.Request, src Sources) {
	if src.Phase() == Starting {
		problem(w, http.StatusServiceUnavailable, "weir is starting")
		return
	}
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		problem(w, http.StatusUnsupportedMediaType, "the content type has to be application/json")
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuseBody(w, err)
		return
	}
	req, err := parsePurge(body)
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	result, err := src.Purge(req)
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	object(w, http.StatusOK, "application/json", purged{result.Kind, list(result.Zones), req.Hard})
}

// refuseBody answers a body that was not read to its end.
func refuseBody(w http.ResponseWriter, err error) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		problem(w, http.StatusRequestEntityTooLarge, "the body is too large")
		return
	}
	problem(w, http.StatusBadRequest, "the body is incomplete")
}

// list is s, or an empty list where JSON would have null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
