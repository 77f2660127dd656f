package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

// echo is an account built on package oa: it answers what was said, and how
// someone came.
func echo(t *testing.T, p *platform, mode oa.Mode, asJSON bool) *[]oa.Event {
	t.Helper()
	var events []oa.Event
	h, err := oa.NewHandler(oa.Account{AppID: appID, Secret: secret, OriginalID: origin, Token: token, AESKey: aesKey, Mode: mode, JSON: asJSON},
		oa.HandlerOptions{Now: p.Now, Handle: func(_ context.Context, ev oa.Event) (oa.Reply, error) {
			events = append(events, ev)
			switch e := ev.(type) {
			case *oa.Text:
				return oa.TextReply{Content: "你说：" + e.Content}, nil
			case *oa.Subscribe:
				return oa.TextReply{Content: "欢迎，场景 " + e.Scene}, nil
			}
			return nil, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	p.account.replies(h.ServeHTTP)
	return &events
}

// Row 1: every mode and format is understood by package oa, in both ways.
func TestCallbacks_EveryModeAndFormat(t *testing.T) {
	for _, mode := range []oa.Mode{oa.ModePlain, oa.ModeCompatible, oa.ModeSafe} {
		for _, asJSON := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s json=%t", mode, asJSON), func(t *testing.T) {
				p := newPlatform(t, func(o *sandbox.Options) { o.Mode, o.JSON = mode, asJSON })
				events := echo(t, p, mode, asJSON)
				f := p.Add()
				got := must[sandbox.Answer](t)(f.Follow(t.Context()))
				if got.Shown != sandbox.ShownReply || got.Reply != "欢迎，场景 " {
					t.Fatalf("follow shows %+v", got)
				}
				text := "重启 ]]> <b>&amp;</b> 🐦\n第二行"
				got = must[sandbox.Answer](t)(f.Say(t.Context(), text))
				if got.Reply != "你说："+text {
					t.Fatalf("say shows %+v", got)
				}
				if n := len(*events); n != 2 {
					t.Fatalf("account saw %d events, want 2", n)
				}
				checkEnvelope(t, p.account.posts()[1], mode, asJSON)
			})
		}
	}
}

// checkEnvelope looks at the bytes on the wire.
func checkEnvelope(t *testing.T, got posted, mode oa.Mode, asJSON bool) {
	t.Helper()
	if clear := strings.Contains(got.body, "FromUserName"); clear == (mode == oa.ModeSafe) {
		t.Errorf("mode %s: clear fields in the body is %t", mode, clear)
	}
	if sealed := strings.Contains(got.body, "Encrypt"); sealed == (mode == oa.ModePlain) {
		t.Errorf("mode %s: Encrypt in the body is %t", mode, sealed)
	}
	if isJSON := json.Valid([]byte(got.body)); isJSON != asJSON {
		t.Errorf("body is JSON: %t, want %t", isJSON, asJSON)
	}
	if aes := got.query.Get("encrypt_type") == "aes"; aes == (mode == oa.ModePlain) {
		t.Errorf("mode %s: encrypt_type=aes is %t", mode, aes)
	}
	want := oa.Signature(token, got.query.Get("timestamp"), got.query.Get("nonce"))
	if got.query.Get("signature") != want || got.query.Get("x") != "1" || got.query.Get("openid") == "" {
		t.Errorf("query is %v", got.query)
	}
}

