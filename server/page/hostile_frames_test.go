package page

import (
	"embed"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"hongyan/server/browsertest"
)

//go:embed testdata/framed.html testdata/written.html testdata/framed.js testdata/provoke.js
var framing embed.FS

// A framed is a page that an attack stands on.
type framed struct {
	path   string
	attack attack
}

// framedAtOnce is how many pages are opened at once, each in a frame of its
// own, so that none can hide the next. A page of its own costs Chromium a
// tenth of a second, a frame a few milliseconds.
const framedAtOnce = 64

// framedWritten writes the pages into frames of one origin, without any
// header, and holds that each reads the same way twice.
func framedWritten(t *testing.T, pages http.Handler, all []framed) (p *browsertest.Page) {
	t.Helper()
	return frameAll(t, pages, all, "written.html", func(r *http.Request) (texts any) {
		var all []string
		for _, path := range r.URL.Query()["path"] {
			answer := httptest.NewRecorder()
			pages.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
			all = append(all, answer.Body.String())
		}
		return all
	})
}

// framedFetched lets frames fetch the pages, with their headers.
func framedFetched(t *testing.T, pages http.Handler, all []framed) (p *browsertest.Page) {
	t.Helper()
	return frameAll(t, pages, all, "framed.html", func(r *http.Request) (paths any) { return r.URL.Query()["path"] })
}

// frameAll opens the pages, provokes each and fails the test for what they do.
func frameAll(t *testing.T, pages http.Handler, all []framed, around string, data func(*http.Request) any) *browsertest.Page {
	t.Helper()
	made := template.Must(template.ParseFS(framing, "testdata/"+around))
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.HandleFunc("/frames", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := made.Execute(w, data(r)); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p := browsertest.New(t, 624, 480, browsertest.Light)
	p.Early(provocation(t))
	for batch := range slices.Chunk(all, framedAtOnce) {
		paths := url.Values{}
		for _, one := range batch {
			paths.Add("path", one.path)
		}
		p.Open(server.URL + "/frames?" + paths.Encode())
		for key, found := range browsertest.Await[map[string][]string](p, "all()") {
			i, _ := strconv.Atoi(key) // the page around has no number
			for _, what := range found {
				t.Errorf("%s: %s: %s", batch[i].path, batch[i].attack.line, what)
			}
		}
		if got := p.Dialogs(); len(got) > 0 {
			t.Fatalf("dialogs %q", got)
		}
	}
	return p
}

// provocation is the script that the page around and each frame begin with.
func provocation(t *testing.T) string {
	t.Helper()
	text := ""
	for _, name := range []string{"provoke.js", "framed.js"} {
		part, err := framing.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		text += string(part)
	}
	return text + "if (window !== top) provokeFramed();"
}
