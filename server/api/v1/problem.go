package v1

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
	"hongyan/store"
)

// problem is the one place where errors of a verb become answers, as RFC 9457
// describes them.
func (a *API) problem(err error) error {
	var invalid *push.Invalid
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid):
		return huma.Error422UnprocessableEntity(invalid.Text)
	case errors.Is(err, push.ErrNoApp), errors.Is(err, push.ErrNoTopic), errors.Is(err, push.ErrNoMessage),
		errors.Is(err, push.ErrNoScheduled):
		return huma.Error404NotFound(textNotFound)
	case errors.Is(err, push.ErrScheduledDone):
		return huma.Error409Conflict(textScheduledDone)
	case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrFull):
		a.o.Log.Warn("nothing stored", "err", err)
		return huma.ErrorWithHeaders(huma.Error503ServiceUnavailable(textBusy), http.Header{"Retry-After": {"5"}})
	}
	a.o.Log.Error("call failed", "err", err)
	return huma.Error500InternalServerError(textServer)
}

// write answers with the problem an error is, outside of an operation.
func (a *API) write(c huma.Context, err error) {
	var headers huma.HeadersError
	err = a.problem(err)
	if errors.As(err, &headers) {
		for name, values := range headers.GetHeaders() {
			c.SetHeader(name, values[0])
		}
	}
	var status huma.StatusError
	if errors.As(err, &status) {
		_ = huma.WriteErr(a.huma, c, status.GetStatus(), status.Error())
	}
}

// withoutValues takes what was sent out of a problem: an error repeats nothing
// that may be a secret.
func withoutValues(_ huma.Context, _ string, v any) (any, error) {
	if p, ok := v.(*huma.ErrorModel); ok {
		for _, detail := range p.Errors {
			detail.Value = nil
		}
	}
	return v, nil
}

// unknown answers a path or method that is no operation.
func (a *API) unknown(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(&huma.ErrorModel{
		Title: http.StatusText(http.StatusNotFound), Status: http.StatusNotFound, Detail: textNoRoute,
	})
}
