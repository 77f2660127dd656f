package demo

import (
	"bytes"
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"hongyan/server/ui"
)

// shown is what the page is drawn from.
type shown struct {
	*introduced
	W         pageWords
	Code      template.URL // the picture of the QR code
	Scan      string       // the phone page with the code in its tray
	PhoneHome string
	Form      form
	Out       outcome
	Calls     []call
	Place     string // in the diary, of Calls
	Elsewhere string // where callbacks go instead of here; empty: they come here
	Receiver  string
	Reached   bool
}

// page shows the demo; ?sent is the record of a message that was sent from it.
func (d *Demo) page(w http.ResponseWriter, r *http.Request, in *introduced) {
	out := outcome{W: wordsPage}
	if record, err := strconv.ParseInt(r.URL.Query().Get("sent"), 10, 64); err == nil && record > 0 {
		now := d.progressOf(r, in, record)
		out.Progress = &now
	}
	d.show(w, r, in, http.StatusOK, newForm(), out)
}

func (d *Demo) show(w http.ResponseWriter, r *http.Request, in *introduced, status int, f form, out outcome) {
	code, err := ui.QRPicture(in.Link)
	if err != nil {
		d.o.Log.Error("demo code not drawn", "error", err)
	}
	now := d.diary.newest(shownCalls)
	d.render(w, status, "demo", ui.View{Title: wordsPage.Title, Data: shown{
		introduced: in, W: wordsPage, Code: code, Scan: d.phone("code", in.Scene), PhoneHome: d.phone("as", in.OpenID),
		Form: f, Out: out, Calls: viewCalls(now.list), Place: now.place, Elsewhere: d.elsewhere(r, in),
		Receiver: d.o.Receiver, Reached: d.o.Reached,
	}})
}

// elsewhere is where the app's callbacks go, unless it is here. The page does
// not wait for a platform that does not say; the next one asks again.
func (d *Demo) elsewhere(r *http.Request, in *introduced) string {
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	at, err := d.platform.endpoint(ctx, in.Token)
	if err != nil {
		d.inWords("endpoint", err)
		return ""
	}
	if at == d.CallbackURL() {
		return ""
	}
	return at
}

// reclaim has the app's callbacks come here again.
func (d *Demo) reclaim(w http.ResponseWriter, r *http.Request, in *introduced) {
	if err := d.platform.setEndpoint(r.Context(), in.Token, d.CallbackURL()); err != nil {
		no := wordsNotReclaimed
		no.Text, no.Action = d.inWords("endpoint", err), d.back()
		d.notice(w, http.StatusBadGateway, no)
		return
	}
	http.Redirect(w, r, d.o.Path+"/#calls", http.StatusSeeOther)
}

// phone is the phone page, of somebody or with something in it.
func (d *Demo) phone(name, value string) string {
	return d.o.Phone + "?" + url.Values{name: {value}}.Encode()
}

func (d *Demo) back() *ui.Link { return &ui.Link{Text: wordsBack, URL: d.o.Path + "/"} }

// foreign answers a form that came from another site.
func (d *Demo) foreign(w http.ResponseWriter, _ *http.Request) {
	no := wordsForeign
	no.Action = d.back()
	d.notice(w, http.StatusForbidden, no)
}

// notice answers with a page that says one thing.
func (d *Demo) notice(w http.ResponseWriter, status int, n ui.Notice) {
	d.render(w, status, "notice", ui.View{Title: n.Title, Data: n})
}

// policy lets the page run and load our own files only, whatever stands in it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// htmxConfig has htmx write no style into the page, and evaluate nothing.
const htmxConfig = `<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false,"historyCacheSize":0}'>`

// render answers with a whole page. It holds a token, and its address may hold
// the sandbox's key: it is stored nowhere, and other sites are told nothing.
// The referrer stays within the site, or browsers that know no Sec-Fetch-Site
// would send the form with the origin "null".
func (d *Demo) render(w http.ResponseWriter, status int, name string, v ui.View) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
	v.Stylesheet, v.Head = d.style.Path(), htmxConfig
	v.Scripts = []string{ui.AssetPath("htmx.js"), ui.AssetPath("sse.js"), ui.AssetPath("copy.js"), d.script.Path()}
	if err := d.pages.Render(w, status, name, v); err != nil {
		d.o.Log.Error("demo page not shown", "error", err)
	}
}

// fragment answers with a part of the page that stands.
func (d *Demo) fragment(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := d.pages.Fragment(&b, "demo", name, data); err != nil {
		d.o.Log.Error("part of the demo page not shown", "error", err)
		http.Error(w, "not shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes())
}
