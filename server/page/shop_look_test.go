package page_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/server/browsertest"
	"hongyan/store"
	"hongyan/store/storetest"
)

// shopSite is a site on SQLite for a browser, by the wall's clock.
func shopSite(t *testing.T) *site {
	t.Helper()
	clock := storetest.NewClock(time.Now())
	s := newSite(t, storetest.Open(t, storetest.SQLiteEngine, store.Options{Now: clock.Now}), clock, true)
	s.notices()
	return s
}

// opened is the address by which the sandbox's phone opens a page.
func (s *site) opened(openid, path string) string {
	return s.base + "/sandbox/api/followers/" + openid + "/open?url=" + url.QueryEscape(path)
}

// ordered is an order of the first plan.
func (s *site) ordered(u push.User, id push.ProductID) billing.Order {
	s.Helper()
	plans, err := s.billing.Plans(s.Context(), id)
	s.must(err)
	o, err := s.billing.Order(s.Context(), u.ID, plans[0].ID, "")
	s.must(err)
	return o
}

// paid pays an order by its code.
func (s *site) paid(openid string, u push.User, o billing.Order) {
	s.Helper()
	before := s.count(`SELECT COUNT(*) FROM ledger`)
	a, err := s.billing.Pay(s.Context(), u.ID, o.Handle, billing.ByCode)
	s.must(err)
	if outcome, err := s.wechat.Follower(openid).Pay(a.Prepaid); err != nil || outcome.Shown != "paid" {
		s.Fatalf("%+v, %v", outcome, err)
	}
	for stop := time.Now().Add(20 * time.Second); s.count(`SELECT COUNT(*) FROM ledger`) == before; {
		if time.Now().After(stop) {
			s.Fatal("no notice came")
		}
	}
}

// TestBrowser_ShopLooks opens every page of the shop as phones and desktops
// show it.
func TestBrowser_ShopLooks(t *testing.T) {
	s := shopSite(t)
	id := s.product("每日行情")
	long := s.product("一个特别长的产品名字看看它在很窄的手机屏幕上会不会换行或撑破页面的边界呢")
	ming, u := s.member()
	hong, w := s.member()
	gang, g := s.member()
	s.exec(`INSERT INTO coupon (product_id, code, days, off, uses, created_at) VALUES ($1, 'DAYS', 10, 0, 5, 1), ($1, 'OFF', 0, 200, 5, 1)`, int64(id))
	paid := s.ordered(u, id)
	s.paid(ming, u, paid)
	s.must(s.billing.AskRefund(t.Context(), u.ID, paid.Handle, "买错了，想换成一年的套餐"))
	open, other := s.ordered(w, id), s.ordered(g, id)
	_, err := s.billing.Pay(t.Context(), g.ID, other.Handle, billing.ByCode)
	s.must(err)
	second := s.ordered(u, long)
	s.paid(ming, u, second)
	off := s.product("已下架的产品")
	_, err = s.billing.Trial(t.Context(), u.ID, off)
	s.must(err)
	s.must(s.billing.Delist(t.Context(), 97, off, ""))
	late := s.ordered(g, long)
	s.exec(`UPDATE orders SET expires_at = 1 WHERE id = $1`, int64(late.ID))
	at := func(o billing.Order) string { return "/my/order/" + o.Handle }
	for _, c := range []struct{ name, openid, path string }{
		{"market", ming, "/market"}, {"product", hong, fmt.Sprintf("/product/%d", id)}, {"product-long", hong, fmt.Sprintf("/product/%d", long)},
		{"product-mine", ming, fmt.Sprintf("/product/%d", id)}, {"product-off", ming, fmt.Sprintf("/product/%d", off)},
		{"product-coupon", hong, fmt.Sprintf("/product/%d?coupon=OFF", id)}, {"product-days", hong, fmt.Sprintf("/product/%d?coupon=DAYS", id)},
		{"product-no-coupon", hong, fmt.Sprintf("/product/%d?coupon=NONE", id)}, {"no-product", hong, "/product/4711"},
		{"order", hong, at(open)}, {"order-code", gang, at(other) + "?way=code"}, {"order-paid", ming, at(paid)}, {"order-late", gang, at(late)},
		{"order-cancel", hong, at(open) + "/cancel"}, {"refund", ming, at(second) + "/refund"}, {"no-order", hong, at(paid)},
		{"products", ming, "/my/products"}, {"products-open", hong, "/my/products"}, {"holding", ming, fmt.Sprintf("/my/products/%d", id)},
		{"holding-off", ming, fmt.Sprintf("/my/products/%d", off)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := browsertest.New(t, 375, 812, browsertest.Light)
			p.Open(s.opened(c.openid, c.path))
			browsertest.Eval[bool](p, `(document.querySelectorAll("details").forEach((d) => d.open = true), true)`)
			for _, look := range []struct {
				width  int
				scheme browsertest.Scheme
			}{{375, browsertest.Light}, {375, browsertest.Dark}, {1280, browsertest.Light}, {1280, browsertest.Dark}} {
				p.Look(look.width, 812, look.scheme)
				p.Screenshot(fmt.Sprintf("page-shop-%s-%d-%v", c.name, look.width, look.scheme))
				p.WantFits()
				p.WantContrast()
			}
			for _, fault := range p.Faults() {
				if !strings.Contains(fault, "status of 40") {
					t.Errorf("console: %s", fault)
				}
			}
			if bare := browsertest.Eval[[]string](p, unlabelled); len(bare) > 0 {
				t.Errorf("controls without words:\n%s", strings.Join(bare, "\n"))
			}
		})
	}
}

