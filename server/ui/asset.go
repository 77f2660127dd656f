package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// The libraries of pages that are more than paper, as they were released; see
// assets/LICENSES.
//
//go:embed assets/*.js assets/*.css
var libraries embed.FS

// AssetPrefix begins the path of every file that Handler serves.
const AssetPrefix = "/ui/"

// An Asset is a file that pages link to. Its path changes with its content,
// so a browser may keep it for a year.
type Asset struct {
	path, kind string
	body       []byte
	packed     func() []byte
}

// NewAsset names a file: "console.css" is served as /ui/console.<hash>.css.
func NewAsset(name string, body []byte) *Asset {
	sum := sha256.Sum256(body)
	end := path.Ext(name)
	return &Asset{
		path: AssetPrefix + strings.TrimSuffix(name, end) + "." + hex.EncodeToString(sum[:6]) + end,
		kind: mime.TypeByExtension(end),
		body: body,
		packed: sync.OnceValue(func() []byte {
			var b bytes.Buffer
			z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level exists
			z.Write(body)                                         // to memory: it does not fail
			z.Close()
			return b.Bytes()
		}),
	}
}

// Path is where pages link to.
func (a *Asset) Path() string { return a.path }

// assets are the files of this package: style.css, copy.js, and the libraries
// htmx.js, sse.js, uplot.js and uplot.css.
var assets = own()

func own() map[string]*Asset {
	all := map[string]*Asset{
		"style.css": NewAsset("style.css", []byte(style)),
		"copy.js":   NewAsset("copy.js", []byte(script)),
	}
	files, _ := fs.Glob(libraries, "assets/*") // the pattern is right
	for _, file := range files {
		body, _ := libraries.ReadFile(file) // it was just listed
		all[path.Base(file)] = NewAsset(path.Base(file), body)
	}
	return all
}

// AssetPath is where pages find a file of this package by its name. It panics
// for a name there is no file of.
func AssetPath(name string) string {
	a := assets[name]
	if a == nil {
		panic(fmt.Sprintf("package ui has no %s", name))
	}
	return a.path
}

// Handler serves the files of this package and those handed over, all below
// AssetPrefix.
func Handler(more ...*Asset) http.Handler {
	at := make(map[string]*Asset)
	for _, a := range assets {
		at[a.path] = a
	}
	for _, a := range more {
		at[a.path] = a
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := at[r.URL.Path]
		if a == nil {
			http.NotFound(w, r)
			return
		}
		a.serve(w, r)
	})
}

func (a *Asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	body := a.body
	if Packs(r) {
		body = a.packed()
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}
