package oa

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestNewHandler_RefusesAccountsThatVerifyNothing(t *testing.T) {
	good := Account{AppID: goldenAppID, Token: goldenToken, AESKey: goldenKey(), Mode: ModeSafe, Secret: "sesame"}
	for name, change := range map[string]func(*Account){
		"empty token":        func(a *Account) { a.Token = "" },
		"only previous":      func(a *Account) { a.Token, a.PreviousToken = "", "old" },
		"no mode":            func(a *Account) { a.Mode = "" },
		"unknown mode":       func(a *Account) { a.Mode = "安全" },
		"safe, no key":       func(a *Account) { a.AESKey = "" },
		"compatible, no key": func(a *Account) { a.Mode, a.AESKey = ModeCompatible, "" },
		"broken key":         func(a *Account) { a.AESKey = "short" },
		"broken old key":     func(a *Account) { a.PreviousAESKey = "short" },
		"no appid":           func(a *Account) { a.AppID = "" },
	} {
		a := good
		change(&a)
		h, err := NewHandler(a, HandlerOptions{Handle: func(context.Context, Event) (Reply, error) { return nil, nil }})
		if err == nil || h != nil {
			t.Errorf("%s: taken", name)
		} else if strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), goldenToken) {
			t.Errorf("%s: the error has a secret: %v", name, err)
		}
	}
	if _, err := NewHandler(good, HandlerOptions{}); err == nil {
		t.Error("an endpoint without Handle was made")
	}
}

func TestHandler_VerifiesTheAddress(t *testing.T) {
	for _, mode := range []Mode{ModePlain, ModeCompatible, ModeSafe} {
		w := newWire(t, mode)
		w.now = time.Unix(1714036504, 0)
		q := url.Values{"signature": {"f464b24fc39322e44b38aa78f5edd27bd1441696"}, "timestamp": {"1714036504"},
			"nonce": {"1514711492"}, "echostr": {"4375120948345356249"}}
		for range 10 { // WeChat may ask again
			want(t, w.do("GET", "", q, ""), 200, textPlain, "4375120948345356249")
		}
		q.Set("nonce", "1514711493")
		w.wantRefused(t, w.do("GET", "", q, ""), 403)
	}
}

func TestHandler_EchoesOnlyShortTextsAsText(t *testing.T) {
	w := newWire(t, ModeSafe)
	q := w.query("")
	q.Set("echostr", "<script>alert(1)</script>")
	want(t, w.do("GET", "", q, ""), 200, textPlain, "<script>alert(1)</script>")
	q.Set("echostr", strings.Repeat("9", 257))
	w.wantRefused(t, w.do("GET", "", q, ""), 400)
	q.Del("echostr")
	w.wantRefused(t, w.do("GET", "", q, ""), 400)
}

func TestHandler_OpensTheOfficialSafeRequest(t *testing.T) {
	w := newWire(t, ModeSafe, asJSON)
	w.answer = func(Event) (Reply, error) { return TextReply{"good luck"}, nil }
	q := url.Values{"signature": {"6c5c811b55cc85e0e1b54100749188c20beb3f5d"}, "timestamp": {"1714112445"},
		"nonce": {goldenNonce}, "openid": {goldenOpenID}, "encrypt_type": {"aes"}, "msg_signature": {goldenMsgSign}}
	rec := w.post(q, `{"ToUserName":"gh_97417a04a28d","Encrypt":"`+goldenEncrypt+`"}`)
	if rec.Code != 200 || len(w.got) != 1 {
		t.Fatalf("answered %d, handed on %d", rec.Code, len(w.got))
	}
	ev, ok := w.got[0].(*Unknown)
	if !ok || ev.Fields["debug_str"] != "hello world" || ev.OpenID != goldenOpenID || string(ev.Raw) != goldenPlain {
		t.Errorf("got %+v", w.got[0])
	}
}

// TestHandler_AnswersInTheFormatOfTheQuestion covers all modes and formats.
func TestHandler_AnswersInTheFormatOfTheQuestion(t *testing.T) {
	const document = `<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1714112445</CreateTime><MsgType>text</MsgType><Content>在吗</Content><MsgId>7</MsgId></xml>`
	const documentJSON = `{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1714112445,"MsgType":"text","Content":"在吗","MsgId":7}`
	const replyXML = `<xml><ToUserName><![CDATA[o1]]></ToUserName><FromUserName><![CDATA[gh_1]]></FromUserName><CreateTime>1714112445</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[在，<a href="https://a/?b&c">详情</a>]]></Content></xml>`
	const replyJSON = `{"Content":"在，<a href=\"https://a/?b&c\">详情</a>","CreateTime":1714112445,"FromUserName":"gh_1","MsgType":"text","ToUserName":"o1"}`
	for _, mode := range []Mode{ModePlain, ModeCompatible, ModeSafe} {
		for _, c := range []struct {
			change                      func(*Account)
			document, reply, kind, name string
		}{
			{func(*Account) {}, document, replyXML, textXML, "XML"},
			{asJSON, documentJSON, replyJSON, textJSON, "JSON"},
		} {
			t.Run(string(mode)+" "+c.name, func(t *testing.T) {
				w := newWire(t, mode, c.change)
				w.answer = func(Event) (Reply, error) { return TextReply{`在，<a href="https://a/?b&c">详情</a>`}, nil }
				rec := w.send(t, c.document)
				if len(w.got) != 1 || w.got[0].(*Text).Content != "在吗" {
					t.Fatalf("handed on %v, answered %d %s", w.got, rec.Code, rec.Body)
				}
				if mode == ModePlain {
					want(t, rec, 200, c.kind, c.reply)
				} else {
					want(t, rec, 200, c.kind, rec.Body.String())
					if got := w.openReply(t, rec.Body.Bytes()); got != c.reply {
						t.Errorf("sealed reply %s, want %s", got, c.reply)
					}
				}
				w.answer = nil
				want(t, w.send(t, c.document), 200, textPlain, "success")
			})
		}
	}
}

