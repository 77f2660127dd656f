package page

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/renderer/html"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/browsertest"
	"hongyan/store/storetest"
)

//go:embed testdata/provoke.js
var provoke string

// framed is how many message pages are opened at once, each in a frame of one
// page of its own, so that none can hide the next.
const framed = 64

// TestF35_BrowserRunsNothing sends every attack as text, HTML and Markdown, as
// summary, address and name of the app at once, and opens each page without
// the headers that would stop it: what the sanitiser and the templates let
// through shows here.
func TestF35_BrowserRunsNothing(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	all := attacks(o)
	p := browsertest.New(t, 1280, 812, browsertest.Light)
	w := newWorld(t, storetest.SQLite(t))
	tokens := w.hostileApps(t, all)
	var paths []string
	for i, a := range all {
		for _, kind := range []content.Kind{content.Text, content.HTML, content.Markdown} {
			w.token = tokens[i]
			path, _ := w.send(t, push.Draft{Kind: kind, Content: a.text, Summary: a.text, URL: hostileURL(t, a)})
			paths = append(paths, path)
		}
	}
	base := frames(t, w.pages)
	for batch := range slices.Chunk(paths, framed) {
		p.Open(base + "/frames?" + url.Values{"path": batch}.Encode())
		for path, found := range browsertest.Await[map[string][]string](p, provoke+`(async () => {
			const found = {};
			for (const f of document.querySelectorAll("iframe")) {
				const path = f.dataset.path, win = f.contentWindow;
				for (let n = 0; win.document.readyState !== "complete" && n < 1000; n++) await new Promise((done) => setTimeout(done, 5));
				if (win.location.pathname !== path) { found[path] = ["it led to " + win.location]; continue; }
				found[path] = [...tidy(win), ...provoke(win)];
			}
			await new Promise((done) => setTimeout(done));
			for (const f of document.querySelectorAll("iframe")) if ("ran" in f.contentWindow) found[f.dataset.path].push("ran late");
			if ("ran" in window) found[""] = ["script " + ran + " ran in the page around"];
			return found;
		})()`) {
			for _, what := range found {
				t.Errorf("%s: %s", all[max(0, slices.Index(paths, path))/3].line, what)
			}
		}
	}
	p.WantQuiet()
	seen := 0
	for _, a := range all {
		for _, kind := range []string{"sink", "picture", "away"} {
			if n := o.calls(kind, a); n > 0 {
				t.Errorf("%s: %d calls for its %s", a.line, n, kind)
			}
		}
		seen += o.calls("seen", a)
	}
	if n := o.connections.Load(); n > 0 {
		t.Errorf("%d connections to the sink", n)
	}
	if len(o.leaked) > 0 {
		t.Errorf("a host of pictures learned the address of a page: %q", o.leaked[0])
	}
	if seen == 0 {
		t.Error("no picture was shown: the pages were not opened")
	}
}

