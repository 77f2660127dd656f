package page_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"hongyan/billing"
	"hongyan/billing/wechatpay"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/store"
)

// within answers requests in this process, so that WeChat Pay's notices reach
// an address that begins with https.
type within struct{ to http.Handler }

func (w within) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	w.to.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// till is WeChat Pay as the site meets it. Both sign by the wall's clock.
func (s *site) till() *wechatpay.Client {
	s.Helper()
	a := sandbox.DefaultPay()
	c, err := wechatpay.New(s.Context(), wechatpay.Options{
		MchID: a.MchID, Serial: a.Serial, PrivateKey: []byte(a.PrivateKey), APIv3Key: a.APIv3Key, AppID: sandbox.DefaultAccount().AppID,
		PublicKeyID: a.PublicKeyID, PublicKey: []byte(a.PublicKey), NotifyBase: "https://shop.example/pay/notice",
		HTTP: &http.Client{Transport: s.wechat.Transport()}, Refuse: store.InTx,
	})
	s.must(err)
	return c
}

// notices lets WeChat Pay send what it has to tell until the end of the test.
func (s *site) notices() {
	ctx, stop := context.WithCancel(s.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := s.wechat.Run(ctx); err != nil {
			s.Error(err)
		}
	})
	s.Cleanup(func() { stop(); done.Wait() })
}

// product is one of app 97 in the market: the app and its topic, for 30 days
// and for a year.
func (s *site) product(name string) push.ProductID {
	s.Helper()
	id, err := s.billing.Create(s.Context(), 97, billing.ProductDraft{
		Name: name, TrialDays: 7, Description: "每个交易日收盘后推送。\n\n- **涨跌幅**前十\n- 资金流向\n\n<script>alert(1)</script>",
		Resources: []push.Resource{{Kind: push.OfApp, Target: 97}, {Kind: push.OfTopic, Target: int64(s.topic.ID)}},
		Plans:     []billing.PlanDraft{{Days: 30, Price: 500}, {Days: 365, Price: 4800}},
	})
	s.must(err)
	s.must(s.billing.Submit(s.Context(), 97, id))
	s.must(s.billing.List(s.Context(), id))
	return id
}

// order is the path of the order that a browser came to.
func (b *browser) order(at string) string {
	b.s.Helper()
	if !strings.HasPrefix(at, "/my/order/") {
		b.s.Fatalf("ended at %s and at no order", at)
	}
	return at
}
