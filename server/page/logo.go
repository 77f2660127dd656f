package page

import (
	"errors"
	"net/http"
	"strconv"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/push/logo"
)

// logo serves the picture of an app.
func (h *handler) logo(w http.ResponseWriter, r *http.Request) {
	h.picture(w, r, r.PathValue("app"), func(id int64) (logo.Picture, error) {
		return h.Push.Logo(r.Context(), push.AppID(id), r.PathValue("name"))
	})
}

// cover serves the picture of a product.
func (h *handler) cover(w http.ResponseWriter, r *http.Request) {
	h.picture(w, r, r.PathValue("product"), func(id int64) (logo.Picture, error) {
		return h.Billing.Cover(r.Context(), push.ProductID(id), r.PathValue("name"))
	})
}

// picture serves what somebody uploaded. Its address changes with the picture,
// so a browser may keep it for a year.
func (h *handler) picture(w http.ResponseWriter, r *http.Request, number string, find func(int64) (logo.Picture, error)) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	p, err := find(id)
	switch {
	case errors.Is(err, push.ErrNoLogo), errors.Is(err, billing.ErrNoCover):
		http.NotFound(w, r)
		return
	case err != nil:
		h.Log.Error("picture", "error", err)
		http.Error(w, wordsBroken.Title, http.StatusInternalServerError)
		return
	}
	header.Set("Content-Type", p.Kind)
	header.Set("Content-Length", strconv.Itoa(len(p.Body)))
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method != http.MethodHead {
		_, _ = w.Write(p.Body) // whoever left needs no picture
	}
}
