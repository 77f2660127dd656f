// Package v1 is what the API offers beyond the WxPusher contract, under
// /api/v1: topics, messages with the fate of every recipient, callbacks and
// scheduled sends, with plain HTTP status codes.
//
// A caller is an app: "Authorization: Bearer AT_…" names it, and every verb of
// push that an operation calls is given that app's number, so that nothing of
// another app can be named. The operations are described to huma, which reads
// and checks requests and makes the OpenAPI document from the same types; one
// file holds the operations of one noun, and problem.go alone turns errors
// into answers.
package v1

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hongyan/push"
)

// Prefix begins every path of this API.
const Prefix = "/api/v1"

// maxBody is the largest body read, in bytes.
const maxBody = 1 << 20

// Options are what the API stands on. Push is required.
type Options struct {
	Push *push.Service
	Log  *slog.Logger
	Now  func() time.Time
	// MaySend counts one call that sends, under the token it was made with, and
	// gives a *TooFast when there were too many. Nil counts nothing.
	MaySend func(ctx context.Context, token string) error
}

// TooFast refuses a call that came too soon after others.
type TooFast struct {
	Text  string        // a Chinese sentence with the limit
	Retry time.Duration // when the next is taken
}

// Error returns the sentence.
func (e *TooFast) Error() string { return e.Text }

// API is the http.Handler of everything under /api/v1.
type API struct {
	o    Options
	mux  *http.ServeMux
	huma huma.API
}

// New builds the API. It does not touch the network.
func New(o Options) *API {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &API{o: o, mux: http.NewServeMux()}
	config := huma.DefaultConfig(wordsTitle, "1")
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil
	config.RejectUnknownQueryParameters = true
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearer:  {Type: "http", Scheme: "bearer", Description: wordsBearer},
		inQuery: {Type: "apiKey", In: "query", Name: "appToken", Description: wordsInQuery},
	}
	config.Transformers = []huma.Transformer{readable}
	a.huma = humago.New(a.mux, config)
	a.huma.UseMiddleware(a.authenticate)
	a.registerApp()
	a.registerTopics()
	a.registerFollowers()
	a.registerMessages()
	a.registerCallbacks()
	a.registerListeners()
	a.registerSend()
	a.registerCancel()
	a.registerScheduled()
	a.registerWebhooks()
	a.mux.HandleFunc("/", a.unknown)
	return a
}

// OpenAPI is the document of the operations, to be completed by whoever serves
// it.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }

// ServeHTTP answers one request. A panic is answered like any other error.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		switch broken := recover(); broken {
		case nil:
		case http.ErrAbortHandler:
			panic(broken)
		default:
			a.o.Log.Error("call failed", "panic", broken, "stack", string(debug.Stack()))
			answerProblem(w, http.StatusInternalServerError, textServer)
		}
	}()
	w.Header().Set("Cache-Control", "no-store")
	a.mux.ServeHTTP(w, r)
}

// operation is an operation of an app, described in one line each. errors are
// the statuses it can answer beyond those that every operation can.
func operation(id, method, path, tag, summary string, errors ...int) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: Prefix + path, Tags: []string{tag}, Summary: summary,
		Security:     []map[string][]string{{bearer: {}}},
		MaxBodyBytes: maxBody,
		Errors:       append([]int{http.StatusUnauthorized, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}, errors...),
	}
}
