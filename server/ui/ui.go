// Package ui is the look of every page: one stylesheet, one small script, the
// frame of a document and the components that stand in it. It knows no domain
// and no address but that of its own stylesheet; words come from the pages.
//
// A package with pages keeps its templates in a folder, one file a page, and
// parses them over the components:
//
//	//go:embed pages
//	var pages embed.FS
//
//	t, err := ui.Parse(pages, "pages/*.html")
//	…
//	err = t.Render(w, http.StatusOK, "message", ui.View{Title: "…", Data: …})
//
// Each file defines "body", which receives View.Data, and may use the
// components: {{template "chip" (chip "已送达" "good")}}. The page is called by
// its file name without the ending.
package ui

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed templates
var templates embed.FS

// A View is what a page is rendered from.
type View struct {
	Title string // of the document
	Class string // of the body element: the frame the page stands in
	// Stylesheet is where the page's own stylesheet is, which then holds Style
	// too; empty is StylePath.
	Stylesheet string
	Inline     bool     // the stylesheet stands in the head, so the page is one request
	Script     bool     // the page holds something the script of this package enhances; it stands inline
	Scripts    []string // addresses of script files, run in this order when the document is read
	Lang       string   // of the document; empty is zh-CN
	Head       template.HTML
	Data       any
}

// Templates are the pages of one package over the components of this one.
// They may be used from many goroutines. A page is made of its file and its
// copy of the components when it is first asked for, since most of a
// console's pages are never seen between two starts.
type Templates struct {
	base    *template.Template // never executed, so that it can be copied
	sources map[string]string

	mu   sync.Mutex
	made map[string]*template.Template
}

// Extra is what the pages of one package have in common beyond the components
// of this one.
type Extra struct {
	Funcs template.FuncMap
	Parts string // pattern of the files that define templates for all pages; empty: none
}

// Parse reads the pages that match the patterns. A page must define "body".
func Parse(fsys fs.FS, patterns ...string) (*Templates, error) {
	return ParseWith(Extra{}, fsys, patterns...)
}

// ParseWith is Parse for pages with functions and parts of their own.
func ParseWith(x Extra, fsys fs.FS, patterns ...string) (*Templates, error) {
	base, err := template.New("document").Funcs(components()).Funcs(x.Funcs).ParseFS(templates, "templates/*.html")
	if err == nil && x.Parts != "" {
		base, err = base.ParseFS(fsys, x.Parts)
	}
	if err != nil {
		return nil, fmt.Errorf("parse components: %w", err)
	}
	t := &Templates{base: base, sources: make(map[string]string), made: make(map[string]*template.Template)}
	for _, pattern := range patterns {
		files, err := fs.Glob(fsys, pattern)
		if err != nil {
			return nil, fmt.Errorf("find pages %s: %w", pattern, err)
		}
		for _, file := range files {
			source, err := fs.ReadFile(fsys, file)
			if err == nil { // a mistake is found at the start all the same
				_, err = template.New(file).Funcs(components()).Funcs(x.Funcs).Parse(string(source))
			}
			if err != nil {
				return nil, fmt.Errorf("parse page %s: %w", file, err)
			}
			t.sources[strings.TrimSuffix(path.Base(file), path.Ext(file))] = string(source)
		}
	}
	return t, nil
}

// page makes a page at its first use.
func (t *Templates) page(name string) (*template.Template, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if page := t.made[name]; page != nil {
		return page, nil
	}
	source, known := t.sources[name]
	if !known {
		return nil, errors.New("no such page")
	}
	page, err := t.base.Clone()
	if err == nil {
		_, err = page.New(name + ".html").Parse(source) // a component may have the bare name
	}
	if err != nil {
		return nil, err
	}
	t.made[name] = page
	return page, nil
}

// Write writes the page as a whole document.
func (t *Templates) Write(w io.Writer, name string, v View) error {
	page, err := t.page(name)
	if err == nil {
		err = page.ExecuteTemplate(w, "document", v)
	}
	if err != nil {
		return fmt.Errorf("render page %s: %w", name, err)
	}
	return nil
}

// Fragment writes one template of a page without the document around it, for
// a part that is replaced while the page stands.
func (t *Templates) Fragment(w io.Writer, name, fragment string, data any) error {
	page, err := t.page(name)
	if err == nil {
		err = page.ExecuteTemplate(w, fragment, data)
	}
	if err != nil {
		return fmt.Errorf("render fragment %s of %s: %w", fragment, name, err)
	}
	return nil
}

// Render answers a request with the page. Nothing is written unless the whole
// page could be made.
func (t *Templates) Render(w http.ResponseWriter, status int, name string, v View) error {
	var b bytes.Buffer
	if err := t.Write(&b, name, v); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}