// openReply is what WeChat does with a sealed answer.
func (w *wire) openReply(t *testing.T, body []byte) string {
	t.Helper()
	root, err := parseDocument(body, w.account.JSON)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	text := root.get("Encrypt")
	if root.get("MsgSignature") != Signature(w.account.Token, root.get("TimeStamp"), root.get("Nonce"), text) {
		t.Errorf("reply is not signed: %s", body)
	}
	if root.get("TimeStamp") != strconv.FormatInt(w.now.Unix(), 10) {
		t.Errorf("reply of another time: %s", body)
	}
	if w.account.JSON && !json.Valid(body) {
		t.Errorf("no JSON: %s", body)
	}
	c, err := NewCipher(w.account.AESKey, w.account.AppID)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := c.Open(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestHandler_SilentEventsGetSuccess(t *testing.T) {
	w := newWire(t, ModeSafe)
	w.answer = func(Event) (Reply, error) { return TextReply{"nobody reads this"}, nil }
	for _, r := range rows() {
		if !silent(r.want) {
			continue
		}
		want(t, w.send(t, r.xml), 200, textPlain, "success")
	}
	if len(w.got) < 15 {
		t.Errorf("only %d events were handed on", len(w.got))
	}
}

func TestHandler_RotatesTokensAndKeys(t *testing.T) {
	now := newWire(t, ModeSafe, func(a *Account) {
		a.Token, a.PreviousToken = "newtoken", goldenToken
		a.AESKey, a.PreviousAESKey = strings.Repeat("B", 43), goldenKey()
	})
	before := newWire(t, ModeSafe)
	body, text := before.sealedBody(t, say("旧"))
	now.answer = func(Event) (Reply, error) { return TextReply{"好"}, nil }
	rec := now.post(before.query(text), body)
	if rec.Code != 200 || !strings.Contains(before.openReply(t, rec.Body.Bytes()), "好") {
		t.Errorf("the previous token and key do not get a reply they can read: %d", rec.Code)
	}
	rec = now.send(t, say("新"))
	if rec.Code != 200 || !strings.Contains(now.openReply(t, rec.Body.Bytes()), "好") {
		t.Errorf("the current token and key do not get a reply they can read: %d", rec.Code)
	}
	if len(now.got) != 2 {
		t.Errorf("handed on %d", len(now.got))
	}
}

func TestHandler_ErrorsMakeWeChatRepeat(t *testing.T) {
	w := newWire(t, ModeSafe)
	w.answer = func(Event) (Reply, error) { return TextReply{"half done"}, errors.New("database is gone") }
	want(t, w.send(t, say("x")), 500, textPlain, "Internal Server Error")
	if !strings.Contains(w.log.String(), "database is gone") {
		t.Errorf("the cause is not logged: %s", w.log.String())
	}
}

func TestHandler_PanicsAreAnswered(t *testing.T) {
	w := newWire(t, ModePlain)
	w.answer = func(Event) (Reply, error) { panic("index out of range") }
	want(t, w.send(t, say("x")), 500, textPlain, "Internal Server Error")
	if !strings.Contains(w.log.String(), "index out of range") || !strings.Contains(w.log.String(), "handler_test.go") {
		t.Errorf("the panic is not logged with its stack: %s", w.log.String())
	}
	w.answer = nil
	want(t, w.send(t, say("x")), 200, textPlain, "success")
}

func TestHandler_TellsWhenTheEventArrived(t *testing.T) {
	var at time.Time
	h, err := NewHandler(Account{Token: goldenToken, Mode: ModePlain}, HandlerOptions{
		Now:    func() time.Time { return time.Unix(goldenTime, 5) },
		Handle: func(ctx context.Context, _ Event) (Reply, error) { at = ArrivedAt(ctx); return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t, ModePlain)
	w.Handler = h
	w.send(t, say("x"))
	if !at.Equal(time.Unix(goldenTime, 5)) {
		t.Errorf("arrived at %v", at)
	}
	if !ArrivedAt(t.Context()).IsZero() {
		t.Error("a context of no event has an arrival")
	}
}

func TestHandler_SurvivesABodyThatBreaksOff(t *testing.T) {
	w := newWire(t, ModePlain)
	r := httptest.NewRequest("POST", "/wechat/callback?"+w.query("").Encode(), brokenBody{})
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	w.wantRefused(t, rec, 400)
}

type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }

func BenchmarkHandlerSafe(b *testing.B) {
	w := newWire(b, ModeSafe)
	body, text := w.sealedBody(b, event("TEMPLATESENDJOBFINISH", "<MsgID>3557254367693750277</MsgID>"+cdata("Status", "success")))
	b.ReportAllocs()
	for b.Loop() {
		w.got = w.got[:0]
		if rec := w.post(w.query(text), body); rec.Code != 200 {
			b.Fatal(rec.Code)
		}
	}
}