// TestBrowser_BuysInWeChat from the market to the end of the paid time, through
// the bridge and under the page's policy: cancelled first, tapped twice, and
// brought back by the back button.
func TestBrowser_BuysInWeChat(t *testing.T) {
	s := shopSite(t)
	s.product("每日行情")
	ming, u := s.member()
	p := browsertest.New(t, 375, 812, browsertest.Light)
	p.Open(s.opened(ming, "/market"))
	p.Click(".offer")
	p.WaitText("h1", "每日行情")
	p.Click(".plan .button")
	p.Wait("#pay")
	p.Click("#pay")
	p.WaitText(".pay-amount", "¥5.00")
	p.Click(".pay-no")
	p.WaitText("#said", "你取消了付款，没有扣款")
	browsertest.Eval[bool](p, `(document.querySelector("#pay").click(), document.querySelector("#pay").click(), true)`)
	p.WaitText(".pay-amount", "¥5.00")
	if n := browsertest.Eval[int](p, `document.querySelectorAll(".pay-sheet").length`); n != 1 {
		t.Errorf("%d pay sheets, want 1", n)
	}
	p.Click(".pay-yes")
	p.WaitText(".pay-merchant", "支付成功")
	p.Click(".pay-done")
	p.WaitText(".state", "已支付，有效期至")
	if n, m := s.count(`SELECT COUNT(*) FROM attempt`), s.count(`SELECT COUNT(*) FROM ledger WHERE user_id = $1`, int64(u.ID)); n != 1 || m != 1 {
		t.Errorf("%d attempts and %d entries, want one of each", n, m)
	}
	browsertest.Eval[bool](p, `(history.back(), true)`)
	p.WaitText("h1", "每日行情")
	browsertest.Eval[bool](p, `(history.forward(), true)`)
	p.WaitText(".state", "已支付，有效期至")
	if n := browsertest.Eval[int](p, `document.querySelectorAll("#pay").length`); n != 0 {
		t.Error("a paid order can be paid after going back")
	}
	p.WantQuiet()
}

// TestBrowser_BridgeThatLiesPaysNothing: "ok" from the phone is no proof; the
// page goes on waiting for the server.
func TestBrowser_BridgeThatLiesPaysNothing(t *testing.T) {
	s := shopSite(t)
	id := s.product("每日行情")
	ming, u := s.member()
	o := s.ordered(u, id)
	p := browsertest.New(t, 375, 812, browsertest.Light)
	p.Early(`window.WeixinJSBridge = { invoke(name, request, tell) { tell({ err_msg: "get_brand_wcpay_request:ok" }); } }`)
	p.Open(s.opened(ming, "/my/order/"+o.Handle))
	p.Click("#pay")
	p.WaitText("#said", "正在等待确认")
	if text := p.Text("main"); strings.Contains(text, "已支付") {
		t.Error("the page believed the phone")
	}
	if got := browsertest.Eval[string](p, `document.querySelector("#pay").getAttribute("aria-disabled")`); got != "true" {
		t.Error("it can be paid twice")
	}
	s.paid(ming, u, o)
	p.WaitText(".state", "已支付，有效期至")
	p.WantQuiet()
}

// TestBrowser_CodeRenewsItself when the order is paid elsewhere, and when it is
// over.
func TestBrowser_CodeRenewsItself(t *testing.T) {
	s := shopSite(t)
	id := s.product("每日行情")
	ming, u := s.member()
	hong, w := s.member()
	for _, c := range []struct {
		openid string
		u      push.User
		end    func(billing.Order)
		want   string
	}{
		{ming, u, func(o billing.Order) { s.paid(ming, u, o) }, "已支付，有效期至"},
		{hong, w, func(billing.Order) { s.clock.Advance(29 * time.Minute) }, "付款时间已过"},
	} {
		o := s.ordered(c.u, id)
		p := browsertest.New(t, 1280, 800, browsertest.Light)
		p.Open(s.opened(c.openid, "/my/order/"+o.Handle+"?way=code"))
		p.Click("form .button.wide")
		p.Wait(".qr")
		c.end(o)
		p.WaitText(".state", c.want)
		p.WantQuiet()
	}
}
