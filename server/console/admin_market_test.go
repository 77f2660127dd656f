package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/server/browsertest"
)

// submitted is a product of app 97 that waits for the review.
func (s *site) submitted(*team) map[string]string {
	s.Helper()
	id, err := s.billing.Create(s.Context(), 97, billing.ProductDraft{
		Name: "每日行情", Description: "每个交易日收盘后推送。\n\n- 涨跌\n- 成交量", TrialDays: 3,
		Resources: []push.Resource{{Kind: push.OfApp, Target: 97}}, Plans: []billing.PlanDraft{{Days: 30, Price: 990}, {Days: 365, Price: 9900}},
	})
	s.must(err)
	s.must(s.billing.Submit(s.Context(), 97, id))
	return map[string]string{"id": strconv.FormatInt(int64(id), 10)}
}

// onSale is one in the market.
func (s *site) onSale(m *team) map[string]string {
	s.Helper()
	at := s.submitted(m)
	id, _ := strconv.ParseInt(at["id"], 10, 64)
	s.must(s.billing.List(s.Context(), push.ProductID(id)))
	return at
}

// differing is a difference that is open.
func (s *site) differing(*team) map[string]string {
	s.Helper()
	s.exec(`INSERT INTO difference (kind, key, day, ours, theirs, found_at) VALUES ('unknown', $1, '2026-11-01', '没有入账', '¥9.90', $2)`,
		fmt.Sprintf("HY%d", s.count(`SELECT COUNT(*) FROM difference`)), s.db.Now().UnixMilli())
	return map[string]string{"id": strconv.Itoa(s.count(`SELECT MAX(id) FROM difference`))}
}

// TestReview_ListsRefusesAndDelists with a reason that owners can act on.
func TestReview_ListsRefusesAndDelists(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		b := m.admin
		at := "/console/admin/products/" + s.submitted(m)["id"]
		if b.get("/console/admin/products"); !strings.Contains(b.Page, "每日行情") {
			t.Error("the waiting product is not listed")
		}
		b.get(at)
		for _, want := range []string{"¥9.90", "¥99.00", "30 天", "应用发给个人的消息", "免费试用 3 天"} {
			if !strings.Contains(b.Page, want) {
				t.Errorf("the review does not show %q", want)
			}
		}
		post := func(what string, form url.Values, want int, state billing.ProductState) {
			t.Helper()
			b.get(at)
			form.Set("once", b.ticket())
			got := b.do(http.MethodPost, at+"/"+what, form, nil)
			if got != want || s.count(`SELECT state FROM product`) != int(state) {
				t.Errorf("%s: %d, state %d, want %d, %d\n%.300s", what, got, s.count(`SELECT state FROM product`), want, state, body(b.Page))
			}
		}
		post("refuse", url.Values{}, http.StatusUnprocessableEntity, billing.Submitted)
		if !strings.Contains(b.Page, "请写明原因") {
			t.Error("it does not say that a reason is missing")
		}
		post("refuse", url.Values{"reason": {"请写清楚频率"}}, http.StatusOK, billing.Draft)
		s.must(s.billing.Submit(s.Context(), 97, 1))
		post("list", url.Values{}, http.StatusOK, billing.Listed)
		b.get(at)
		form := url.Values{"once": {b.ticket()}}
		if got := b.do(http.MethodPost, at+"/list", form, nil); got != http.StatusConflict {
			t.Errorf("listing what is listed: %d", got)
		}
		post("delist", url.Values{"reason": {"收到举报"}}, http.StatusOK, billing.Delisted)
		b.get("/console/admin/products?state=delisted")
		if !strings.Contains(b.Page, "每日行情") {
			t.Error("the delisted product is not listed")
		}
	})
}

// TestPay_DifferencesSayWhatToDo, and are settled with a note.
func TestPay_DifferencesSayWhatToDo(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		b := m.admin
		b.get("/console/admin/")
		if strings.Contains(b.Page, "不一致") {
			t.Error("the overview tells of differences there are not")
		}
		id := s.differing(m)["id"]
		s.submitted(m)
		b.get("/console/admin/")
		for _, want := range []string{"1 处钱款与账本不一致", "1 个产品等待审核"} {
			if !strings.Contains(b.Page, want) {
				t.Errorf("the overview does not say %q", want)
			}
		}
		b.get("/console/admin/pay")
		for _, want := range []string{"账单里有，账本里没有", "HY0", "没有接通微信支付"} {
			if !strings.Contains(b.Page, want) {
				t.Errorf("the page does not show %q", want)
			}
		}
		if got := b.do(http.MethodPost, "/console/admin/pay/differences/"+id, url.Values{"once": {b.ticket()}}, nil); got != http.StatusUnprocessableEntity {
			t.Errorf("settling without a note: %d", got)
		}
		b.get("/console/admin/pay")
		if got := b.do(http.MethodPost, "/console/admin/pay/differences/"+id, url.Values{"once": {b.ticket()}, "note": {"另一个系统的订单"}}, nil); got != http.StatusOK {
			t.Errorf("settling: %d", got)
		}
		if !strings.Contains(b.Page, "另一个系统的订单") || s.count(`SELECT COUNT(*) FROM difference WHERE settled_at > 0`) != 1 {
			t.Error("it is not settled")
		}
		b.get("/console/admin/pay")
		if got := b.do(http.MethodPost, "/console/admin/pay/differences/999", url.Values{"once": {b.ticket()}, "note": {"x"}}, nil); got != http.StatusNotFound {
			t.Errorf("a difference there is not: %d", got)
		}
	})
}