// Row 2, F16: five seconds, three attempts, bodies identical to the byte,
// each attempt newly signed. Row 3: then the phone shows the fault text.
func TestF16_CallbackThreeAttemptsThenFault(t *testing.T) {
	for name, attempts := range map[string]int{"three in all": 3, "one and three": 4} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform(t, func(o *sandbox.Options) { o.Mode = oa.ModeSafe })
				f := p.member()
				p.set(`{"callbackAttempts":%d}`, attempts)
				p.account.replies(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
				began := time.Now()
				got := must[sandbox.Answer](t)(f.Say(t.Context(), "在吗"))
				if got.Shown != sandbox.ShownFault || got.Reply != "" {
					t.Errorf("phone shows %+v, want the fault", got)
				}
				if took, want := time.Since(began), time.Duration(attempts)*5*time.Second; took != want {
					t.Errorf("gave up after %s, want %s", took, want)
				}
				posts := p.account.posts()
				if len(posts) != attempts {
					t.Fatalf("%d attempts, want %d", len(posts), attempts)
				}
				for _, again := range posts[1:] {
					if again.body != posts[0].body {
						t.Error("an attempt's body differs")
					}
					for _, name := range []string{"nonce", "timestamp", "signature", "msg_signature"} {
						if again.query.Get(name) == posts[0].query.Get(name) {
							t.Errorf("%s was not renewed", name)
						}
					}
				}
				chat := f.Chat()
				if last := chat[len(chat)-1]; last.Kind != sandbox.KindNotification || !strings.Contains(last.Text, "出现故障") {
					t.Errorf("chat ends with %+v", last)
				}
			})
		})
	}
}

// J: attempts may overlap; the follower gets one answer all the same.
func TestF16_CallbackAttemptsOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		f := p.member()
		p.set(`{"callbackOverlapMs":1000}`)
		p.account.replies(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(2500 * time.Millisecond) // bubble time
			_, _ = io.WriteString(w, textReply(f.OpenID, "来了"))
		})
		got := must[sandbox.Answer](t)(f.Say(t.Context(), "在吗"))
		if got.Reply != "来了" {
			t.Errorf("phone shows %+v", got)
		}
		posts := p.account.posts()
		if len(posts) != 3 {
			t.Fatalf("%d attempts, want 3", len(posts))
		}
		for i, post := range posts {
			if want := posts[0].at.Add(time.Duration(i) * time.Second); !post.at.Equal(want) {
				t.Errorf("attempt %d at %s, want %s", i+1, post.at, want)
			}
		}
		replies := 0
		for _, e := range f.Chat() {
			if e.Kind == sandbox.KindReply {
				replies++
			}
		}
		if replies != 1 {
			t.Errorf("phone shows %d replies, want 1", replies)
		}
	})
}

// Once an attempt is answered no other is started.
func TestF16_OverlapEndsWithTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		f := p.member()
		p.set(`{"callbackOverlapMs":1000}`)
		p.account.replies(func(http.ResponseWriter, *http.Request) { time.Sleep(1500 * time.Millisecond) }) // bubble time
		must[sandbox.Answer](t)(f.Say(t.Context(), "在吗"))
		if n := len(p.account.posts()); n != 2 {
			t.Errorf("%d attempts, want 2", n)
		}
	})
}

// J: spacing between attempts, and a repeat of an answered callback.
func TestCallbackSpacingAndDuplicate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlatform(t)
		f := p.member()
		p.set(`{"callbackSpacingMs":700,"callbackDuplicate":1}`)
		tries := 0
		p.account.replies(func(w http.ResponseWriter, _ *http.Request) {
			if tries++; tries == 1 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		if got := must[sandbox.Answer](t)(f.Say(t.Context(), "在吗")); got.Shown != sandbox.ShownNothing {
			t.Errorf("phone shows %+v, want nothing", got)
		}
		posts := p.account.posts()
		if len(posts) != 3 || posts[1].at.Sub(posts[0].at) != 700*time.Millisecond {
			t.Errorf("%d attempts: %v", len(posts), posts)
		}
	})
}

func textReply(openid, text string) string {
	return "<xml><ToUserName><![CDATA[" + openid + "]]></ToUserName><FromUserName><![CDATA[" + origin +
		"]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[" + text + "]]></Content></xml>"
}

