package oa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// wire is a callback endpoint and a WeChat that signs what it sends there.
type wire struct {
	*Handler
	account Account
	now     time.Time
	nonce   int
	got     []Event
	log     bytes.Buffer
	answer  func(Event) (Reply, error)
}

// newWire is an endpoint of the golden account in one mode. Its clock stands
// at the time of WeChat's own example.
func newWire(t testing.TB, mode Mode, change ...func(*Account)) *wire {
	t.Helper()
	w := &wire{now: time.Unix(goldenTime, 0)}
	w.account = Account{AppID: goldenAppID, Token: goldenToken, AESKey: goldenKey(), Mode: mode}
	for _, f := range change {
		f(&w.account)
	}
	h, err := NewHandler(w.account, HandlerOptions{
		Now: func() time.Time { return w.now },
		Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Handle: func(ctx context.Context, ev Event) (Reply, error) {
			w.got = append(w.got, ev)
			if w.answer == nil {
				return nil, nil
			}
			return w.answer(ev)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Handler = h
	return w
}

func asJSON(a *Account) { a.JSON = true }

// query signs for the account: the signature of the request, and of text when
// there is one.
func (w *wire) query(text string) url.Values {
	w.nonce++
	timestamp, nonce := strconv.FormatInt(w.now.Unix(), 10), strconv.Itoa(1_000_000+w.nonce)
	q := url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "openid": {goldenOpenID},
		"signature": {Signature(w.account.Token, timestamp, nonce)}}
	if text != "" {
		q.Set("encrypt_type", "aes")
		q.Set("msg_signature", Signature(w.account.Token, timestamp, nonce, text))
	}
	return q
}

// sealedBody is a document in its envelope, with the clear text beside it in
// compatible mode.
func (w *wire) sealedBody(t testing.TB, document string) (body, text string) {
	t.Helper()
	c, err := NewCipher(w.account.AESKey, w.account.AppID)
	if err != nil {
		t.Fatal(err)
	}
	text, err = c.Seal([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case w.account.JSON:
		return `{"ToUserName":"gh_1","Encrypt":"` + text + `"}`, text
	case w.account.Mode == ModeCompatible:
		return strings.TrimSuffix(document, "</xml>") + cdata("Encrypt", text) + "</xml>", text
	}
	return "<xml>" + cdata("ToUserName", "gh_1") + cdata("Encrypt", text) + "</xml>", text
}

// send delivers a document the way the account's mode has it.
func (w *wire) send(t testing.TB, document string) *httptest.ResponseRecorder {
	t.Helper()
	if w.account.Mode == ModePlain {
		return w.post(w.query(""), document)
	}
	body, text := w.sealedBody(t, document)
	return w.post(w.query(text), body)
}

func (w *wire) post(q url.Values, body string) *httptest.ResponseRecorder {
	kind := "text/xml"
	if w.account.JSON {
		kind = "application/json"
	}
	return w.do("POST", kind, q, body)
}

func (w *wire) do(method, kind string, q url.Values, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/wechat/callback?"+q.Encode(), strings.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

// want is the exact answer.
func want(t testing.TB, rec *httptest.ResponseRecorder, status int, kind, body string) {
	t.Helper()
	if rec.Code != status || rec.Header().Get("Content-Type") != kind || rec.Body.String() != body {
		t.Errorf("answered %d %q %q, want %d %q %q", rec.Code, rec.Header().Get("Content-Type"), rec.Body, status, kind, body)
	}
	if rec.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Error("the answer may be sniffed")
	}
}

// wantRefused is the exact answer of a refusal, and nothing handed on.
func (w *wire) wantRefused(t testing.TB, rec *httptest.ResponseRecorder, status int) {
	t.Helper()
	want(t, rec, status, textPlain, http.StatusText(status))
	if len(w.got) != 0 {
		t.Errorf("%d events were handed to Handle", len(w.got))
	}
	for _, secret := range []string{goldenToken + " ", w.account.AESKey, goldenOpenID} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log has a secret: %s", w.log.String())
		}
	}
}

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

// TestF29_WhatIsNotProvenIsRefused sends raw requests that are almost right.
func TestF29_WhatIsNotProvenIsRefused(t *testing.T) {
	good := say("<![CDATA[#97 重启]]>")
	type request struct {
		q    url.Values
		body string
	}
	plain := func(w *wire) request { return request{w.query(""), good} }
	sealed := func(t *testing.T, w *wire) request {
		body, text := w.sealedBody(t, good)
		return request{w.query(text), body}
	}
	for _, c := range []struct {
		name   string
		mode   Mode
		status int
		change func(*testing.T, *wire, *request)
	}{
		{"no signature", ModePlain, 403, func(_ *testing.T, _ *wire, r *request) { r.q.Del("signature") }},
		{"wrong signature", ModePlain, 403, func(_ *testing.T, _ *wire, r *request) { r.q.Set("signature", strings.Repeat("0", 40)) }},
		{"signature in capitals", ModePlain, 403, func(_ *testing.T, _ *wire, r *request) {
			r.q.Set("signature", strings.ToUpper(r.q.Get("signature")))
		}},
		{"signature with a tail", ModePlain, 403, func(_ *testing.T, _ *wire, r *request) { r.q.Set("signature", r.q.Get("signature")+"0") }},
		{"signature of an empty token", ModePlain, 403, func(_ *testing.T, _ *wire, r *request) {
			r.q.Set("signature", Signature("", r.q.Get("timestamp"), r.q.Get("nonce")))
		}},
		{"other nonce", ModePlain, 403, func(_ *testing.T, _ *wire, r *request) { r.q.Set("nonce", "1") }},
		{"no nonce", ModePlain, 403, func(_ *testing.T, w *wire, r *request) {
			r.q.Del("nonce")
			r.q.Set("signature", Signature(goldenToken, r.q.Get("timestamp")))
		}},
		{"no timestamp", ModePlain, 403, func(_ *testing.T, _ *wire, r *request) { r.q.Del("timestamp") }},
		{"timestamp in words", ModePlain, 403, func(_ *testing.T, _ *wire, r *request) {
			r.q.Set("timestamp", "now")
			r.q.Set("signature", Signature(goldenToken, "now", r.q.Get("nonce")))
		}},
		{"empty echostr trick", ModePlain, 403, func(_ *testing.T, _ *wire, r *request) {
			r.q.Set("echostr", "pwned")
			r.q.Del("signature")
		}},
		{"plaintext in safe mode", ModeSafe, 403, func(_ *testing.T, w *wire, r *request) { *r = plain(w) }},
		{"plaintext in safe mode that says aes", ModeSafe, 403, func(_ *testing.T, w *wire, r *request) {
			*r = plain(w)
			r.q.Set("encrypt_type", "aes")
			r.q.Set("msg_signature", r.q.Get("signature"))
		}},
		{"plaintext in compatible mode", ModeCompatible, 403, func(_ *testing.T, w *wire, r *request) { *r = plain(w) }},
		{"ciphertext that says raw", ModeSafe, 403, func(_ *testing.T, _ *wire, r *request) {
			r.q.Set("encrypt_type", "raw")
			r.q.Del("msg_signature")
		}},
		{"request signed, document not", ModeSafe, 403, func(_ *testing.T, _ *wire, r *request) { r.q.Set("msg_signature", r.q.Get("signature")) }},
		{"document of another request", ModeSafe, 403, func(t *testing.T, w *wire, r *request) {
			r.body, _ = w.sealedBody(t, good)
		}},
		{"changed ciphertext", ModeSafe, 403, func(_ *testing.T, _ *wire, r *request) {
			r.body = strings.Replace(r.body, "<Encrypt><![CDATA[", "<Encrypt><![CDATA[A", 1)
		}},
		{"empty ciphertext, signed", ModeSafe, 403, func(_ *testing.T, w *wire, r *request) {
			r.q = w.query("")
			r.q.Set("msg_signature", Signature(goldenToken, r.q.Get("timestamp"), r.q.Get("nonce"), ""))
			r.body = "<xml><Encrypt></Encrypt></xml>"
		}},
		{"garbage, signed", ModeSafe, 403, func(_ *testing.T, w *wire, r *request) {
			*r = request{w.query("AAAA"), "<xml><Encrypt>AAAA</Encrypt></xml>"}
		}},
		{"bad padding, signed", ModeSafe, 403, func(_ *testing.T, w *wire, r *request) {
			text := strings.Repeat("A", 43) + "="
			*r = request{w.query(text), "<xml><Encrypt>" + text + "</Encrypt></xml>"}
		}},
		{"appid of another, signed", ModeSafe, 403, func(t *testing.T, w *wire, r *request) {
			c, err := NewCipher(goldenKey(), "wx0000000000000000")
			if err != nil {
				t.Fatal(err)
			}
			text, _ := c.Seal([]byte(good))
			*r = request{w.query(text), "<xml>" + cdata("Encrypt", text) + "</xml>"}
		}},
		{"two ciphertexts", ModeSafe, 400, func(t *testing.T, w *wire, r *request) {
			r.body = strings.Replace(r.body, "<xml>", "<xml><Encrypt>AAAA</Encrypt>", 1)
		}},
		{"DTD around the ciphertext", ModeSafe, 400, func(_ *testing.T, _ *wire, r *request) { r.body = "<!DOCTYPE x>" + r.body }},
		{"DTD, signed", ModePlain, 400, func(_ *testing.T, _ *wire, r *request) { r.body = "<!DOCTYPE x>" + r.body }},
		{"no document, signed", ModePlain, 400, func(_ *testing.T, _ *wire, r *request) { r.body = "" }},
		{"JSON in an XML account", ModePlain, 400, func(_ *testing.T, _ *wire, r *request) { r.body = `{"MsgType":"text"}` }},
		{"64 KiB and one byte", ModePlain, 413, func(_ *testing.T, _ *wire, r *request) {
			r.body += strings.Repeat(" ", maxDocument+1-len(r.body))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWire(t, c.mode)
			r := plain(w)
			if c.mode != ModePlain {
				r = sealed(t, w)
			}
			c.change(t, w, &r)
			w.wantRefused(t, w.post(r.q, r.body), c.status)
		})
	}
}

func TestF29_OtherMethodsAndTypesAreRefused(t *testing.T) {
	w := newWire(t, ModePlain)
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"} {
		rec := w.do(method, "text/xml", w.query(""), say("x"))
		if rec.Code != 405 || rec.Header().Get("Allow") != "GET, POST" {
			t.Errorf("%s: %d, Allow %q", method, rec.Code, rec.Header().Get("Allow"))
		}
	}
	w.wantRefused(t, w.do("POST", "application/json", w.query(""), say("x")), 415)
	w.wantRefused(t, w.do("POST", "application/json; charset=utf-8", w.query(""), say("x")), 415)
	j := newWire(t, ModePlain, asJSON)
	j.wantRefused(t, j.do("POST", "text/xml; charset=utf-8", j.query(""), "{}"), 415)
	for _, kind := range []string{"", "text/plain", "application/octet-stream", "application/xml", "TEXT/XML"} {
		if rec := w.do("POST", kind, w.query(""), say("x")); rec.Code != 200 {
			t.Errorf("content type %q: %d", kind, rec.Code)
		}
	}
}

