package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"hongyan/server/browsertest"
	"hongyan/store/storetest"
)

func serveDocs(t *testing.T) string {
	t.Helper()
	docs := newWorld(t, storetest.SQLite(t)).Docs()
	server := httptest.NewServer(docs)
	t.Cleanup(server.Close)
	return server.URL
}

func TestBrowser_TheDocumentIsReadable(t *testing.T) {
	address := serveDocs(t)
	for _, width := range []int{375, 1280} {
		for _, scheme := range []browsertest.Scheme{browsertest.Light, browsertest.Dark} {
			t.Run(fmt.Sprintf("%d-%v", width, scheme), func(t *testing.T) {
				p := browsertest.New(t, width, 812, scheme)
				p.Open(address + "/docs/")
				p.Screenshot(fmt.Sprintf("docs-%d-%v", width, scheme))
				browsertest.Eval[any](p, `document.querySelectorAll("details").forEach(d => d.open = true), null`)
				p.WantQuiet()
				p.WantFits()
				p.WantContrast()
				if got, want := p.Requests(), []string{address + "/docs/", address + "/docs/style.css"}; !slices.Equal(slices.DeleteFunc(got, func(s string) bool { return s == "data:," }), want) {
					t.Errorf("page fetched %q, want %q", got, want)
				}
			})
		}
	}
}

func TestDocs_AreSmallAndQuick(t *testing.T) {
	address := serveDocs(t)
	weight := 0
	for _, file := range []string{"", "style.css"} {
		began := time.Now()
		resp, err := http.Get(address + "/docs/" + file)
		if err != nil {
			t.Fatal(err)
		}
		first := time.Since(began)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("/docs/%s: %d, %v", file, resp.StatusCode, err)
		}
		t.Logf("/docs/%s: %d bytes, first byte after %s", file, len(body), first)
		weight += len(body)
	}
	if weight > 200_000 {
		t.Errorf("the page weighs %d bytes, want less than 200 kB", weight)
	}
}
