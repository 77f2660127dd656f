package oa

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// answered is the document that answers a message or an event, without the
// common head.
func answered(t *testing.T, reply Reply, kind string, asJSON bool) string {
	t.Helper()
	h := &Head{To: "gh_1", OpenID: "o1", Type: kind}
	out, err := answer(reply, h, time.Unix(12345678, 0), asJSON)
	if err != nil {
		t.Fatal(err)
	}
	const head = `<xml><ToUserName><![CDATA[o1]]></ToUserName><FromUserName><![CDATA[gh_1]]></FromUserName><CreateTime>12345678</CreateTime>`
	return strings.TrimSuffix(strings.TrimPrefix(string(out), head), "</xml>")
}

func TestReply_EveryKindAsDocumented(t *testing.T) {
	two := NewsReply{[]Article{{"一", "d1", "p1", "u1?a&b"}, {"二", "d2", "p2", "u2"}}}
	item := func(a, d, p, u string) string {
		return "<item>" + cdata("Title", a) + cdata("Description", d) + cdata("PicUrl", p) + cdata("Url", u) + "</item>"
	}
	for _, c := range []struct {
		name  string
		reply Reply
		kind  string
		want  string
	}{
		{"text", TextReply{"你好\n第二行"}, "text", cdata("MsgType", "text") + cdata("Content", "你好\n第二行")},
		{"image", ImageReply{"m"}, "text", cdata("MsgType", "image") + "<Image>" + cdata("MediaId", "m") + "</Image>"},
		{"voice", VoiceReply{"m"}, "text", cdata("MsgType", "voice") + "<Voice>" + cdata("MediaId", "m") + "</Voice>"},
		{"video", VideoReply{"m", "t", "d"}, "text", cdata("MsgType", "video") + "<Video>" + cdata("MediaId", "m") + cdata("Title", "t") + cdata("Description", "d") + "</Video>"},
		{"music", MusicReply{"t", "d", "u", "h", "m"}, "text", cdata("MsgType", "music") + "<Music>" + cdata("Title", "t") + cdata("Description", "d") + cdata("MusicUrl", "u") + cdata("HQMusicUrl", "h") + cdata("ThumbMediaId", "m") + "</Music>"},
		{"news to an event", two, "event", cdata("MsgType", "news") + "<ArticleCount>2</ArticleCount><Articles>" + item("一", "d1", "p1", "u1?a&b") + item("二", "d2", "p2", "u2") + "</Articles>"},
		{"news to a message", two, "text", cdata("MsgType", "news") + "<ArticleCount>1</ArticleCount><Articles>" + item("一", "d1", "p1", "u1?a&b") + "</Articles>"},
		{"transfer", TransferReply{}, "text", cdata("MsgType", "transfer_customer_service")},
		{"transfer to one", TransferReply{"test1@test"}, "text", cdata("MsgType", "transfer_customer_service") + "<TransInfo>" + cdata("KfAccount", "test1@test") + "</TransInfo>"},
		{"nothing", nil, "text", ""},
		{"empty text", TextReply{}, "text", ""},
		{"no articles", NewsReply{}, "text", ""},
	} {
		if got := answered(t, c.reply, c.kind, false); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	const news = `{"ArticleCount":2,"Articles":{"item":[{"Description":"d1","PicUrl":"p1","Title":"一","Url":"u1?a&b"},{"Description":"d2","PicUrl":"p2","Title":"二","Url":"u2"}]},"CreateTime":12345678,"FromUserName":"gh_1","MsgType":"news","ToUserName":"o1"}`
	if got := answered(t, two, "event", true); got != news {
		t.Errorf("got %s, want %s", got, news)
	}
}

func TestReply_StaysWithinLimits(t *testing.T) {
	many := NewsReply{make([]Article, 20)}
	if got := answered(t, many, "event", false); strings.Count(got, "<item>") != 8 || !strings.Contains(got, "<ArticleCount>8<") {
		t.Errorf("got %s", got)
	}
	got := answered(t, TextReply{strings.Repeat("雁", 5000)}, "text", false)
	if text := strings.TrimSuffix(strings.TrimPrefix(got, cdata("MsgType", "text")+"<Content><![CDATA["), "]]></Content>"); len(text) > 2048 || !strings.HasSuffix(text, "雁…") {
		t.Errorf("%d bytes", len(text))
	}
}

// TestReply_ArrivesAsWritten: any text, whatever it contains, reaches the
// phone; only what no phone can show is left out.
func TestReply_ArrivesAsWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		content := rapid.StringOfN(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("]>&<\"'\r\n\x02鸿雁🐦\ufffe"))), 1, 200, 2000).Draw(r, "content")
		for _, asJSON := range []bool{false, true} {
			out, err := answer(TextReply{content}, &Head{To: "gh_1", OpenID: "o1", Type: "text"}, time.Unix(12345678, 0), asJSON)
			if err != nil {
				r.Fatal(err)
			}
			ev, err := Parse(out, asJSON)
			if err != nil {
				r.Fatalf("%s: %v", out, err)
			}
			want := dropForbiddenText(content)
			if !asJSON { // XML has one line break
				want = strings.ReplaceAll(strings.ReplaceAll(want, "\r\n", "\n"), "\r", "\n")
			}
			if got := ev.(*Text).Content; got != want {
				r.Fatalf("got %q, want %q", got, want)
			}
		}
	})
}

func TestCutText_NeverCutsACharacter(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.StringN(0, 1500, -1).Draw(r, "s")
		got := CutText(s)
		if len(got) > maxReplyText || !utf8.ValidString(got) && utf8.ValidString(s) {
			r.Fatalf("%d bytes", len(got))
		}
		if len(s) <= maxReplyText && got != s {
			r.Fatal("a short text was changed")
		}
	})
}

func TestHandler_SaysSuccessWhenThereIsNothingToSay(t *testing.T) {
	w := newWire(t, ModeSafe)
	for _, reply := range []Reply{nil, TextReply{}, NewsReply{}} {
		w.answer = func(Event) (Reply, error) { return reply, nil }
		want(t, w.send(t, say("x")), 200, textPlain, "success")
	}
}
