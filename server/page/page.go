// Package page serves the pages a follower opens on the phone. The message
// page is the first of them: one request, no cookie, and nothing in it that
// the sender could make run.
//
// A request names a delivery by its handle. The service counts the opening
// and hands over the message as it was sent; package content makes its body
// safe; package ui frames it.
package page

import (
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"hongyan/push"
	"hongyan/server/ui"
	"hongyan/store/cache"
)

//go:embed pages
var pages embed.FS

// Options say what the pages are served from.
type Options struct {
	Push  *push.Service
	Cache *cache.Cache // keeps rendered content; nil is one of this process
	Log   *slog.Logger
}

// Prefix is the path before the handle of a message.
const Prefix = "/api/message/"

// New returns the handler of everything below Prefix.
func New(o Options) (http.Handler, error) {
	t, err := ui.Parse(pages, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("open follower pages: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Cache == nil {
		o.Cache = cache.New(cache.Options{})
	}
	return &handler{push: o.Push, pages: t, cache: o.Cache, log: o.Log}, nil
}

type handler struct {
	push  *push.Service
	pages *ui.Templates
	cache *cache.Cache
	log   *slog.Logger
	gzip  compressors
}

// ServeHTTP answers GET and HEAD with the message, or with a page that says
// why there is none.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		h.write(w, r, http.StatusMethodNotAllowed, notice(wordsNoMessage))
		return
	}
	handle := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, Prefix), "/")
	if !plausible(handle) {
		h.write(w, r, http.StatusNotFound, notice(wordsNoMessage))
		return
	}
	status, v := h.message(r.Context(), handle)
	h.write(w, r, status, v)
}

// plausible reports whether a handle has the form of one, so that a mistyped
// link costs no look into the database.
func plausible(handle string) bool {
	return len(handle) == 22 && strings.Trim(handle, base64url) == ""
}

const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
