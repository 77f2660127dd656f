package oa

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// refusals are all the reasons a document may be refused for.
func refusals() []error {
	return []error{ErrEmpty, ErrTooLarge, ErrEncoding, ErrDTD, ErrTooDeep, ErrTooMany, ErrDuplicate, ErrMixed, ErrRoots, ErrMalformed, ErrNoHead}
}

// sound checks what holds for every document: a named refusal, or an event
// that everything downstream can store and show.
func sound(t *testing.T, body []byte, asJSON bool) {
	ev, err := Parse(body, asJSON)
	if err != nil {
		if !slices.ContainsFunc(refusals(), func(reason error) bool { return errors.Is(err, reason) }) {
			t.Fatalf("refused without a reason: %v", err)
		}
		return
	}
	h := ev.Head()
	if h.OpenID == "" || h.Type == "" || h.At.Unix() <= 0 || len(h.Key()) > maxKey || h.Key() == "" {
		t.Fatalf("head %+v", h)
	}
	for _, text := range textsOf(ev) {
		if !utf8.ValidString(text) || strings.IndexFunc(text, forbidden) >= 0 {
			t.Fatalf("text %q cannot be stored", text)
		}
	}
	again, err := Parse(body, asJSON)
	if err != nil || again.Head().Key() != h.Key() {
		t.Fatal("parsed twice, it is another event")
	}
}

func textsOf(ev Event) []string {
	h := ev.Head()
	texts := []string{h.To, h.OpenID, h.Type, h.Event, h.EventKey}
	switch e := ev.(type) {
	case *Text:
		texts = append(texts, e.Content, e.MenuID)
	case *Subscribe:
		texts = append(texts, e.Scene, e.Ticket)
	case *TemplateFinished:
		texts = append(texts, e.Status)
	case *Unknown:
		for name, text := range e.Fields {
			texts = append(texts, name, text)
		}
	}
	return texts
}

func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) { sound(t, body, false) })
}

func FuzzParseJSON(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) { sound(t, body, true) })
}

// FuzzHandler sends raw requests. How decides what is right about them: the
// signature of the request (bit 0), that of the ciphertext (bit 1), the
// envelope made of body (bit 2); bits 3 and 4 choose mode and format. Nothing
// unproven may reach Handle, and every answer is one of a few.
func FuzzHandler(f *testing.F) {
	f.Fuzz(func(t *testing.T, how uint8, query, body string) {
		w := newWire(t, []Mode{ModePlain, ModeSafe, ModeCompatible, ModeSafe}[how>>3&3], func(a *Account) { a.JSON = how&32 != 0 })
		text := body
		if how&4 != 0 {
			body, text = w.sealedBody(t, body)
		}
		q, _ := url.ParseQuery(query)
		if how&3 != 0 {
			q.Set("timestamp", strconv.FormatInt(w.now.Unix(), 10))
			q.Set("nonce", "1")
		}
		if how&1 != 0 {
			q.Set("signature", Signature(goldenToken, q.Get("timestamp"), "1"))
		}
		if how&2 != 0 {
			q.Set("msg_signature", Signature(goldenToken, q.Get("timestamp"), "1", text))
		}
		w.answer = func(Event) (Reply, error) { return TextReply{"好"}, nil }
		rec := w.post(q, body)
		// The official vectors are proofs too, and the fuzzer knows them.
		proven := q.Get("signature") == Signature(goldenToken, q.Get("timestamp"), q.Get("nonce"))
		if w.account.Mode != ModePlain {
			proven = how&6 == 6 || q.Get("msg_signature") == goldenMsgSign
		}
		wantAllowed(t, w, rec, proven)
	})
}

func wantAllowed(t *testing.T, w *wire, rec *httptest.ResponseRecorder, proven bool) {
	t.Helper()
	switch {
	case !slices.Contains([]int{200, 400, 403, 413}, rec.Code):
		t.Fatalf("answered %d", rec.Code)
	case (rec.Code == 200) != (len(w.got) == 1):
		t.Fatalf("answered %d with %d events handed on", rec.Code, len(w.got))
	case rec.Code == 200 && !proven:
		t.Fatalf("unproven and handed on: %+v", w.got[0])
	case rec.Header().Get("Content-Type") == "":
		t.Fatal("no content type")
	}
}