// traded fills the market as one that has been open for a while.
func (s *site) traded(m *team) (product string) {
	s.Helper()
	product = s.submitted(m)["id"]
	s.onSale(m)
	now := s.db.Now()
	s.exec(`UPDATE product SET description = $1 WHERE id = $2`, "## 收盘行情\n\n每个交易日 **15:30** 推送：\n\n| 品种 | 时间 |\n|---|---|\n| 黄金 | 15:30 |\n| 原油 | 15:35 |\n", 1)
	for i, d := range []struct{ kind, key, day, ours, theirs string }{
		{"unknown", "HY7Q2MZ4V5XK3B6N8P9R2S3T4U5W", "2026-11-01", "没有入账", "¥9.90"}, {"abnormal", "HR7Q2MZ4V5XK3B6N8P9R2S3T4U5W", "", "¥99.00", "对方账户收不了退款。"},
		{"missing", "HYAAAAAAAAAAAAAAAAAAAAAAAAAA", "2026-10-30", "¥9.90", "前后两天的账单里都没有"}, {"ledger", "1/12", "", "到期时间与流水不符", ""},
	} {
		s.exec(`INSERT INTO difference (kind, key, day, ours, theirs, found_at, settled_at, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			d.kind, d.key, d.day, d.ours, d.theirs, now.Add(-time.Duration(i)*time.Hour).UnixMilli(), int64(i/2)*now.UnixMilli(), []string{"", "", "商户平台能查到，是测试账号的订单", "恢复了备份"}[i])
	}
	for i := range 6 {
		s.exec(`INSERT INTO bill (day, lines, income, refunds, differences, compared_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			now.AddDate(0, 0, -i-1).Format(time.DateOnly), 120*i, 118_800*i, 990*i, i%4/3, now.AddDate(0, 0, -i).UnixMilli())
	}
	s.exec(`INSERT INTO refund (refund_no, order_id, product_id, trade_no, amount, total, asked_by, state, created_at)
		SELECT 'HRBBBBBBBBBBBBBBBBBBBBBBBBBB', id, product_id, 'HYB', 990, 990, user_id, 0, $1 FROM orders`, now.Add(-100*time.Hour).UnixMilli())
	return product
}

// ordered is an order of the product, so that a refund has one.
func (s *site) ordered(m *team) {
	s.Helper()
	at := s.onSale(m)
	s.exec(`INSERT INTO orders (handle, product_id, plan_id, user_id, days, price, amount, created_at, expires_at)
		SELECT 'h', p.product_id, p.id, $2, p.days, p.price, p.price, 1, 1 FROM plan p WHERE p.product_id = CAST($1 AS BIGINT) AND p.line = 1`, at["id"], int64(m.strangerPhone.user().ID))
}

// TestBrowser_MarketPages looks at the review and at payments, full and empty.
func TestBrowser_MarketPages(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	s.eachLook(m.admin, map[string]string{"admin-pay-empty": "/console/admin/pay", "admin-products-empty": "/console/admin/products"})
	s.ordered(m)
	product := s.traded(m)
	s.eachLook(m.admin, map[string]string{
		"admin-products": "/console/admin/products", "admin-products-listed": "/console/admin/products?state=listed",
		"admin-product": "/console/admin/products/" + product, "admin-product-listed": "/console/admin/products/1",
		"admin-pay": "/console/admin/pay", "admin-market-overview": "/console/admin/",
	})
	m.admin.do(http.MethodPost, "/console/lang", url.Values{"lang": {"en"}, "once": {m.admin.ticket()}}, nil)
	s.eachLook(m.admin, map[string]string{
		"admin-product-en": "/console/admin/products/" + product, "admin-pay-en": "/console/admin/pay", "admin-products-en": "/console/admin/products",
	})
}

// TestF35_BrowserRunsNothingOfTheReview opens products full of what hostile
// owners wrote.
func TestF35_BrowserRunsNothingOfTheReview(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	s.ordered(m)
	product := s.traded(m)
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>` + "\u202e🀄"
	s.exec(`UPDATE product SET name = $1, description = $1, reason = $1`, evil+`<a href="javascript:alert(3)">x</a>`)
	s.exec(`UPDATE difference SET ours = $1, theirs = $1, note = $1`, evil)
	s.exec(`UPDATE app SET name = $1`, evil)
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	for _, path := range []string{"products", "products?state=listed", "products/" + product, "products/" + product + "/text", "pay"} {
		s.open(p, m.admin, "/console/admin/"+path)
	}
	if got := p.Dialogs(); len(got) > 0 {
		t.Errorf("scripts ran: %q", got)
	}
}