// hostileApps makes an app for each attack, named by as much of it as a name
// takes, and lets the follower follow them all.
func (w *world) hostileApps(t *testing.T, all []attack) (tokens []string) {
	t.Helper()
	ctx := context.Background()
	var ids []push.AppID
	for _, a := range all {
		app, token, err := w.push.CreateApp(ctx, push.NewApp{Name: content.Cut(a.text, 64)})
		if err != nil {
			t.Fatalf("%s: %v", a.line, err)
		}
		ids, tokens = append(ids, app.ID), append(tokens, token)
	}
	_, err := w.push.Once(ctx, push.Inbound{Key: "2", OpenID: "o1"}, func(turn *push.Turn) error {
		for _, id := range ids {
			if _, err := w.push.FollowApp(turn, id, push.ByScan, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// hostileURL puts an attack into an address that may be sent. As an address of
// its own it is refused unless it leads to the web.
func hostileURL(t *testing.T, a attack) string {
	t.Helper()
	fits := func(address string) bool {
		d := push.Draft{Kind: content.Text, Content: "好", URL: address}
		return d.Validate() == nil
	}
	if fits(a.text) {
		if !strings.HasPrefix(a.text, "http") {
			t.Errorf("%s is taken for an address", a.line)
		}
		return a.text
	}
	for _, address := range []string{"https://example.com/" + a.text, "https://example.com/#" + a.text} {
		if fits(address) {
			return address
		}
	}
	return "https://example.com/?" + url.QueryEscape(a.text)
}

// frames serves message pages without their policy, and a page that frames
// those it is asked for.
func frames(t *testing.T, pages http.Handler) (base string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc(Prefix, func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		r.Header.Del("Accept-Encoding")
		pages.ServeHTTP(answer, r)
		if answer.Header().Get("Content-Security-Policy") == "" || answer.Code != http.StatusOK {
			t.Errorf("%s: status %d, policy %q", r.URL.Path, answer.Code, answer.Header().Get("Content-Security-Policy"))
		}
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		w.Write(answer.Body.Bytes())
	})
	mux.HandleFunc("/frames", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><link rel=icon href="data:,">`)
		for _, path := range r.URL.Query()["path"] {
			fmt.Fprintf(w, `<iframe src="%s" data-path="%[1]s"></iframe>`, path)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// TestF35_PolicyHoldsAlone puts every attack as it is into every place of the
// page, as if neither the sanitiser nor the templates stood before it, under
// the very headers of a page that has something to copy. Pictures may load:
// the policy lets them.
func TestF35_PolicyHoldsAlone(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	p := browsertest.New(t, 375, 812, browsertest.Light)
	header, page := raw(t)
	var current string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), header)
		io.WriteString(w, current)
	}))
	t.Cleanup(server.Close)
	for _, a := range attacks(o) {
		if refreshes(a) {
			continue
		}
		current = fill(t, page, a.text)
		p.Open(server.URL + Prefix + handle + "?" + strconv.Itoa(a.n))
		for _, what := range browsertest.Eval[[]string](p, provoke+`provoke(window)`) {
			t.Errorf("%s: %s", a.line, what)
		}
		if got := p.Dialogs(); len(got) > 0 {
			t.Fatalf("%s: dialogs %q", a.line, got)
		}
	}
	for _, a := range attacks(o) {
		if n := o.calls("sink", a) + o.calls("away", a); n > 0 {
			t.Errorf("%s: %d calls for its sink", a.line, n)
		}
	}
}

// refreshes reports an attack that leads the page to an address of the web.
func refreshes(a attack) bool {
	return strings.Contains(strings.ToLower(a.line), "http-equiv=refresh") && strings.Contains(a.line, "{away}")
}

// raw is the page of a message, header and body, with a place for each thing
// that its sender writes.
func raw(t *testing.T) (header http.Header, body string) {
	t.Helper()
	made, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	v := messageView(handle, push.Page{AppName: rawName, Summary: rawTitle, URL: rawURL}, rawBody+`<span class="copy" data-clipboard-text="1">复制</span>`)
	answer := httptest.NewRecorder()
	made.(*handler).write(answer, httptest.NewRequest("GET", Prefix+handle, nil), http.StatusOK, v)
	answer.Header().Del("Content-Length")
	return answer.Header(), answer.Body.String()
}

const rawName, rawTitle, rawURL, rawBody = "放名字", "放标题", "https://address.invalid/", "放正文"

// fill puts an attack into all places, into the body as HTML and as what
// Markdown makes of it.
func fill(t *testing.T, page, attack string) string {
	t.Helper()
	var markdown bytes.Buffer
	if err := goldmark.New(goldmark.WithRendererOptions(html.WithUnsafe())).Convert([]byte(attack), &markdown); err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(rawName, attack, rawTitle, attack, rawURL, attack, rawBody, attack+markdown.String()).Replace(page)
}
