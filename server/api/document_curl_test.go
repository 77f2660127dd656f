package api_test

import (
	"fmt"
	"html"
	"net/http/httptest"
	"os"
	osexec "os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

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
	rec := httptest.NewRecorder()
	w.Docs().ServeHTTP(rec, httptest.NewRequest("GET", "/docs/", nil))
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

// TestGuide_EveryCurlLineOfTheAPIWorks in both languages, in the order of the
// text.
func TestGuide_EveryCurlLineOfTheAPIWorks(t *testing.T) {
	if _, err := osexec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	for _, file := range []string{"api.md", "api-v1.zh-CN.md"} {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile("../../docs/" + file)
			if err != nil {
				t.Fatal(err)
			}
			w := newTenants(t, storetest.SQLite(t))
			w.failCallback(t)
			server := httptest.NewServer(w)
			defer server.Close()
			replace := strings.NewReplacer("AT_…", w.token, "UID_…", string(w.uids[1]), "msg_…", w.callback, "http://127.0.0.1:8080", server.URL,
				"4503599627370002", fmt.Sprint(w.message), "2026-12-31T09:00:00+08:00", w.db.Now().AddDate(0, 0, 1).Format(time.RFC3339))
			lines := curlCommands.FindAllString(string(text), -1)
			for _, line := range lines {
				line = strings.TrimSpace(replace.Replace(line))
				out, err := osexec.Command("sh", "-c", line+" -sS -w '\n%{http_code}'").CombinedOutput()
				if status := string(out[strings.LastIndexByte(string(out), '\n')+1:]); err != nil || !strings.HasPrefix(status, "20") {
					t.Errorf("%s\nanswered %.500s (%v)", line, out, err)
				}
			}
			if len(lines) != 19 {
				t.Errorf("the text has %d calls, want 19", len(lines))
			}
		})
	}
}

// curlCommands are commands of a text, each to its last continued line.
var curlCommands = regexp.MustCompile(`(?m)^curl (.*\\\n)*.*$`)