// Row 3: what the phone makes of every kind of answer.
func TestAnswers_WhatThePhoneShows(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	reply := func(kind, nodes string) string {
		return "<xml><ToUserName>" + f.OpenID + "</ToUserName><FromUserName>" + origin + "</FromUserName><CreateTime>1</CreateTime><MsgType>" + kind + "</MsgType>" + nodes + "</xml>"
	}
	article := "<item><Title>题</Title><Description>文</Description><PicUrl/><Url>https://h/1</Url></item>"
	for name, tc := range map[string]struct {
		body  string
		shown sandbox.Shown
		text  string
	}{
		"success":           {"success", sandbox.ShownNothing, ""},
		"empty":             {"", sandbox.ShownNothing, ""},
		"text":              {textReply(f.OpenID, "好"), sandbox.ShownReply, "好"},
		"empty text":        {textReply(f.OpenID, ""), sandbox.ShownFault, ""},
		"image":             {reply("image", "<Image><MediaId>m1</MediaId></Image>"), sandbox.ShownReply, "[图片] m1"},
		"image without id":  {reply("image", "<Image/>"), sandbox.ShownFault, ""},
		"music":             {reply("music", "<Music><ThumbMediaId>m</ThumbMediaId><Description>曲</Description></Music>"), sandbox.ShownReply, "[音乐] 曲"},
		"news":              {reply("news", "<ArticleCount>1</ArticleCount><Articles>"+article+"</Articles>"), sandbox.ShownReply, "文"},
		"two news":          {reply("news", "<ArticleCount>2</ArticleCount><Articles>"+article+article+"</Articles>"), sandbox.ShownFault, ""},
		"transfer":          {reply("transfer_customer_service", ""), sandbox.ShownNothing, ""},
		"JSON":              {`{"ok":true}`, sandbox.ShownFault, ""},
		"HTML":              {"<html>busy</html>", sandbox.ShownFault, ""},
		"someone else's":    {textReply("oSomeoneElse", "好"), sandbox.ShownFault, ""},
		"unknown kind":      {reply("hologram", ""), sandbox.ShownFault, ""},
		"not a document":    {"ok", sandbox.ShownFault, ""},
		"wrong CreateTime":  {strings.Replace(textReply(f.OpenID, "好"), ">1<", ">now<", 1), sandbox.ShownFault, ""},
		"sealed in a plain": {"<xml><Encrypt>abc</Encrypt><MsgSignature>x</MsgSignature><TimeStamp>1</TimeStamp><Nonce>2</Nonce></xml>", sandbox.ShownFault, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p.account.replies(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, tc.body) })
			got := must[sandbox.Answer](t)(f.Say(t.Context(), "在吗"))
			if got.Shown != tc.shown || got.Reply != tc.text {
				t.Errorf("shows %+v, want %s %q", got, tc.shown, tc.text)
			}
		})
	}
}

// Safe mode takes no clear answer.
func TestAnswers_ClearInSafeModeIsAFault(t *testing.T) {
	p := newPlatform(t, func(o *sandbox.Options) { o.Mode = oa.ModeSafe })
	f := p.member()
	p.account.replies(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, textReply(f.OpenID, "好")) })
	if got := must[sandbox.Answer](t)(f.Say(t.Context(), "在吗")); got.Shown != sandbox.ShownFault {
		t.Errorf("shows %+v, want the fault", got)
	}
}

// Without a callback URL the phone shows the fault and nothing hangs.
func TestCallback_NoURL(t *testing.T) {
	p := newPlatform(t)
	p.SetCallback("", nil)
	if got := must[sandbox.Answer](t)(p.Add().Follow(t.Context())); got.Shown != sandbox.ShownFault {
		t.Errorf("shows %+v", got)
	}
}

