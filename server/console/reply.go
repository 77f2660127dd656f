package console

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hongyan/server/ui"
)

// A reply is what the door writes: one of a page, a part of a page, a file, a
// stream, or another place to go to.
type reply struct {
	status  int
	page    string // by name
	part    string // a template of the page, without the document around it
	title   words
	data    any
	kind    string // of the file
	file    []byte
	name    string // a file to keep, by this name
	framed  bool   // the file is what a sender wrote: it may stand in a frame of ours, and run nothing
	live    func(context.Context, *stream) error
	writing func(context.Context, io.Writer) error // of a file that is too long to be held
	to      string
	said    words // shown once on the next page
	cookies []*http.Cookie
	article *ui.Article // the page of a message, for a frame of ours
}

// words is a text in Chinese with what stands in it; it is translated when it
// is shown.
type words struct {
	text string
	args []any
}

// say makes words. Of text there has to be an English one.
func say(text string, args ...any) words { return words{text, args} }

func (w words) in(lang string) string { return translate(lang, w.text, w.args...) }

// shown is a page.
func shown(page string, title words, data any) reply {
	return reply{status: http.StatusOK, page: page, title: title, data: data}
}

// part is a template of a page, for htmx to put in.
func part(page, part string, data any) reply {
	return reply{status: http.StatusOK, page: page, part: part, data: data}
}

// wrong makes a page with a form in it answer that something has to be put
// right.
func (a reply) wrong() reply {
	a.status = http.StatusUnprocessableEntity
	return a
}

// sentTo leads on.
func sentTo(path string) reply { return reply{status: http.StatusSeeOther, to: path} }

// saying lets the next page say that something is done.
func (a reply) saying(text string, args ...any) reply {
	a.said = say(text, args...)
	return a
}

// refused is a page that says what happened and what to do.
func refused(status int, n notice) reply {
	return reply{status: status, page: "notice", title: n.title, data: n}
}

// A notice fills a page that has nothing else to show.
type notice struct {
	mark        string
	title, text words
	action      words
	url         string
}

// view is the notice in a language.
func (n notice) view(lang string) ui.Notice {
	v := ui.Notice{Mark: n.mark, Title: n.title.in(lang), Text: n.text.in(lang)}
	if n.url != "" {
		v.Action = &ui.Link{Text: n.action.in(lang), URL: n.url}
	}
	return v
}

// write answers.
func (c *Console) write(w http.ResponseWriter, r *request, a reply) {
	headers(w.Header())
	if a.said.text != "" {
		a.cookies = append(a.cookies, c.toast(a.said.in(r.lang)))
	}
	for _, cookie := range a.cookies {
		http.SetCookie(w, cookie)
	}
	switch {
	case a.live != nil:
		c.stream(w, r, a.live)
	case a.writing != nil:
		c.writeOut(w, r, a)
	case a.to != "" && r.htmx():
		w.Header().Set("HX-Redirect", a.to)
		w.WriteHeader(http.StatusOK)
	case a.to != "":
		http.Redirect(w, r.Request, a.to, a.status)
	case a.article != nil:
		c.writeArticle(w, r, a.article)
	case a.file != nil:
		writeFile(w, a)
	default:
		c.writePage(w, r, a)
	}
}

func (c *Console) writePage(w http.ResponseWriter, r *request, a reply) {
	var b bytes.Buffer
	var err error
	if a.part != "" {
		err = c.pages[r.lang].Fragment(&b, a.page, a.part, c.frame(w, r, a))
	} else {
		err = c.pages[r.lang].Write(&b, a.page, c.view(w, r, a))
	}
	if err != nil {
		c.o.Log.Error("write console page", "page", a.page, "err", err)
		http.Error(w, wordsBroken.title.in(r.lang), http.StatusInternalServerError)
		return
	}
	if r.htmx() && a.part == "" { // the whole page, whatever part was asked for
		w.Header().Set("HX-Retarget", "body")
		w.Header().Set("HX-Reswap", "innerHTML")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	ui.WritePacked(w, r.Request, a.status, b.Bytes())
}

// writeArticle writes what a sender wrote as its readers see it, under the
// policy of their page.
func (c *Console) writeArticle(w http.ResponseWriter, r *request, a *ui.Article) {
	var b bytes.Buffer
	if err := c.pages[r.lang].Write(&b, "article", a.View()); err != nil {
		c.o.Log.Error("write the page of a message", "err", err)
		http.Error(w, wordsBroken.title.in(r.lang), http.StatusInternalServerError)
		return
	}
	ui.ArticleHeaders(w.Header(), a.Copies, true)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	ui.WritePacked(w, r.Request, http.StatusOK, b.Bytes())
}

func writeFile(w http.ResponseWriter, a reply) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Content-Length", strconv.Itoa(len(a.file)))
	if a.framed {
		h.Set("Content-Security-Policy", strangerPolicy)
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("Referrer-Policy", "no-referrer")
	}
	if a.name != "" {
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", a.name))
	}
	w.WriteHeader(a.status)
	w.Write(a.file)
}

// written is a file of this kind to keep by a name, written piece by piece.
func written(kind, name string, writing func(context.Context, io.Writer) error) reply {
	return reply{status: http.StatusOK, kind: kind, name: name, writing: writing}
}

// writeOut writes such a file. When it cannot be finished the connection is
// cut, so that nobody takes it for the whole.
func (c *Console) writeOut(w http.ResponseWriter, r *request, a reply) {
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", a.name))
	w.WriteHeader(a.status)
	if err := a.writing(r.Context(), patient{w, http.NewResponseController(w)}); err != nil {
		c.o.Log.Error("console file", "path", r.URL.Path, "err", err)
		panic(http.ErrAbortHandler)
	}
}

// patient gives the reader of a long file half a minute for each piece.
type patient struct {
	io.Writer
	out *http.ResponseController
}

func (p patient) Write(b []byte) (int, error) {
	_ = p.out.SetWriteDeadline(time.Now().Add(30 * time.Second)) // not every writer has one
	return p.Writer.Write(b)
}

// policy lets nothing in but our own files. Frames are for what senders wrote,
// each in a sandbox of its own.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// strangerPolicy is that of a file which a sender wrote: it has no origin, runs
// nothing and stands in frames of ours only.
const strangerPolicy = "sandbox; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

func headers(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "no-store")
}

// toast is the cookie that carries what the next page says, sealed so that
// nobody else can make the console say something.
func (c *Console) toast(text string) *http.Cookie {
	return c.cookies.make(c.cookies.said, c.said.Seal([]byte(text)), 60)
}

// takeToast reads that cookie and drops it.
func (c *Console) takeToast(w http.ResponseWriter, r *request) string {
	cookie, err := r.Cookie(c.cookies.said)
	if err != nil {
		return ""
	}
	http.SetCookie(w, c.cookies.make(c.cookies.said, "", 0))
	plain, err := c.said.Open(cookie.Value)
	if err != nil {
		return ""
	}
	return string(plain)
}

// inside tells whether a path is one of the console's own, to lead on to.
func inside(path string) bool {
	return strings.HasPrefix(path, Prefix) && !strings.ContainsAny(path, "\\\r\n") && !strings.Contains(path, "//") && !strings.Contains(path, "..")
}
