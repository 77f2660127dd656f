package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"hongyan/oa"
	"hongyan/oa/sandbox"
)

// talked are the figures of followers who talk.
type talked struct {
	RPS  float64 `json:"rps"`
	P999 float64 `json:"p999ms"`
}

// talkers is how many followers talk at once.
const talkers = 64

// measureEvents lets followers ask 我的UID by signed and encrypted events.
func measureEvents(ctx context.Context, s *settings, r *result) error {
	server, err := startServer(ctx, s)
	if err != nil {
		return err
	}
	defer server.stop()
	account := sandbox.DefaultAccount()
	cipher, err := oa.NewCipher(account.AESKey, account.AppID)
	if err != nil {
		return err
	}
	var ids atomic.Int64
	ids.Store(time.Now().UnixNano())
	got, err := load(ctx, talkers, s.seconds, func(c, _ int) (*http.Request, error) {
		return signedEvent(server.base, account, cipher, textEvent(fmt.Sprintf("o_talker_%04d", c), ids.Add(1)))
	})
	if err != nil {
		return err
	}
	r.Events = talked{got.rps, ms(got.quantile(.999))}
	_, peak, err := server.memory()
	r.RSS.Peak = max(r.RSS.Peak, peak)
	return err
}

func textEvent(openid string, id int64) []byte {
	return fmt.Appendf(nil, `<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[我的UID]]></Content><MsgId>%d</MsgId></xml>`,
		sandbox.DefaultAccount().OriginalID, openid, time.Now().Unix(), id)
}

// signedEvent is what WeChat posts in safe mode.
func signedEvent(base string, account oa.Account, cipher *oa.Cipher, clear []byte) (*http.Request, error) {
	sealed, err := cipher.Seal(clear)
	if err != nil {
		return nil, err
	}
	stamp, nonce := strconv.FormatInt(time.Now().Unix(), 10), strconv.FormatInt(time.Now().UnixNano(), 36)
	query := url.Values{
		"timestamp": {stamp}, "nonce": {nonce}, "encrypt_type": {"aes"},
		"signature":     {oa.Signature(account.Token, stamp, nonce)},
		"msg_signature": {oa.Signature(account.Token, stamp, nonce, sealed)},
	}
	body := fmt.Appendf(nil, `<xml><ToUserName><![CDATA[%s]]></ToUserName><Encrypt><![CDATA[%s]]></Encrypt></xml>`, account.OriginalID, sealed)
	r, err := http.NewRequest(http.MethodPost, base+"/wechat/callback?"+query.Encode(), bytes.NewReader(body))
	if err == nil {
		r.Header.Set("Content-Type", "text/xml")
	}
	return r, err
}

// parsed is the cost of one event's parsing.
type parsed struct {
	ns, allocs int64
}

func measureParse(_ context.Context, _ *settings, r *result) error {
	body := textEvent("o_talker_0001", 1)
	b := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, err := oa.Parse(body, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	r.Parse = parsed{b.NsPerOp(), b.AllocsPerOp()}
	return nil
}
