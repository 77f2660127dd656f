package console_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/server/browsertest"
)

// shop is an app that has sold for some months: a product with orders, refunds,
// coupons and a code, and one product in every other state.
func (s *site) shop(m *team) (here, order string) {
	s.Helper()
	ctx := s.Context()
	topic, err := s.push.CreateTopic(ctx, 97, "夜间行情")
	s.must(err)
	for _, one := range []struct {
		name, after string
		state       billing.ProductState
	}{
		{"构建日报", "", billing.Draft},
		{"机房告警（含华东、华南与华北三个大区的核心交换机和备用链路）", "", billing.Submitted},
		{"周末特惠", "reason = '介绍里没有说明多久发一次'", billing.Draft},
		{"价格监控", "state = 3, listed_at = listed_at - 400000000, warned_at = listed_at - 140000000", billing.Listed},
		{"旧闻", "silent = 1", billing.Delisted},
		{"违规产品", "reason = '内容与介绍不符'", billing.Delisted},
	} {
		id, _ := s.sale(one.name, one.state)
		if one.after != "" {
			s.exec(`UPDATE product SET `+one.after+` WHERE id = $1`, int64(id))
		}
	}
	id, plan := s.sale("每日行情", billing.Draft, push.Resource{Kind: push.OfApp, Target: 97}, push.Resource{Kind: push.OfTopic, Target: int64(topic.ID)})
	picture := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		picture.SetNRGBA(i%64, i/64, color.NRGBA{uint8(i / 16), 193, 96, 255})
	}
	var file bytes.Buffer
	s.must(png.Encode(&file, picture))
	s.must(s.billing.SetCover(ctx, 97, id, file.Bytes()))
	s.must(s.billing.Submit(ctx, 97, id))
	s.must(s.billing.List(ctx, id))
	here = fmt.Sprintf("%s/%d", products, id)
	now := time.Now()
	var orders []billing.Order
	for i := range 26 {
		p := s.follows(97)
		o := s.buys(p, plan)
		at := now.Add(-time.Duration(i*i) * 8 * time.Hour)
		s.exec(`UPDATE orders SET created_at = $2, paid_at = $2 WHERE id = $1`, int64(o.ID), at.UnixMilli())
		s.exec(`UPDATE ledger SET at = $2, amount = amount + $3 WHERE order_id = $1`, int64(o.ID), at.UnixMilli(), i%4*1000)
		s.exec(`UPDATE entitlement SET since = $2, ends_at = $3 WHERE user_id = $1`, int64(p.user().ID), at.UnixMilli(), at.Add(30*24*time.Hour).UnixMilli())
		if i < 5 {
			s.must(s.billing.AskRefund(ctx, p.user().ID, o.Handle, []string{"买错了，想要的是另一个", "", "收不到消息", "不需要了", strings.Repeat("长", 80)}[i]))
		}
		orders = append(orders, o)
	}
	refund := func(i int) string {
		return s.word(`SELECT refund_no FROM refund WHERE order_id = $1`, int64(orders[i].ID))
	}
	s.must(s.billing.Decline(ctx, id, refund(2), "请先打开公众号的消息接收"))
	s.must(s.billing.ApprovePart(ctx, id, refund(3), 500))
	s.must(s.billing.ApprovePart(ctx, id, refund(4), 990))
	s.exec(`UPDATE attempt SET state = 1`)
	s.must(s.billing.SettleRefund(ctx, "", billing.Refunded{RefundNo: refund(4), TradeNo: orders[4].TradeNo, RefundID: "5030000", State: billing.RefundDone, Amount: 990, Total: 990}))
	_, err = s.billing.Order(ctx, s.follows(97).user().ID, plan.ID, "")
	s.must(err)
	for i, d := range []billing.CouponDraft{{Code: "OPEN2026", Days: 7, Uses: 100, Expires: now.AddDate(0, 1, 0)}, {Off: 500, Uses: 3}, {Code: "ENDED", Off: 100, Uses: 1}} {
		c, err := s.billing.CreateCoupon(ctx, 97, id, d)
		s.must(err)
		if i == 2 {
			s.must(s.billing.EndCoupon(ctx, 97, id, c.Code))
		}
	}
	gifted := s.follows(97)
	s.must(s.billing.Gift(ctx, 97, id, gifted.user().UID, 3, "补偿"))
	m.owner.send(here+"/code", nil)
	return here, orders[3].Handle
}

