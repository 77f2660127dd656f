package api

import (
	"bytes"
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"

	"hongyan/server/ui"
)

//go:embed pages
var pages embed.FS

// docs are the files below /docs/, made at the first visit: they change only
// with the program, and most nodes are never asked for them.
type docs struct {
	files func() (map[string]docsFile, error)
	log   *slog.Logger
}

type docsFile struct {
	kind string
	body []byte
}

// docsStyle is where the page finds its stylesheet.
const docsStyle = "style.css"

// Docs serves the document below /docs/: openapi.yaml, openapi.json, and a
// page made of it that loads nothing from elsewhere and runs no script.
func (a *API) Docs() http.Handler {
	return docs{sync.OnceValues(a.docsFiles), a.o.Log}
}

func (a *API) docsFiles() (map[string]docsFile, error) {
	document := a.Document()
	asJSON, err := document.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("write the document as JSON: %w", err)
	}
	asYAML, err := document.YAML()
	if err != nil {
		return nil, fmt.Errorf("write the document as YAML: %w", err)
	}
	t, err := ui.Parse(pages, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("open the page of the document: %w", err)
	}
	var page bytes.Buffer
	view := ui.View{Title: document.Info.Title, Class: "docs", Stylesheet: docsStyle, Data: newDocsPage(document)}
	if err := t.Write(&page, "docs", view); err != nil {
		return nil, fmt.Errorf("write the page of the document: %w", err)
	}
	own, err := pages.ReadFile("pages/docs.css")
	if err != nil {
		return nil, err
	}
	return map[string]docsFile{
		"":             {"text/html; charset=utf-8", page.Bytes()},
		docsStyle:      {"text/css; charset=utf-8", append([]byte(ui.Style()), own...)},
		"openapi.json": {"application/json", asJSON},
		"openapi.yaml": {"application/yaml", asYAML},
	}, nil
}

// ServeHTTP answers GET and HEAD below /docs/, and sends /docs there.
func (d docs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/docs" {
		http.Redirect(w, r, "/docs/", http.StatusMovedPermanently)
		return
	}
	files, err := d.files()
	if err != nil {
		d.log.Error("document", "err", err)
		http.Error(w, wordsNoDocument, http.StatusInternalServerError)
		return
	}
	f, found := files[r.URL.Path[len("/docs/"):]]
	if !found {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(f.body)))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
	h.Set("Access-Control-Allow-Origin", "*") // tools in a browser read the document
	_, _ = w.Write(f.body)
}
