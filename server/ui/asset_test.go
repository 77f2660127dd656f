package ui_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"hongyan/server/ui"
)

func TestHandler_ServesEveryAssetPackedOrNot(t *testing.T) {
	more := ui.NewAsset("console.css", []byte("main { color: red }"))
	h := ui.Handler(more)
	for path, kind := range map[string]string{
		ui.AssetPath("htmx.js"): "text/javascript", ui.AssetPath("sse.js"): "text/javascript", ui.AssetPath("uplot.js"): "text/javascript",
		ui.AssetPath("copy.js"): "text/javascript", ui.AssetPath("uplot.css"): "text/css", more.Path(): "text/css",
	} {
		plain, packed := get(h, path, ""), get(h, path, "br, gzip")
		if plain.Code != http.StatusOK || !strings.HasPrefix(plain.Header().Get("Content-Type"), kind) || plain.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: %d %v", path, plain.Code, plain.Header())
		}
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if got, _ := io.ReadAll(z); string(got) != plain.Body.String() {
			t.Errorf("%s: packed and plain differ", path)
		}
	}
}

func TestPacks(t *testing.T) {
	for encodings, want := range map[string]bool{
		"": false, "gzip": true, "br, gzip": true, "GZIP;q=0.5": true, "gzip;q=0": false, "gzip; q=0": false, "gzippy": false, "br": false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", encodings)
		if got := ui.Packs(r); got != want {
			t.Errorf("%q: %v, want %v", encodings, got, want)
		}
	}
}

func get(h http.Handler, path, encodings string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Encoding", encodings)
	h.ServeHTTP(w, r)
	return w
}
