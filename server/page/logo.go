package page

import (
	"errors"
	"net/http"
	"strconv"

	"hongyan/push"
	"hongyan/push/logo"
)

// logo serves the picture of an app. Its address changes with the picture, so
// a browser may keep it for a year.
func (h *handler) logo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	id, err := strconv.ParseInt(r.PathValue("app"), 10, 64)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	p, err := h.Push.Logo(r.Context(), push.AppID(id), r.PathValue("name"))
	switch {
	case errors.Is(err, push.ErrNoLogo):
		http.NotFound(w, r)
		return
	case err != nil:
		h.Log.Error("logo of an app", "error", err)
		http.Error(w, wordsBroken.Title, http.StatusInternalServerError)
		return
	}
	servePicture(w, r, p)
}

// servePicture answers with a picture whose address changes with it.
func servePicture(w http.ResponseWriter, r *http.Request, p logo.Picture) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Content-Type", p.Kind)
	header.Set("Content-Length", strconv.Itoa(len(p.Body)))
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method != http.MethodHead {
		_, _ = w.Write(p.Body) // whoever left needs no picture
	}
}
