package sandbox_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

// FuzzTalk lets a follower say anything and the account answer anything. What
// is said reaches package oa as a text, in both formats; what is answered
// never breaks the phone, and a reply in due form is shown as it was written.
func FuzzTalk(f *testing.F) {
	f.Fuzz(func(t *testing.T, said, answered string) {
		if said == "" || !utf8.ValidString(said) || len(said) > 2048 {
			return // nobody can say that
		}
		for _, asJSON := range []bool{false, true} {
			p := newPlatform(t, func(o *sandbox.Options) { o.JSON = asJSON })
			u := p.member()
			p.account.replies(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answered) })
			got := must[sandbox.Answer](t)(u.Say(t.Context(), said))
			if got.Shown == sandbox.ShownReply && len(u.Chat()) != 2 {
				t.Errorf("shows %+v, chat %+v", got, u.Chat())
			}
			ev := must[oa.Event](t)(oa.Parse([]byte(p.account.posts()[0].body), asJSON))
			text, ok := ev.(*oa.Text)
			if !ok || text.MsgID == 0 || text.OpenID != u.OpenID {
				t.Fatalf("posted %+v", ev)
			}
			if asJSON && !strings.ContainsFunc(said, isControl) && text.Content != said {
				t.Errorf("said %q, posted %q", said, text.Content)
			}
		}
	})
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f || r == utf8.RuneError || r >= 0xfff0 }

// FuzzSend gives the platform any body: it answers with JSON and a rid, or
// accepts it, and the phone shows only what was accepted.
func FuzzSend(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		p := newPlatform(t, func(o *sandbox.Options) { o.Seed = 7 })
		u := p.member()
		text := strings.ReplaceAll(string(body), "OPENID", u.OpenID)
		text = strings.ReplaceAll(text, "TEMPLATE", sandbox.DefaultTemplate)
		a := p.call("POST", sendPath, text)
		cards := len(must[[]sandbox.Card](t)(p.Ledger()))
		switch {
		case a.doc == nil:
			t.Errorf("answer is not JSON: %s", a.text)
		case a.code == 0 && (a.msgid == 0 || cards != 1 || len(u.Chat()) != 2):
			t.Errorf("accepted as %s with %d cards, chat %+v", a.text, cards, u.Chat())
		case a.code != 0 && (cards != 0 || !strings.Contains(a.text, " rid: ")):
			t.Errorf("refused as %s with %d cards", a.text, cards)
		}
	})
}
