package page

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hongyan/push"
	"hongyan/push/content"
	"hongyan/server/ui"
	"hongyan/store"
	"hongyan/store/storetest"
)

// world is a platform with one app and one follower of it.
type world struct {
	push  *push.Service
	pages http.Handler
	token string
	user  push.User
	sent  int64
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	ctx := context.Background()
	s, err := push.New(ctx, db, push.Options{BaseURL: "http://127.0.0.1", Account: "sandbox"})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{push: s}
	app, token, err := s.CreateApp(ctx, push.NewApp{Name: "鸿雁示例"})
	if err != nil {
		t.Fatal(err)
	}
	w.token = token
	_, err = s.Once(ctx, push.Inbound{Key: "1", OpenID: "o1"}, func(turn *push.Turn) error {
		w.user = turn.User
		if _, err := s.Subscribe(turn); err != nil {
			return err
		}
		_, err := s.FollowApp(turn, app.ID, push.ByScan, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.pages, err = New(Options{Push: s}); err != nil {
		t.Fatal(err)
	}
	return w
}

// send sends a message and returns the path of its page. The messages of a
// new database count from one.
func (w *world) send(t testing.TB, d push.Draft) (path string, receipt push.Receipt) {
	t.Helper()
	d.UIDs = []push.UID{w.user.UID}
	receipts, err := w.push.Send(context.Background(), w.token, d)
	if err != nil || receipts[0].Failed {
		t.Fatal(receipts, err)
	}
	w.sent++
	return Prefix + w.push.Handle(w.sent, w.user.ID), receipts[0]
}

func (w *world) get(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer := httptest.NewRecorder()
	w.pages.ServeHTTP(answer, r)
	return answer
}

func TestPage_ShowsTheMessage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		path, _ := w.send(t, push.Draft{Kind: content.Markdown, Content: "**结论：**好了 <script>x</script>", URL: "https://example.com/?a=1&b=2"})
		answer := w.get("GET", path)
		wantStatus(t, answer, http.StatusOK)
		for _, want := range []string{
			`<span class="name">鸿雁示例</span>`,
			`<main class="article-content"><p><strong>结论：</strong>好了 </p>`,
			`<a href="/m/` + strings.TrimPrefix(path, Prefix) + `/go" target="_blank" rel="noopener nofollow">阅读原文</a>`,
			`<title>结论：好了</title>`,
		} {
			if !strings.Contains(answer.Body.String(), want) {
				t.Errorf("no %s in\n%s", want, answer.Body)
			}
		}
		if strings.Contains(answer.Body.String(), "<script") {
			t.Error("a script on a page with nothing to copy")
		}
		if got, most := answer.Body.Len(), 60_000; got > most {
			t.Errorf("page of %d bytes, want at most %d", got, most)
		}
	})
}

func TestPage_SaysWhyThereIsNoMessage(t *testing.T) {
	storetest.EachClock(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := newWorld(t, db)
		old, _ := w.send(t, push.Draft{Kind: content.Text, Content: "旧"})
		clock.Advance(7*24*time.Hour + time.Minute)
		removed, receipt := w.send(t, push.Draft{Kind: content.Text, Content: "删"})
		if err := w.push.Remove(context.Background(), w.token, receipt.Message); err != nil {
			t.Fatal(err)
		}
		for name, path := range map[string]string{
			"expired": old, "removed": removed, "unknown": Prefix + strings.Repeat("A", 22),
			"short": Prefix + "abc", "empty": Prefix, "not a handle": Prefix + strings.Repeat("'", 22), "deeper": removed + "/x",
		} {
			answer := w.get("GET", path)
			wantStatus(t, answer, http.StatusNotFound)
			if got := answer.Body.String(); !strings.Contains(got, wordsNoMessage.Title) || !strings.Contains(got, "7 天") {
				t.Errorf("%s: page does not say what happened:\n%s", name, got)
			}
		}
	})
}