// TestF29_OnlyFreshRequestsPass: five minutes either way, to the second.
func TestF29_OnlyFreshRequestsPass(t *testing.T) {
	for seconds, status := range map[int]int{-301: 403, -300: 200, -1: 200, 0: 200, 300: 200, 301: 403, 1 << 40: 403, -1 << 40: 403} {
		for _, mode := range []Mode{ModePlain, ModeSafe} {
			w := newWire(t, mode)
			body, text := say("x"), ""
			if mode == ModeSafe {
				body, text = w.sealedBody(t, body)
			}
			q := w.query(text)
			w.now = w.now.Add(time.Duration(seconds) * time.Second)
			if seconds > 1<<30 || seconds < -1<<30 {
				w.now = time.Unix(goldenTime+int64(seconds), 0)
			}
			if got := w.post(q, body).Code; got != status {
				t.Errorf("%s, %d s late: %d, want %d", mode, seconds, got, status)
			}
		}
	}
	w := newWire(t, ModePlain)
	q := w.query("")
	q.Set("timestamp", "-9223372036854775808")
	q.Set("signature", Signature(goldenToken, "-9223372036854775808", q.Get("nonce")))
	w.wantRefused(t, w.post(q, say("x")), 403)
}

// TestF29_ReplaysAreRefusedButNotWeChatsOwn: three or four attempts pass,
// whether they are byte-identical or signed anew.
func TestF29_ReplaysAreRefusedButNotWeChatsOwn(t *testing.T) {
	for _, mode := range []Mode{ModePlain, ModeSafe} {
		w := newWire(t, mode)
		body, text := say("x"), ""
		if mode == ModeSafe {
			body, text = w.sealedBody(t, body)
		}
		q := w.query(text)
		for attempt := 1; attempt <= 8; attempt++ {
			status := 200
			if attempt > maxSeen {
				status = 403
			}
			if got := w.post(q, body).Code; got != status {
				t.Errorf("%s, identical attempt %d: %d, want %d", mode, attempt, got, status)
			}
			w.now = w.now.Add(5 * time.Second)
		}
		for attempt := range 8 {
			if got := w.post(w.query(text), body).Code; got != 200 {
				t.Errorf("%s, attempt %d signed anew: %d", mode, attempt, got)
			}
		}
		if len(w.got) != maxSeen+8 {
			t.Errorf("%s: %d handed on", mode, len(w.got))
		}
	}
}

