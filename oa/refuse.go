package oa

import (
	"errors"
	"mime"
	"net/http"
	"strconv"
)

const (
	// success tells WeChat that an event is taken care of.
	success = "success"
	// maxEcho bounds what a GET may have repeated; WeChat sends 19 digits.
	maxEcho = 256

	textPlain = "text/plain; charset=utf-8"
	textXML   = "text/xml; charset=utf-8"
	textJSON  = "application/json; charset=utf-8"
)

// handleError is an event that Handle could not take.
type handleError struct {
	head *Head
	err  error
}

func (e *handleError) Error() string {
	return "handle " + strconv.Quote(e.head.Type) + " " + strconv.Quote(e.head.Event) + ": " + e.err.Error()
}

func (e *handleError) Unwrap() error { return e.err }

// refuse answers with the status of err and says nothing more: whoever is not
// WeChat learns nothing, and WeChat reads only the status.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		h.log.ErrorContext(r.Context(), "wechat event failed, WeChat will repeat it", "error", err)
	} else {
		h.log.WarnContext(r.Context(), "callback refused", "status", status, "error", err, "remote", r.RemoteAddr)
	}
	write(w, status, "", []byte(http.StatusText(status)))
}

// statusOf is the one place where errors become HTTP.
func statusOf(err error) int {
	var failed *handleError
	switch {
	case errors.As(err, &failed):
		return http.StatusInternalServerError
	case errors.Is(err, errForged), errors.Is(err, ErrSealed), errors.Is(err, errStale), errors.Is(err, errReplayed):
		return http.StatusForbidden
	case errors.Is(err, errMethod):
		return http.StatusMethodNotAllowed
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, errFormat):
		return http.StatusUnsupportedMediaType
	}
	for _, malformed := range []error{ErrEmpty, ErrEncoding, ErrDTD, ErrTooDeep, ErrTooMany,
		ErrDuplicate, ErrMixed, ErrRoots, ErrMalformed, ErrNoHead, errBody} {
		if errors.Is(err, malformed) {
			return http.StatusBadRequest
		}
	}
	return http.StatusInternalServerError
}

// errBody is a request that broke off.
var errBody = errors.New("request body cannot be read")

// bodyError tells a body that is too large from one that broke off.
func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return ErrTooLarge
	}
	return errBody
}

// speaks reports whether a content type fits the configured format. A missing
// one does, and so does a type that is neither of the two.
func (h *Handler) speaks(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return contentType == ""
	}
	switch kind {
	case "application/json", "text/json":
		return h.json
	case "text/xml", "application/xml":
		return !h.json
	}
	return true
}

// contentType is that of our documents.
func (h *Handler) contentType() string {
	if h.json {
		return textJSON
	}
	return textXML
}

// write sends an answer no browser will take for a page.
func write(w http.ResponseWriter, status int, kind string, body []byte) {
	if kind == "" {
		kind = textPlain
	}
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}