// TestBrowser_ProductPages: every page of products in every size and both
// schemes, empty and full, in both languages.
func TestBrowser_ProductPages(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	bare, _ := s.sale("空产品", billing.Draft)
	s.eachLook(m.owner, map[string]string{
		"product-bare": fmt.Sprintf("%s/%d", products, bare), "product-people-empty": fmt.Sprintf("%s/%d/subscribers", products, bare),
		"product-orders-empty": fmt.Sprintf("%s/%d/orders", products, bare), "product-refunds-empty": fmt.Sprintf("%s/%d/refunds", products, bare),
		"product-coupons-empty": fmt.Sprintf("%s/%d/coupons", products, bare), "product-new": products + "/new",
		"product-edit": fmt.Sprintf("%s/%d/edit", products, bare),
	})
	s.exec(`DELETE FROM plan`)
	s.exec(`DELETE FROM product_resource`)
	s.exec(`DELETE FROM product`)
	s.eachLook(m.owner, map[string]string{"products-empty": products})
	here, order := s.shop(m)
	pages := map[string]string{
		"products": products, "product": here, "product-months": here + "?span=12m", "product-people": here + "/subscribers", "product-orders": here + "/orders",
		"product-order": here + "/orders/" + order, "product-refunds": here + "/refunds", "product-coupons": here + "/coupons", "product-locked": here + "/edit",
	}
	s.eachLook(m.owner, pages)
	m.owner.setCookie("hongyan_lang", "en")
	p := browsertest.New(t, 375, 812, browsertest.Light)
	for name, path := range pages {
		s.open(p, m.owner, path)
		wantLook(p, t, name+"-english", 375, browsertest.Light)
	}
}

// TestBrowser_ProductStory writes a product by keyboard: the description is
// shown as it will be read, plans are added and taken away, what was typed is
// kept; then it is submitted and, once listed, delisted through its sheet.
func TestBrowser_ProductStory(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	s.open(p, m.owner, products+"/new")
	p.Type("#f-name", "每日行情")
	p.Type("#f-description", "# 收盘三分钟")
	p.WaitUntil(`document.querySelector("iframe[name=article]").dataset.version !== undefined`)
	p.Type("#f-price-1", "9.90")
	p.Click("#plans p .button")
	p.Wait("#f-days-2")
	p.Click("#plans p .button")
	p.Wait("#f-days-3")
	p.Click(`#plans [value="2"]`)
	p.WaitUntil(`document.querySelectorAll("#plans .plan").length === 2`)
	p.Type("#f-days-2", "90")
	p.Type("#f-price-2", "25")
	wantLook(p, t, "product-writing", 1280, browsertest.Light)
	p.Type("#f-trial", "7\r") // Enter saves, and presses no other button of the form
	p.WaitText("main", "草稿已保存")
	p.WaitText("main", "¥25.00")
	p.Click("form[action$='/submit'] .button")
	p.WaitText("main", "正在等待管理员审核")
	s.must(s.billing.List(s.Context(), 1))
	s.open(p, m.owner, products+"/1")
	p.Click("[popovertarget=delist]")
	wantLook(p, t, "product-delist-sheet", 1280, browsertest.Light)
	p.Click("#delist .loss")
	p.WaitText("main", "产品已下架")
	p.WantQuiet()
}

// TestBrowser_RefundGoesByThePhone: the amount is asked for in a sheet, allowed
// on the phone, and sent.
func TestBrowser_RefundGoesByThePhone(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	more := aPurchase(s, m)
	here := products + "/" + more["product"]
	for _, width := range []int{375, 1280} {
		p := browsertest.New(t, width, 812, browsertest.Light)
		s.open(p, m.owner, here+"/refunds")
		p.Click("[popovertarget='p-no-0']")
		wantLook(p, t, "refund-decline", width, browsertest.Light)
	}
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	s.open(p, m.owner, here+"/refunds")
	p.Click("[popovertarget='p-yes-0']")
	wantLook(p, t, "refund-sheet", 1280, browsertest.Light)
	p.Click("#p-yes-0 .loss")
	p.Wait(".gate .qr")
	p.WaitText("main", "¥9.90")
	wantLook(p, t, "refund-step", 1280, browsertest.Light)
	handle := browsertest.Eval[string](p, `document.querySelector(".gate .qr").src.match(/qrcode\/(.{22})/)[1]`)
	m.ownerPhone.say(tapped(m.ownerPhone.scan(handle), "允许"))
	p.WaitText("main", "已提交给微信")
	p.WantQuiet()
}

