package page

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/renderer/html"

	"hongyan/push"
)

// TestF35_PolicyHoldsAlone puts every attack as it is into every place of the
// message page and of the page that leads to its address, as if neither the
// sanitiser nor the templates stood before it, under the very headers of these
// pages; only that they stand in a frame is allowed. On the message page
// pictures may load: the policy lets them.
func TestF35_PolicyHoldsAlone(t *testing.T) {
	t.Parallel()
	message, leave := newOutside(t), newOutside(t)
	pages := map[string]rawPage{"/message/": rawMessage(t), "/leave/": rawLeave(t)}
	texts := map[string][]attack{"/message/": attacks(message), "/leave/": attacks(leave)}
	serve := func(w http.ResponseWriter, r *http.Request) {
		dir, number := path.Split(r.URL.Path)
		p, ours := pages[dir]
		n, err := strconv.Atoi(number)
		if !ours || err != nil {
			http.NotFound(w, r) // what attacks ask for beside them
			return
		}
		maps.Copy(w.Header(), p.framed(t))
		io.WriteString(w, p.fill(t, texts[dir][n-1].text))
	}
	var open []framed
	for dir, all := range texts {
		all = slices.DeleteFunc(slices.Clone(all), refreshes)
		for _, a := range all {
			open = append(open, framed{dir + strconv.Itoa(a.n), a})
		}
	}
	framedFetched(t, http.HandlerFunc(serve), open)
	pictures := 0
	for _, a := range texts["/message/"] {
		pictures += min(1, message.calls("picture", a)+message.calls("seen", a))
		if n := message.calls("sink", a) + message.calls("away", a); n > 0 {
			t.Errorf("message page: %s: %d calls for its sink", a.line, n)
		}
	}
	if least := 30; pictures < least {
		t.Errorf("%d attacks got at pictures, want at least %d: the pages were not opened", pictures, least)
	}
	for _, a := range texts["/leave/"] {
		for _, kind := range []string{"sink", "away", "picture", "seen"} {
			if n := leave.calls(kind, a); n > 0 {
				t.Errorf("page to the address: %s: %d calls for its %s", a.line, n, kind)
			}
		}
	}
}

// refreshes reports an attack that leads the page to an address of the web.
// TestF35_WhereThePolicyLetsAPageBeLed shows what becomes of it.
func refreshes(a attack) bool {
	return strings.Contains(strings.ToLower(a.line), "http-equiv=refresh") && strings.Contains(a.line, "{away}")
}

// A rawPage is a page, header and body, with a place for each thing that its
// sender writes.
type rawPage struct {
	header http.Header
	body   string
}

const rawName, rawTitle, rawURL, rawBody = "放名字", "放标题", "https://address.invalid/", "放正文"

func rawMessage(t *testing.T) rawPage {
	t.Helper()
	return rawView(t, messageView(handle, push.Page{AppName: rawName, Summary: rawTitle, URL: rawURL}, rawBody+rawCopy))
}

// rawPlain has nothing to copy, and so no script.
func rawPlain(t *testing.T) rawPage {
	t.Helper()
	return rawView(t, messageView(handle, push.Page{AppName: rawName, Summary: rawTitle, URL: rawURL}, rawBody))
}

// rawCopy is something to copy, as package content writes it.
const rawCopy = `<span class="copy" data-clipboard-text="8421">复制</span><code class="copy-text">8421</code>`

func rawLeave(t *testing.T) rawPage {
	t.Helper()
	a := shown("leave", rawTitle, leaveView{Host: rawName, ASCII: rawName, Address: rawURL, Plain: true, Back: Prefix + handle, Words: wordsLeave})
	a.view.own, a.view.Inline, a.view.Head = true, true, ownStyle()
	return rawView(t, a.view)
}

func rawView(t *testing.T, v view) rawPage {
	t.Helper()
	made, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	made.(*handler).write(answer, httptest.NewRequest("GET", Prefix+handle, nil), http.StatusOK, v)
	answer.Header().Del("Content-Length")
	return rawPage{answer.Header(), answer.Body.String()}
}

// framed is the header without what keeps the page out of frames.
func (p rawPage) framed(t *testing.T) http.Header {
	h := p.header.Clone()
	h.Del("X-Frame-Options")
	policy, rest, found := strings.Cut(h.Get("Content-Security-Policy"), "; frame-ancestors 'none'")
	if !found {
		t.Error("the page may stand in frames")
	}
	h.Set("Content-Security-Policy", policy+rest)
	return h
}

// fill puts an attack into all places, into the body as HTML and as what
// Markdown makes of it.
func (p rawPage) fill(t *testing.T, attack string) string {
	var markdown bytes.Buffer
	if err := goldmark.New(goldmark.WithRendererOptions(html.WithUnsafe())).Convert([]byte(attack), &markdown); err != nil {
		t.Error(err)
	}
	return strings.NewReplacer(rawName, attack, rawTitle, attack, rawURL, attack, rawBody, attack+markdown.String()).Replace(p.body)
}
