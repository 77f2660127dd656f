package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"net/url"
)

//go:embed follow.js
var fragment string

// fragmentPath changes with the script, so that a browser may keep it for a
// year.
func fragmentPath() string { return "/app/follow." + nameOf(fragment) + ".js" }

// nameOf is part of a path that changes with what is behind it.
func nameOf(script string) string {
	sum := sha256.Sum256([]byte(script))
	return hex.EncodeToString(sum[:6])
}

func serveFragment(w http.ResponseWriter, _ *http.Request) { serveScript(w, fragment) }

func serveScript(w http.ResponseWriter, script string) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write([]byte(script))
}

// printed answers the two forms of follow links that stand in many READMEs,
// /wxuser/?type=1&id=97#/follow and /app/#/follow?type=1&id=97&jump=auto. What
// stands behind # never reaches a server, so the second needs a script, which
// both get where the query says nothing.
func (h *handler) printed(r *http.Request) (reply, error) {
	q := r.URL.Query()
	if q.Get("id") == "" {
		a := shown("printed", wordsPrinted.Title, struct {
			Words  printedWords
			Script string
		}{wordsPrinted, fragmentPath()})
		a.view.file = true
		return a, nil
	}
	on := url.Values{"id": {q.Get("id")}}
	for _, name := range []string{"type", "jump"} {
		if v := q.Get(name); v != "" {
			on.Set(name, v)
		}
	}
	return sentTo("/follow?" + on.Encode()), nil
}
