package api_test

import (
	"fmt"
	"html"
	"net/http/httptest"
	osexec "os/exec"
	"regexp"
	"strings"
	"testing"

	"hongyan/store/storetest"
)

var curlLines = regexp.MustCompile(`(?s)^ class="card" id="([^"]+)">.*?<code>(curl .*?)</code>`)

// TestDocs_EveryCurlLineWorks runs what the page offers to copy in a shell,
// with the samples replaced.
func TestDocs_EveryCurlLineWorks(t *testing.T) {
	if _, err := osexec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	w := newTenants(t, storetest.SQLite(t))
	docs, err := w.Docs()
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	docs.ServeHTTP(rec, httptest.NewRequest("GET", "/docs/", nil))
	lines := map[string]string{}
	for _, article := range strings.Split(rec.Body.String(), "<article") {
		if found := curlLines.FindStringSubmatch(article); found != nil {
			lines[found[1]] = html.UnescapeString(found[2])
		}
	}
	server := httptest.NewServer(w)
	defer server.Close()
	for _, c := range readDocument(t, w.API).calls {
		t.Run(c.id, func(t *testing.T) {
			w.prepare(t, c)
			line := strings.Replace(w.owner().replace(lines[c.id]), "http://push.test", server.URL, 1)
			out, err := osexec.Command("sh", "-c", line+` -sS -w '\n%{http_code}'`).CombinedOutput()
			if got, want := string(out[strings.LastIndexByte(string(out), '\n')+1:]), fmt.Sprint(c.goodStatus()); err != nil || got != want {
				t.Errorf("%s\nanswered %.500s (%v), want %s", line, out, err, want)
			}
		})
	}
}
