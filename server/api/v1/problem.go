package v1

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hongyan/push"
	"hongyan/store"
)

// problem is the one place where errors of a verb become answers, as RFC 9457
// describes them.
func (a *API) problem(err error) error {
	var invalid *push.Invalid
	var stopped *push.Suspended
	var off *push.EndpointOff
	var fast *TooFast
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid):
		return huma.Error422UnprocessableEntity(invalid.Text)
	case errors.As(err, &stopped):
		return huma.Error403Forbidden(stopped.Error())
	case errors.As(err, &fast):
		seconds := (max(fast.Retry, 1) + time.Second - 1) / time.Second
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests(fast.Text), http.Header{"Retry-After": {strconv.Itoa(int(seconds))}})
	case errors.Is(err, push.ErrNotFollowing):
		return huma.Error404NotFound(textNotFollowing)
	case errors.Is(err, push.ErrRejected):
		return huma.Error409Conflict(textRejected)
	case errors.Is(err, push.ErrNoApp), errors.Is(err, push.ErrNoTopic), errors.Is(err, push.ErrNoMessage), errors.Is(err, push.ErrNoCallback),
		errors.Is(err, push.ErrNoScheduled):
		return huma.Error404NotFound(textNotFound)
	case errors.As(err, &off):
		return huma.Error409Conflict(fmt.Sprintf(textOff, off.Reason))
	case errors.Is(err, push.ErrNoEndpoint):
		return huma.Error404NotFound(textNoListen)
	case errors.Is(err, push.ErrHasEndpoint):
		return huma.Error409Conflict(textHasEndpoint)
	case errors.Is(err, push.ErrNotListened):
		return huma.Error409Conflict(textNotListened)
	case errors.Is(err, push.ErrManyListeners):
		return huma.Error409Conflict(textManyListeners)
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

// unknown answers a path or method that is no operation.
func (a *API) unknown(w http.ResponseWriter, _ *http.Request) {
	answerProblem(w, http.StatusNotFound, textNoRoute)
}

// answerProblem writes a problem where no operation is at work.
func answerProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(&huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail})
}
