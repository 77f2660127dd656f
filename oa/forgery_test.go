package oa

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

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