// Row 14: roughened documents are still read by package oa, in every format.
func TestNoise_IsReadable(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		p := newPlatform(t, func(o *sandbox.Options) { o.JSON = asJSON })
		p.set(`{"noise":1}`)
		echo(t, p, oa.ModePlain, asJSON)
		f := p.Add()
		must[sandbox.Answer](t)(f.Follow(t.Context()))
		text := "控制\u0002字符 ]]> 结束 ]]]]>> 🐦"
		if got := must[sandbox.Answer](t)(f.Say(t.Context(), text)); got.Shown != sandbox.ShownReply {
			t.Errorf("json=%t: shows %+v", asJSON, got)
		}
		if !strings.Contains(p.account.posts()[1].body, "UnknownNode") {
			t.Error("document has no noise")
		}
	}
}

// J: the id of a tapped choice arrives in four ways, its text always.
func TestTap_MenuIDAsSet(t *testing.T) {
	for how, want := range map[string]string{
		"given": "<bizmsgmenuid><![CDATA[101]]></bizmsgmenuid>", "zero": "<bizmsgmenuid>0</bizmsgmenuid>",
		"empty": "<bizmsgmenuid><![CDATA[]]></bizmsgmenuid>", "absent": "",
	} {
		t.Run(how, func(t *testing.T) {
			p := newPlatform(t)
			echo(t, p, oa.ModePlain, false)
			f := p.member()
			must[sandbox.Answer](t)(f.Say(t.Context(), "菜单"))
			p.set(`{"menuID":%q}`, how)
			menu := `{"touser":"` + f.OpenID + `","msgtype":"msgmenu","msgmenu":{"head_content":"选","list":[{"id":"101","content":"满意"}],"tail_content":"谢"}}`
			wantCode(t, p.call("POST", "/cgi-bin/message/custom/send", menu), 0)
			got := must[sandbox.Answer](t)(f.Tap(t.Context(), "101"))
			if got.Reply != "你说：满意" {
				t.Fatalf("tap shows %+v", got)
			}
			posts := p.account.posts()
			last := posts[len(posts)-1].body
			if !strings.Contains(last, want) || want == "" && strings.Contains(last, "bizmsgmenuid") {
				t.Errorf("posted %s, want %q", last, want)
			}
			if _, err := f.Tap(t.Context(), "999"); err == nil {
				t.Error("a choice nobody offered was tapped")
			}
		})
	}
}

// Menu links within a text are tapped like a menu message.
func TestTap_LinkInText(t *testing.T) {
	p := newPlatform(t)
	f := p.member()
	p.account.replies(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, textReply(f.OpenID, `<a href="weixin://bizmsgmenu?msgmenucontent=%2397 重启&msgmenuid=7">查询</a>`))
	})
	must[sandbox.Answer](t)(f.Say(t.Context(), "查询"))
	must[sandbox.Answer](t)(f.Tap(t.Context(), "7"))
	posts := p.account.posts()
	if last := posts[len(posts)-1].body; !strings.Contains(last, "<![CDATA[#97 重启]]>") || !strings.Contains(last, "<bizmsgmenuid><![CDATA[7]]>") {
		t.Errorf("tap posted %s", last)
	}
}

// An account's page that is opened by a menu is told as VIEW.
func TestClickAndView(t *testing.T) {
	p := newPlatform(t)
	events := echo(t, p, oa.ModePlain, false)
	f := p.member()
	must[sandbox.Answer](t)(f.Click(t.Context(), "MY_UID"))
	if got := must[sandbox.Answer](t)(f.View(t.Context(), "https://h/page")); got.URL != "https://h/page" {
		t.Errorf("view opens %q", got.URL)
	}
	must[sandbox.Answer](t)(f.Unfollow(t.Context()))
	n := len(*events)
	if click := (*events)[n-3].(*oa.Click); click.Key != "MY_UID" {
		t.Errorf("click is %+v", click)
	}
	if view := (*events)[n-2].(*oa.View); view.URL != "https://h/page" {
		t.Errorf("view is %+v", view)
	}
	if _, ok := (*events)[n-1].(*oa.Unsubscribe); !ok {
		t.Errorf("last event is %T", (*events)[n-1])
	}
	if _, err := f.Say(t.Context(), "还在吗"); err == nil {
		t.Error("someone who left could still talk")
	}
}
