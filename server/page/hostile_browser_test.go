package page

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/store/storetest"
)

// TestF35_BrowserRunsNothing sends every attack as text, HTML and Markdown, as
// summary, address and name of the app at once. It opens each message page,
// and the page that leads to the address, without the headers that would stop
// it: what the sanitiser and the templates let through shows here.
func TestF35_BrowserRunsNothing(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	all := attacks(o)
	w := newWorld(t, storetest.SQLite(t))
	tokens := w.hostileApps(t, all)
	var pages []framed
	forms := make(map[string]int)
	for i, a := range all {
		address, form := hostileURL(t, a)
		forms[form]++
		var path string
		for _, kind := range []content.Kind{content.Text, content.HTML, content.Markdown} {
			w.token = tokens[i]
			path, _ = w.send(t, push.Draft{Kind: kind, Content: a.text, Summary: a.text, URL: address})
			pages = append(pages, framed{path, a})
		}
		pages = append(pages, framed{"/m/" + strings.TrimPrefix(path, Prefix) + "/go", a})
	}
	t.Logf("addresses: %v", forms)
	framedWritten(t, found(t, w.pages), pages).WantQuiet()
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

// hostileURL puts an attack into an address that may be sent, and says in
// which form. As an address of its own it is refused unless it leads to the
// web.
func hostileURL(t *testing.T, a attack) (address, form string) {
	t.Helper()
	for _, c := range []struct{ form, address string }{
		{"as it is", a.text},
		{"in the path", "https://example.com/" + a.text},
		{"in the fragment", "https://example.com/#" + a.text},
		{"escaped", "https://example.com/?" + url.QueryEscape(a.text)},
	} {
		d := push.Draft{Kind: content.Text, Content: "好", URL: c.address}
		if d.Validate() != nil {
			continue
		}
		if !strings.HasPrefix(c.address, "http") {
			t.Errorf("%s is taken for an address", a.line)
		}
		return c.address, c.form
	}
	t.Fatalf("%s stands in no address", a.line)
	return "", ""
}

// found holds that every page is there. Only the one that leads to an address
// may be missing, where there is none it would lead to.
func found(t *testing.T, pages http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		pages.ServeHTTP(answer, r)
		nowhere := answer.Code == http.StatusNotFound && strings.Contains(answer.Body.String(), wordsNoAddress.Title)
		if answer.Header().Get("Content-Security-Policy") == "" || answer.Code != http.StatusOK && !nowhere {
			t.Errorf("%s: status %d, policy %q", r.URL.Path, answer.Code, answer.Header().Get("Content-Security-Policy"))
		}
		w.Write(answer.Body.Bytes())
	}
}
