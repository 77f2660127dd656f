package ui

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"html/template"
	"net/http"
)

//go:embed style.css
var style string

//go:embed copy.js
var script string

// Style is the stylesheet, for a head that holds it.
func Style() template.CSS { return template.CSS(style) }

// StylePath is where a page with a link to the stylesheet expects it: below
// /ui/, with a name that changes with its content.
func StylePath() string {
	sum := sha256.Sum256([]byte(style))
	return "/ui/style." + hex.EncodeToString(sum[:6]) + ".css"
}

// Script is the one script of this package: it makes buttons of what carries
// text to copy, and pages work without it.
func Script() template.JS { return template.JS(script) }

// ScriptHash is the source expression that allows the inline script in a
// Content-Security-Policy.
func ScriptHash() string {
	sum := sha256.Sum256([]byte(script))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Handler serves the stylesheet at StylePath. A browser keeps it for a year,
// since another content has another name.
func Handler() http.Handler {
	at, body := StylePath(), []byte(style)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != at {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/css; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		w.Write(body)
	})
}