// TestF35_HostileTextsOfProductsRunNothing: in every field that owners,
// subscribers and the administrator write.
func TestF35_HostileTextsOfProductsRunNothing(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	p := browsertest.New(t, 1280, 900, browsertest.Light)
	for _, text := range hostileTexts {
		name := string([]rune(text)[:min(40, len([]rune(text)))])
		id, err := s.billing.Create(s.Context(), 97, billing.ProductDraft{
			Name: name, Description: text, Resources: []push.Resource{{Kind: push.OfApp, Target: 97}}, Plans: []billing.PlanDraft{{Days: 30, Price: 990}},
		})
		if err != nil {
			continue // what cannot be kept runs nowhere
		}
		here := fmt.Sprintf("%s/%d", products, id)
		s.open(p, m.owner, here+"/edit")
		s.must(s.billing.Submit(s.Context(), 97, id))
		s.must(s.billing.List(s.Context(), id))
		plans, err := s.billing.Plans(s.Context(), id)
		s.must(err)
		ming := s.follows(97)
		o := s.buys(ming, plans[0])
		s.must(s.billing.AskRefund(s.Context(), ming.user().ID, o.Handle, name))
		s.exec(`UPDATE product SET reason = $2, state = 4 WHERE id = $1`, int64(id), text)
		for _, path := range []string{"", "/edit", "/subscribers", "/orders", "/orders/" + o.Handle, "/refunds", "/coupons", "/orders?search=" + "x"} {
			s.open(p, m.owner, here+path)
			if browsertest.Eval[bool](p, `"hacked" in window || document.querySelector("main script, main img[onerror], [onmouseover], main a[href^='javascript']") !== null`) {
				t.Errorf("%s runs %q", path, text)
			}
			p.WantFits()
		}
	}
	p.WantQuiet()
}

// TestProducts_TenThousandRows: the first page and a deep one of every
// list of a product.
func TestProducts_TenThousandRows(t *testing.T) {
	s := liveSite(t)
	m := s.team()
	id, plan := s.sale("每日行情", billing.Listed)
	s.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
		INSERT INTO users (openid, uid, spt_hash, spt_sealed, created_at) SELECT 'big' || i, 'UID_big' || i, CAST(i AS BLOB), CAST(i AS BLOB), 0 FROM n`)
	s.exec(`INSERT INTO orders (handle, product_id, plan_id, user_id, days, price, amount, state, created_at, expires_at, paid_at, trade_no)
		SELECT 'h' || id, $1, $2, id, 30, 990, 990, id % 5, id, id, id, 'HY' || id FROM users WHERE openid LIKE 'big%'`, int64(id), int64(plan.ID))
	s.exec(`INSERT INTO entitlement (product_id, user_id, ends_at, n, since) SELECT $1, id, 2000000000000 + id % 7, 1, 0 FROM users WHERE openid LIKE 'big%'`, int64(id))
	s.exec(`INSERT INTO ledger (product_id, user_id, n, kind, key, added, amount, at, ends_at, sum)
		SELECT $1, id, 1, 'payment', 'big' || id, 1, 990, $2 - id * 60000, 1, '' FROM users WHERE openid LIKE 'big%'`, int64(id), time.Now().UnixMilli())
	s.exec(`INSERT INTO refund (refund_no, order_id, product_id, trade_no, amount, total, asked_by, state, created_at)
		SELECT 'HR' || o.id, o.id, o.product_id, o.trade_no, 1, 990, o.user_id, o.id % 4, o.id FROM orders o`)
	here := fmt.Sprintf("%s/%d", products, id)
	for _, path := range []string{products, here, here + "?span=12m", here + "/subscribers", here + "/subscribers?state=active&search=UID_big77", here + "/orders",
		here + "/orders?state=3", here + "/orders?search=HY777", here + "/orders?after=h5000", here + "/refunds", here + "/refunds?after=5000.HR5000"} {
		begin := time.Now()
		if got := m.owner.get(path); got != 200 {
			t.Errorf("%s: %d", path, got)
		}
		t.Logf("%s: %v", path, time.Since(begin))
	}
}
