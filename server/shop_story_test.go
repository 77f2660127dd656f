package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/server/browsertest"
)

// startNode runs a server with the sandbox inside this process, so that a test
// can call what has no door of its own.
func startNode(t *testing.T) (*node, *world) {
	t.Helper()
	data := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseWith(t, "", nil, "--listen", listener.Addr().String(), "--data", data, "--profile", "fast", "--limit.sends", "0", "--limit.per-user", "0")
	if err == nil {
		err = c.makeData()
	}
	if err != nil {
		t.Fatal(err)
	}
	base, inside := reachedAt(c, listener.Addr())
	n, err := newNode(t.Context(), *c, base, inside, "", slog.New(slog.DiscardHandler))
	if err == nil {
		err = n.push.Stamp(t.Context(), c.mode())
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.serve(ctx, listener, nil) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, n.close()); err != nil {
			t.Error(err)
		}
	})
	p := &process{output: &printed{}, logs: &printed{}}
	p.waitReady(t, base)
	return n, &world{t: t, base: base, file: readSandboxFile(filepath.Join(data, "sandbox.json")), process: p}
}

// TestStory_BuysOnThePhoneAndGetsTheMoneyBack is the whole of selling: the
// market is found in the chat, the product is paid on a page in WeChat, the
// developer is told, the paid message reaches only who paid, and after the
// refund it does not reach them any more.
func TestStory_BuysOnThePhoneAndGetsTheMoneyBack(t *testing.T) {
	n, w := startNode(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	app := push.AppID(w.file.AppID)
	product, err := n.billing.Create(t.Context(), app, billing.ProductDraft{
		Name: "每日行情", Plans: []billing.PlanDraft{{Days: 30, Price: 500}},
		Resources: []push.Resource{{Kind: push.OfApp, Target: int64(app)}, {Kind: push.OfTopic, Target: w.file.TopicID}},
	})
	must(err)
	must(n.billing.Submit(t.Context(), app, product))
	must(n.billing.List(t.Context(), product))

	// Two follow the app and its topic; one of them goes to the market.
	ming, hong := &follower{w: w, openid: w.file.OpenID}, w.newFollower()
	hong.do("follow", nil)
	hong.say("#97")
	visitor, _, err := n.push.UserByOpenID(t.Context(), push.OpenID(hong.openid))
	must(err)
	must(n.push.As(t.Context(), visitor.ID, func(turn *push.Turn) error {
		return n.push.Follow(turn, push.OfTopic, w.file.TopicID, push.ByLink)
	}))
	phone := browsertest.New(t, 1280, 960, browsertest.Light)
	phone.Open(w.base + "/sandbox/?as=" + ming.openid)
	phone.Type("#say-text", "消息市场")
	phone.Click("#say-send")
	w.reads(phone, ".row .bubble", "打开消息市场")
	page := browsertest.New(t, 375, 812, browsertest.Light)
	page.Open(w.base + "/sandbox/api/followers/" + ming.openid + "/open?url=/market")
	page.Click(".offer")
	page.WaitText("h1", "每日行情")
	page.Click(".plan .button")
	page.Wait("#pay")
	page.Click("#pay")
	page.WaitText(".pay-amount", "¥5.00")
	page.Click(".pay-yes")
	page.WaitText(".pay-merchant", "支付成功")
	page.Click(".pay-done")
	page.WaitText(".state", "已支付，有效期至")
	w.reads(phone, "a.template-card", "已支付 ¥5.00")
	w.eventually("order_pay", func() bool {
		return contains(w.callbacks(), `"action":"order_pay"`, `"addTime":2592000000,"amount":500,`, `"type":1,"uid":"`+w.file.UID+`"`)
	})

	// The paid message.
	other := hong.askUID()
	got := w.send(map[string]any{"content": "沪指收涨 1.2%", "uids": []string{w.file.UID, other}, "topicIds": []int64{w.file.TopicID}, "verifyPayType": 1})
	if len(got) != 3 || got[0].Code != 1000 || got[1].Code != 1001 {
		t.Fatalf("the paid message: %+v", got)
	}
	w.reads(phone, "a.template-card", "沪指收涨 1.2%")
	for _, one := range []receipt{got[0], got[2]} {
		w.eventually("status 2 or none to send to", func() bool { code, _ := w.status(one.RecordID); return code != 1 })
	}
	if cards := hong.cards(); len(cards) != 0 {
		t.Errorf("who did not pay has %d cards", len(cards))
	}
	all, _, err := n.push.Recipients(t.Context(), app, got[0].ContentID, push.RecipientFilter{State: push.DeliverySkipped})
	if err != nil || len(all) != 1 || string(all[0].UID) != other {
		t.Errorf("left out: %+v, %v", all, err)
	}

	// The money goes back, and access ends.
	u, _, err := n.push.UserByOpenID(t.Context(), push.OpenID(ming.openid))
	must(err)
	orders, err := n.billing.MyOrders(t.Context(), u.ID, product)
	must(err)
	_, err = n.billing.Refund(t.Context(), product, orders[0].ID, 500, "不再提供")
	must(err)
	_, err = n.billing.SendRefunds(t.Context())
	must(err)
	w.eventually("order_pay of the refund", func() bool {
		return contains(w.callbacks(), `"action":"order_pay"`, `"amount":-500,`, `"type":2,"uid":"`+w.file.UID+`"`)
	})
	w.reads(phone, "a.template-card", "已退款 ¥5.00")
	page.Open(browsertest.Eval[string](page, `location.href`))
	page.WaitText(".chip", "已退款")
	before := len(ming.cards())
	got = w.send(map[string]any{"content": "沪指收跌 0.3%", "uids": []string{w.file.UID}, "topicIds": []int64{w.file.TopicID}, "verifyPayType": 1})
	if got[0].Code != 1001 {
		t.Errorf("after the refund: %+v", got)
	}
	w.eventually("nobody left", func() bool { code, _ := w.status(got[1].RecordID); return code == 3 })
	if after := len(ming.cards()); after != before {
		t.Errorf("after the refund %d cards came", after-before)
	}
	phone.WantQuiet()
	page.WantQuiet()
}
