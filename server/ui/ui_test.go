package ui_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"hongyan/server/ui"
)

func parse(t *testing.T, body string) *ui.Templates {
	t.Helper()
	pages, err := ui.Parse(fstest.MapFS{"pages/one.html": {Data: []byte(`{{define "body"}}` + body + `{{end}}`)}}, "pages/*.html")
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func render(t *testing.T, body string, v ui.View) string {
	t.Helper()
	w := httptest.NewRecorder()
	if err := parse(t, body).Render(w, http.StatusOK, "one", v); err != nil {
		t.Fatal(err)
	}
	return w.Body.String()
}

func TestRender_Components(t *testing.T) {
	for _, c := range []struct {
		name, body string
		data       any
		want       []string
	}{
		{"chip", `{{template "chip" (chip . "good")}}`, "已<送达>", []string{`<span class="chip good">已&lt;送达&gt;</span>`}},
		{"plain chip", `{{template "chip" (chip . "")}}`, "草稿", []string{`<span class="chip">草稿</span>`}},
		{"copy field", `{{template "copy-field" (copyField "令牌" .)}}`, `AT_"x"`, []string{`令牌`, `data-clipboard-text="AT_&#34;x&#34;"`, `>复制<`}},
		{"code block", `{{template "code-block" (codeBlock "试一试" .)}}`, "curl '<a>'", []string{`<pre tabindex="0"><code>curl &#39;&lt;a&gt;&#39;</code>`}},
		{"notice", `{{template "notice" .}}`, ui.Notice{Title: "还没有应用", Text: "先建一个", Action: &ui.Link{Text: "新建", URL: "/new"}}, []string{`<h1>还没有应用</h1>`, `<a class="button" href="/new">新建</a>`}},
		{"hostile link", `{{template "notice" .}}`, ui.Notice{Action: &ui.Link{Text: "x", URL: "javascript:alert(1)"}}, []string{`href="#ZgotmplZ"`}},
		{"avatar", `{{template "avatar" .}}`, "鸿雁", []string{`>鸿</span>`}},
	} {
		got := render(t, c.body, ui.View{Data: c.data})
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %s in\n%s", c.name, want, got)
			}
		}
	}
}

func TestRender_StyleStandsInTheHeadOrBehindALink(t *testing.T) {
	if got := render(t, "", ui.View{}); !strings.Contains(got, `<link rel="stylesheet" href="`+ui.StylePath()+`">`) || strings.Contains(got, "<style>") {
		t.Errorf("no link to the stylesheet in\n%s", got)
	}
	if got := render(t, "", ui.View{Inline: true}); !strings.Contains(got, "<style>"+string(ui.Style())+"</style>") || strings.Contains(got, "stylesheet") {
		t.Error("the stylesheet does not stand in the head")
	}
}

// TestScriptHash_AllowsTheInlineScript computes the hash from the document, as
// a browser does.
func TestScriptHash_AllowsTheInlineScript(t *testing.T) {
	got := render(t, "", ui.View{Script: true})
	script := regexp.MustCompile(`(?s)<script>(.*)</script>`).FindStringSubmatch(got)
	if script == nil {
		t.Fatalf("no script in\n%s", got)
	}
	sum := sha256.Sum256([]byte(script[1]))
	if got, want := ui.ScriptHash(), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'"; got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
	if strings.Contains(render(t, "", ui.View{}), "<script") {
		t.Error("a script without anything to copy")
	}
}

func TestRender_WritesNothingWhenAPageFails(t *testing.T) {
	w := httptest.NewRecorder()
	if err := parse(t, `x{{.Missing.Field}}`).Render(w, http.StatusOK, "one", ui.View{Data: struct{}{}}); err == nil {
		t.Error("a page with a missing field was rendered")
	}
	if err := parse(t, "").Render(w, http.StatusOK, "two", ui.View{}); err == nil {
		t.Error("a page that does not exist was rendered")
	}
	if w.Body.Len() > 0 {
		t.Errorf("wrote %q", w.Body)
	}
}

func TestFragment_StandsAlone(t *testing.T) {
	var b strings.Builder
	if err := parse(t, `x`).Fragment(&b, "one", "body", nil); err != nil || b.String() != "x" {
		t.Errorf("fragment %q", b.String())
	}
	if err := parse(t, "").Fragment(&b, "one", "chip", ui.Chip{Text: "好", Tone: "good"}); err != nil || !strings.Contains(b.String(), "好") {
		t.Errorf("fragment %q, %v", b.String(), err)
	}
}

func TestHandler_ServesTheStylesheetForAYear(t *testing.T) {
	w := httptest.NewRecorder()
	ui.Handler().ServeHTTP(w, httptest.NewRequest("GET", ui.StylePath(), nil))
	if got, want := w.Body.String(), string(ui.Style()); got != want {
		t.Errorf("served %d bytes, want %d", len(got), len(want))
	}
	if got, want := w.Header().Get("Cache-Control"), "public, max-age=31536000, immutable"; got != want {
		t.Errorf("Cache-Control %q, want %q", got, want)
	}
	w = httptest.NewRecorder()
	ui.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/ui/style.000000000000.css", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("an old name gives %d, want 404", w.Code)
	}
}

// TestStyle_FitsInAHead keeps the stylesheet small enough to be sent with
// every page.
func TestStyle_FitsInAHead(t *testing.T) {
	if got, most := len(ui.Style()), 16<<10; got > most {
		t.Errorf("stylesheet of %d bytes, want at most %d", got, most)
	}
	if strings.Contains(string(ui.Style()), "url(") {
		t.Error("the stylesheet fetches something")
	}
}