// TestF29_ASignatureSignsOneDocument: in plain mode it covers only time and
// nonce, so one read from a log would serve to forge any message.
func TestF29_ASignatureSignsOneDocument(t *testing.T) {
	w := newWire(t, ModePlain)
	q := w.query("")
	want(t, w.post(q, say("x")), 200, textPlain, "success")
	w.got = nil
	w.wantRefused(t, w.post(q, strings.Replace(say("x"), "oia2", "evil", 1)), 403)
	want(t, w.post(q, say("x")), 200, textPlain, "success")
}

func TestF29_AForgedRequestUsesNothingUp(t *testing.T) {
	w := newWire(t, ModePlain)
	q := w.query("")
	forged := url.Values{"signature": {"0"}, "timestamp": q["timestamp"], "nonce": q["nonce"]}
	for range 100 {
		w.wantRefused(t, w.post(forged, say("x")), 403)
	}
	want(t, w.post(q, say("x")), 200, textPlain, "success")
}

func TestReplays_MemoryIsBounded(t *testing.T) {
	r := newReplays()
	now := time.Unix(goldenTime, 0)
	for i := range 3 * maxRemember {
		if !r.admit(now, strconv.Itoa(i), nil) {
			t.Fatal("a new signature was refused")
		}
	}
	if n := len(r.now) + len(r.past); n > 2*maxRemember {
		t.Errorf("%d signatures are remembered", n)
	}
}

func TestReplays_RememberAsLongAsFresh(t *testing.T) {
	r := newReplays()
	now := time.Unix(goldenTime, 0)
	for range maxSeen {
		r.admit(now, "a", nil)
	}
	for range 10 { // the longest a signature stays fresh, crossing a generation
		now = now.Add(59 * time.Second)
		if r.admit(now, "a", nil) {
			t.Fatalf("forgotten at %v", now)
		}
	}
	if now = now.Add(-time.Hour); r.admit(now, "a", nil) {
		t.Log("a clock that jumps back starts a new generation") // and the old one still counts
		t.Fail()
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
