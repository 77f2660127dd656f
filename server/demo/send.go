package demo

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxForm is the largest form read, in bytes: the longest content of Chinese
// text, every byte of it percent-encoded, fits in.
const maxForm = 512 << 10

// maxContent is how many characters the platform takes.
const maxContent = 40_000

// Who a message goes to.
const (
	toFollower = "follower"
	toTopic    = "topic"
)

// form is what a person types.
type form struct {
	To, Kind, Content, Summary string
	Once                       string // makes a form that is sent twice one message
	Wrong                      string // what is wrong with the content
}

func newForm() form {
	return form{To: toFollower, Kind: "3", Content: wordsSample, Summary: wordsSampleSummary, Once: rand.Text()}
}

// read takes the form of a request; ok is false if there is none.
func (f *form) read(w http.ResponseWriter, r *http.Request) (ok bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return false
	}
	text := func(name string) string { return strings.ReplaceAll(r.PostForm.Get(name), "\r\n", "\n") }
	*f = form{To: text("to"), Kind: text("kind"), Content: text("content"), Summary: strings.TrimSpace(text("summary")), Once: text("once")}
	return true
}

// check says what is wrong, before the platform has to.
func (f *form) check() (ok bool) {
	switch n := utf8.RuneCountInString(f.Content); {
	case strings.TrimSpace(f.Content) == "":
		f.Wrong = wordsNoContent
	case n > maxContent:
		f.Wrong = fmt.Sprintf(wordsLongContent, n, maxContent)
	}
	return f.Wrong == ""
}

// message is what the developer's server sends for the form.
func (f *form) message(v Values) message {
	m := message{AppToken: v.Token, Content: f.Content, Summary: f.Summary, ContentType: 1}
	if kind, err := strconv.Atoi(f.Kind); err == nil && kind >= 1 && kind <= 3 {
		m.ContentType = kind
	}
	if f.To == toTopic {
		m.TopicIDs = []int64{v.Topic}
	} else {
		m.UIDs = []string{v.UID}
	}
	return m
}

// key is the same for the same form with the same words in it: who comes back
// to the page and changes something means another message.
func (f *form) key() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Once, f.To, f.Kind, f.Summary, f.Content}, "\x00")))
	return "demo-" + hex.EncodeToString(sum[:16])
}

// outcome is what the page shows of a send.
type outcome struct {
	Refused  string // why nothing was sent, if it is not the form's fault
	Request  string // what was sent, without the token
	Answer   string // what the platform answered
	Progress *progress
	Form     *form // what of the form changes with it; nil in the page itself
	W        pageWords
}

// send pushes what the form says and shows the receipt: in the page that
// stands, or, without script, at an address that can be loaded again.
func (d *Demo) send(w http.ResponseWriter, r *http.Request, in *introduced) {
	var f form
	standing := r.Header.Get("HX-Request") != ""
	switch {
	case f.read(w, r):
	case standing:
		d.fragment(w, "receipt", outcome{Refused: wordsLongForm.Text, W: wordsPage})
		return
	default:
		no := wordsLongForm
		no.Action = d.back()
		d.notice(w, http.StatusRequestEntityTooLarge, no)
		return
	}
	out := d.push(r, in, &f)
	if standing {
		out.Form = &f
		d.fragment(w, "receipt", out)
		return
	}
	if out.Progress == nil {
		d.show(w, r, in, http.StatusUnprocessableEntity, f, out)
		return
	}
	http.Redirect(w, r, d.o.Path+"/?"+url.Values{"sent": {strconv.FormatInt(out.Progress.Record, 10)}}.Encode()+"#receipt", http.StatusSeeOther)
}

// push sends what the form says. After it the form is one that can be sent
// again, for another message if this one went out.
func (d *Demo) push(r *http.Request, in *introduced, f *form) outcome {
	out := outcome{W: wordsPage}
	if !f.check() {
		return out // the form says why
	}
	m := f.message(in.Values)
	receipts, answer, err := d.platform.send(r.Context(), m, f.key())
	if err != nil || len(receipts) != 1 {
		out.Refused = d.inWords("send", err)
		return out
	}
	m.AppToken = wordsToken
	out.Request, out.Answer = pretty(m), pretty(json.RawMessage(answer))
	if receipts[0].Code != done {
		out.Refused = receipts[0].Status
		return out
	}
	f.Once = rand.Text()
	now := d.progressOf(r, in, receipts[0].Record)
	out.Progress = &now
	return out
}

// inWords is what a person reads of an error. One that the platform has not
// said itself is logged.
func (d *Demo) inWords(what string, err error) string {
	var no refusal
	if errors.As(err, &no) {
		return string(no)
	}
	d.o.Log.Error("demo got no answer from the platform", "call", what, "error", err)
	return wordsNoAnswer
}

// pretty is JSON to read.
func pretty(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // what was read or made just now
	text, _ := cut(strings.TrimSpace(b.String()), mostBody)
	return text
}
