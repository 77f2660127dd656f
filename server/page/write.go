package page

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"hongyan/server/ui"
)

// A view is a page by name and what it shows.
type view struct {
	page string
	own  bool // an ordinary page of ours, which may hold forms
	file bool // its script is a file of ours
	pays bool // it pays: its scripts are files, and they ask the server
	// pictures may come from anywhere, as in a message
	pictures bool
	ui.View
}

// write answers with a page. Everything a page needs comes with it, and the
// policy below lets nothing else be fetched but pictures.
func (h *handler) write(w http.ResponseWriter, r *http.Request, status int, v view) {
	var b bytes.Buffer
	if err := h.pages.Write(&b, v.page, v.View); err != nil {
		h.Log.Error("write page", "error", err)
		http.Error(w, wordsBroken.Title, http.StatusInternalServerError)
		return
	}
	header := w.Header()
	if v.own {
		own(header, v.Script)
		policy := header.Get("Content-Security-Policy")
		if v.file || v.pays {
			policy += "; script-src 'self'"
		}
		if v.pays { // older WeChat for iOS reaches its bridge through a frame
			policy += "; connect-src 'self'; frame-src weixin: wvjbscheme:"
			if from := h.bridgeOrigin(); from != "" {
				policy = strings.ReplaceAll(policy, "-src 'self';", "-src 'self' "+from+";")
			}
		}
		if v.pictures {
			policy = strings.Replace(policy, "img-src 'self' data:", "img-src 'self' data: https: http:", 1)
		}
		header.Set("Content-Security-Policy", policy)
	} else {
		ui.ArticleHeaders(header, v.Script, false)
	}
	header.Set("Content-Type", "text/html; charset=utf-8")
	ui.WritePacked(w, r, status, b.Bytes())
}

// bridgeOrigin is where the bridge comes from when that is not this site.
func (h *handler) bridgeOrigin() string {
	u, err := url.Parse(h.Bridge)
	if err != nil || u.Host == "" || strings.HasPrefix(h.Bridge, h.BaseURL+"/") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// own sets the headers of an ordinary page. Its forms lead to this site only.
// The referrer stays within it: without any, browsers that know no
// Sec-Fetch-Site would send our own forms with the origin "null".
func own(h http.Header, script bool) {
	policy := "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	if script {
		policy += "; script-src " + ui.ScriptHash()
	}
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
}
