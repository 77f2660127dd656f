package v1

import (
	"net/http"
	"strings"

	"hongyan/push"
)

// Key reads the Idempotency-Key of a send, on both faces of the API. Without
// the header it is empty; an empty header is refused, since whoever sends one
// believes to be protected.
func Key(h http.Header) (string, error) {
	values, given := h["Idempotency-Key"]
	key := strings.Join(values, ", ")
	if given && key == "" {
		return "", &push.Invalid{Field: "Idempotency-Key", Text: textNoKey}
	}
	return key, nil
}
