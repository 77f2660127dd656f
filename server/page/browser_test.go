package page

import (
	_ "embed"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/browsertest"
)

//go:embed testdata/good.md
var goodMarkdown string

//go:embed testdata/good.html
var goodHTML string

const handle = "abcdefghijklmnopqrstuv"

// serve shows one message, with a picture beside it.
func serve(t *testing.T, m push.Page) (address string) {
	t.Helper()
	m.AppName, m.TopicName, m.At = "鸿雁示例应用", "发布", time.Date(2026, 11, 21, 9, 38, 0, 0, china)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	body, err := content.Page(m.Kind, strings.ReplaceAll(m.Content, "https://img.example", server.URL))
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle(Prefix, show(t, messageView(handle, m, body)))
	mux.HandleFunc("/picture.jpg", picture)
	return server.URL
}

// show answers every request with a view.
func show(t *testing.T, v view) http.HandlerFunc {
	t.Helper()
	h, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) { h.(*handler).write(w, r, http.StatusOK, v) }
}

func picture(w http.ResponseWriter, _ *http.Request) {
	m := image.NewRGBA(image.Rect(0, 0, 1200, 500))
	for y := range 500 {
		for x := range 1200 {
			m.Set(x, y, color.RGBA{uint8(180 + x/20), uint8(214 - y/10), uint8(190 + y/10), 255})
		}
	}
	jpeg.Encode(w, m, nil)
}

// eachLook runs f at both widths in both schemes.
func eachLook(t *testing.T, f func(t *testing.T, p *browsertest.Page, name string)) {
	for _, width := range []int{375, 1280} {
		for _, scheme := range []browsertest.Scheme{browsertest.Light, browsertest.Dark} {
			name := fmt.Sprintf("%d-%v", width, scheme)
			t.Run(name, func(t *testing.T) { f(t, browsertest.New(t, width, 812, scheme), name) })
		}
	}
}

func TestBrowser_ShowsGoodDocuments(t *testing.T) {
	eachLook(t, func(t *testing.T, p *browsertest.Page, look string) {
		for name, m := range map[string]push.Page{
			"markdown": {Kind: content.Markdown, Content: goodMarkdown, URL: "https://example.com/原文?a=1&b=2"},
			"html":     {Kind: content.HTML, Content: goodHTML, URL: "https://example.com/"},
			"text":     {Kind: content.Text, Content: goodText},
		} {
			p.Open(serve(t, m) + Prefix + handle)
			p.Screenshot(name + "-" + look)
			p.WantQuiet()
			p.WantFits()
			p.WantContrast()
		}
		server := httptest.NewServer(show(t, notice(wordsNoMessage)))
		defer server.Close()
		p.Open(server.URL)
		p.Screenshot("missing-" + look)
		p.WantQuiet()
		p.WantFits()
		p.WantContrast()
	})
}

const goodText = "磁盘告警\n\n  主机：db-1\n  用量：92%\n\n详情 https://example.com/alert?id=1，请处理。"

func TestBrowser_CopiesText(t *testing.T) {
	p := browsertest.New(t, 375, 812, browsertest.Light)
	address := serve(t, push.Page{Kind: content.HTML, Content: `验证码 <copy data-clipboard-text="8421 &lt;是&gt;">点我复制</copy>`})
	p.Open(address + Prefix + handle)
	if got := browsertest.Eval[bool](p, `getComputedStyle(document.querySelector(".copy-text")).display === "none"`); !got {
		t.Error("the text to copy is shown although the script runs")
	}
	browsertest.Eval[any](p, `document.addEventListener("copy", () => { window.copied = document.getSelection().toString() || document.activeElement.value }), null`)
	p.Click(".copy")
	if got, want := browsertest.Eval[string](p, `window.copied`), "8421 <是>"; got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
	if got, want := browsertest.Eval[string](p, `document.querySelector(".copy").dataset.said`), "已复制"; got != want {
		t.Errorf("button says %q, want %q", got, want)
	}
	p.Screenshot("copied")
	p.WantQuiet()
}

func TestBrowser_ShowsTextToCopyWhereNoScriptRuns(t *testing.T) {
	body, err := content.Page(content.HTML, `<copy data-clipboard-text="8421">复制</copy>`)
	if err != nil {
		t.Fatal(err)
	}
	v := messageView(handle, push.Page{}, body)
	v.Script = false
	server := httptest.NewServer(show(t, v))
	t.Cleanup(server.Close)
	p := browsertest.New(t, 375, 812, browsertest.Light)
	p.Open(server.URL)
	if got, want := p.Text("main"), "复制8421"; got != want {
		t.Errorf("page shows %q, want %q", got, want)
	}
}