func TestPage_OtherMethods(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	path, _ := w.send(t, push.Draft{Kind: content.Text, Content: "好"})
	get, head := w.get("GET", path+"/"), w.get("HEAD", path)
	wantStatus(t, head, http.StatusOK)
	if head.Body.Len() > 0 || head.Header().Get("Content-Length") != get.Header().Get("Content-Length") {
		t.Errorf("HEAD has %d bytes and length %s, GET %s", head.Body.Len(), head.Header().Get("Content-Length"), get.Header().Get("Content-Length"))
	}
	wantStatus(t, w.get("POST", path), http.StatusMethodNotAllowed)
}

func TestF35_PageHeaders(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	plain, _ := w.send(t, push.Draft{Kind: content.HTML, Content: "好"})
	copies, _ := w.send(t, push.Draft{Kind: content.HTML, Content: `<copy data-clipboard-text="1">好</copy>`})
	const sandbox, policy = "sandbox allow-popups allow-popups-to-escape-sandbox", "; default-src 'none'; " +
		"img-src http: https: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	for path, want := range map[string]string{
		plain:          sandbox + policy,
		copies:         sandbox + " allow-scripts" + policy + "; script-src " + ui.ScriptHash(),
		Prefix + "abc": sandbox + policy,
	} {
		got := w.get("GET", path).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": want,
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "no-referrer",
			"Cache-Control":           "private, no-cache",
			"Content-Type":            "text/html; charset=utf-8",
		} {
			if got := got.Get(name); got != want {
				t.Errorf("%s: %s: %s, want %s", path, name, got, want)
			}
		}
	}
}

func TestF36_OnlyWebAddressesAreOffered(t *testing.T) {
	for address, want := range map[string]string{
		"https://example.com/a?b=c": "https://example.com/a?b=c", "http://例子.cn/路": "http://xn--fsqu00a.cn/%E8%B7%AF", "HTTPS://A.CN": "https://A.CN", "https://例子.cn:8443/": "https://xn--fsqu00a.cn:8443/",
		"": "", "javascript:alert(1)": "", "data:text/html,x": "", "weixin://dl/x": "", "//evil.example/": "", "/path": "",
		"https:": "", "http:evil": "", " https://a.cn": "", "https://a.cn\n": "", "vbscript:x": "", "https://bank.example@evil.example/": "", "https://evil.example\\\\@bank.example/": "", "http://:80/": "", "ftp://a.cn/": "",
	} {
		if got := webAddress(address); got != want {
			t.Errorf("webAddress(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestPage_IsPackedForThoseWhoAsk(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	path, _ := w.send(t, push.Draft{Kind: content.Text, Content: strings.Repeat("鸿雁传书，", 8000)})
	plain := w.get("GET", path)
	for accept, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "gzip; q=0.000": "", "identity": "", "": ""} {
		answer := w.get("GET", path, "Accept-Encoding", accept)
		if got := answer.Header().Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q gives %q, want %q", accept, got, want)
			continue
		}
		if want == "" {
			continue
		}
		if got, most := answer.Body.Len(), 60_000; got > most {
			t.Errorf("the longest message makes %d bytes, want at most %d", got, most)
		}
		z, err := gzip.NewReader(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || string(got) != plain.Body.String() {
			t.Errorf("unpacked page differs: %v", err)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	m := push.Page{AppName: "鸿雁", Kind: content.Markdown, Content: goodMarkdown}
	made, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", Prefix+handle, nil)
	for b.Loop() {
		body, err := content.Page(m.Kind, m.Content)
		if err != nil {
			b.Fatal(err)
		}
		made.(*handler).write(httptest.NewRecorder(), r, http.StatusOK, messageView(handle, m, body))
	}
}

func wantStatus(t *testing.T, answer *httptest.ResponseRecorder, want int) {
	t.Helper()
	if answer.Code != want {
		t.Errorf("status %d, want %d:\n%s", answer.Code, want, answer.Body)
	}
}
