package page_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/oa/sandbox"
	"hongyan/push"
	"hongyan/store/storetest"
)

// plans are the numbers that the buttons of a product's page carry.
func plans(text string) (all []string) {
	for _, m := range regexp.MustCompile(`name="plan" value="(\d+)"`).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

func TestMarket_ShowsEverybodyWhatIsSold(t *testing.T) {
	eachSite(t, func(s *site) {
		b := s.browser()
		status, text, _ := b.get("/market")
		s.want("empty", status, text, 200, "还没有上架的产品")
		for i := range 25 {
			s.product(fmt.Sprintf("行情 %d", i))
		}
		status, text, _ = b.get("/market")
		s.want("the first page", status, text, 200, "行情 24", "行情 5<", "¥5.00 起", "免费试用 7 天", "看更多")
		if strings.Contains(text, "行情 4<") {
			s.Error("the first page shows too much")
		}
		next := regexp.MustCompile(`/market\?after=\d+`).FindString(text)
		status, text, _ = b.get(next)
		s.want("the second page", status, text, 200, "行情 4<", "行情 0<", "回到第一页")
		if strings.Contains(text, "看更多") || strings.Contains(text, "行情 5<") {
			s.Error("the second page shows too much, or leads on")
		}
		status, text, _ = b.get("/market?after=abc")
		s.want("nonsense", status, text, 200, "行情 24")
	})
}

// TestBuy_OneOrderAndOneCharge: a double click, a second device, back and
// reload come to the same order; both ways of paying settle it once.
func TestBuy_OneOrderAndOneCharge(t *testing.T) {
	eachSite(t, func(s *site) {
		s.notices()
		id := s.product("每日行情")
		ming, u := s.member()
		phone, tablet := s.browser(), s.browser()
		page := fmt.Sprintf("/product/%d", id)
		status, text, _ := phone.as(ming, page)
		s.want("the product", status, text, 200, "每日行情", "服务器监控", "30 天", "¥5.00", "365 天", "¥48.00", "<strong>涨跌幅</strong>", "机房告警", "免费试用 7 天")
		if strings.Contains(text, "alert(1)") {
			s.Error("the description brings its script")
		}
		plan := url.Values{"plan": {plans(text)[0]}}
		_, text, at := phone.post(page+"/buy", plan)
		order := phone.order(at)
		s.want("the order", 200, text, 200, "待付款", "¥5.00", `id="pay"`, "/sandbox/pay/bridge.js")
		for range 2 {
			if _, _, at := phone.post(page+"/buy", plan); at != order {
				s.Errorf("a second tap came to %s, not %s", at, order)
			}
		}
		tablet.as(ming, page)
		if _, _, at := tablet.post(page+"/buy", plan); at != order {
			s.Errorf("the tablet came to %s, not %s", at, order)
		}
		var packages []string
		for _, b := range []*browser{phone, tablet, phone} {
			_, raw, _ := b.post(order+"/pay", url.Values{})
			var answer struct {
				Request struct{ Package, AppID, PaySign string }
			}
			if err := json.Unmarshal([]byte(raw), &answer); err != nil || answer.Request.PaySign == "" || answer.Request.AppID != sandbox.DefaultAccount().AppID {
				s.Fatalf("%s: %v", raw, err)
			}
			packages = append(packages, answer.Request.Package)
		}
		if packages[0] != packages[1] || packages[0] != packages[2] {
			s.Errorf("the order was announced as %v", packages)
		}
		_, before, _ := phone.get(order + "/state")
		outcome, err := s.wechat.Follower(ming).Pay(strings.TrimPrefix(packages[0], "prepay_id="))
		if err != nil || outcome.Shown != "paid" {
			s.Fatalf("%+v, %v", outcome, err)
		}
		s.settled(u)
		if _, after, _ := phone.get(order + "/state"); after == before {
			s.Error("the state says nothing of the payment")
		}
		until := "有效期至 " + s.clock.Now().Add(30*24*time.Hour).In(time.FixedZone("", 8*3600)).Format("2006年1月2日")
		status, text, _ = phone.get(order)
		s.want("paid", status, text, 200, "已支付，"+until, "申请退款")
		if strings.Contains(text, `id="pay"`) || strings.Contains(text, "data-watch") {
			s.Error("a paid order can be paid, or is watched")
		}
		if _, raw, _ := phone.post(order+"/pay", url.Values{}); !strings.Contains(raw, `"changed":true`) {
			s.Errorf("paying again: %s", raw)
		}
		if n, m := s.count(`SELECT COUNT(*) FROM orders`), s.count(`SELECT COUNT(*) FROM ledger`); n != 1 || m != 1 {
			s.Errorf("%d orders and %d entries, want one of each", n, m)
		}
		status, text, _ = phone.get("/my/products")
		s.want("mine", status, text, 200, "每日行情", until, "有效", "续费")
		status, text, _ = phone.get(fmt.Sprintf("/my/products/%d", id))
		s.want("its history", status, text, 200, "付款，延长 30 天", "¥5.00", "已支付")
		status, text, _ = phone.get("/my/subscriptions")
		s.want("subscriptions", status, text, 200, "付费至")
		status, text, _ = phone.get(page)
		s.want("the product again", status, text, 200, "你已开通，"+until, "续费")
		if strings.Contains(text, "免费试用") {
			s.Error("a trial is offered to a buyer")
		}
	})
}

// TestBuy_TappedAtOnceIsAnnouncedOnce: all taps pay the same trade.
func TestBuy_TappedAtOnceIsAnnouncedOnce(t *testing.T) {
	eachSite(t, func(s *site) {
		id := s.product("每日行情")
		_, u := s.member()
		o := s.ordered(u, id)
		taps := make(chan error)
		for range 4 {
			go func() {
				_, err := s.billing.Pay(s.Context(), u.ID, o.Handle, billing.InWeChat)
				taps <- err
			}()
		}
		for range 4 {
			if err := <-taps; err != nil {
				s.Error(err)
			}
		}
		if n := s.count(`SELECT COUNT(*) FROM attempt`); n != 1 {
			s.Errorf("%d trades, want 1", n)
		}
	})
}

// settled waits for WeChat Pay's notice.
func (s *site) settled(u push.User) {
	s.Helper()
	stop := time.Now().Add(20 * time.Second)
	for s.count(`SELECT COUNT(*) FROM ledger WHERE user_id = $1 AND kind = 'payment'`, int64(u.ID)) == 0 {
		if time.Now().After(stop) {
			s.Fatal("no notice came")
		}
	}
}

// TestBuy_ByCodeOnAnotherScreen: the code shows while it can be paid.
func TestBuy_ByCodeOnAnotherScreen(t *testing.T) {
	eachSite(t, func(s *site) {
		s.notices()
		id := s.product("每日行情")
		ming, u := s.member()
		b := s.browser()
		_, text, _ := b.as(ming, fmt.Sprintf("/product/%d", id))
		_, _, at := b.post(fmt.Sprintf("/product/%d/buy", id), url.Values{"plan": plans(text)[:1]})
		order := b.order(at)
		status, text, at := b.post(order+"/code", url.Values{})
		s.want("the code", status, text, 200, "data:image/png;base64,", "用下单的这个微信", "data-watch")
		if at != order+"?way=code" {
			s.Errorf("ended at %s", at)
		}
		b.post(order+"/code", url.Values{})
		if n := s.count(`SELECT COUNT(*) FROM attempt`); n != 1 {
			s.Errorf("%d attempts, want 1", n)
		}
		code, err := s.billing.CodeOf(s.Context(), u.ID, strings.TrimPrefix(order, "/my/order/"))
		s.must(err)
		if outcome, err := s.wechat.Follower(ming).Pay(code); err != nil || outcome.Shown != "paid" {
			s.Fatalf("%+v, %v", outcome, err)
		}
		s.settled(u)
		status, text, _ = b.get(order + "?way=code")
		s.want("paid", status, text, 200, "已支付，有效期至")
		if strings.Contains(text, "data:image/png") {
			s.Error("the code of a paid order is shown")
		}
	})
}

// TestBuy_AnOrderThatIsOverOffersAnother, also when nobody has closed it yet.
func TestBuy_AnOrderThatIsOverOffersAnother(t *testing.T) {
	eachSite(t, func(s *site) {
		id := s.product("每日行情")
		ming, _ := s.member()
		b := s.browser()
		page := fmt.Sprintf("/product/%d", id)
		_, text, _ := b.as(ming, page)
		buy := url.Values{"plan": plans(text)[:1]}
		_, _, at := b.post(page+"/buy", buy)
		first := b.order(at)
		_, before, _ := b.get(first + "/state")
		s.clock.Advance(31 * time.Minute)
		if _, after, _ := b.get(first + "/state"); after == before {
			s.Error("the state says nothing of the end")
		}
		status, text, _ := b.get(first)
		s.want("over", status, text, 200, "已超时", "重新下单")
		if strings.Contains(text, `id="pay"`) {
			s.Error("it can be paid")
		}
		status, text, at = b.post(page+"/buy", buy)
		second := b.order(at)
		s.want("another", status, text, 200, "待付款")
		if second == first {
			s.Error("the old order again")
		}
		status, text, _ = b.get(second + "/cancel")
		s.want("the question", status, text, 200, "取消订单", "「每日行情」")
		status, text, at = b.post(second+"/cancel", url.Values{})
		s.want("cancelled", status, text, 200, "已关闭", "重新下单")
		if at != second {
			s.Errorf("ended at %s", at)
		}
	})
}

// TestOrder_OfSomebodyElseIsNone: every page of it says the same as of one that
// never was.
func TestOrder_OfSomebodyElseIsNone(t *testing.T) {
	eachSite(t, func(s *site) {
		id := s.product("每日行情")
		ming, _ := s.member()
		hong, _ := s.member()
		b, other := s.browser(), s.browser()
		_, text, _ := b.as(ming, fmt.Sprintf("/product/%d", id))
		_, _, at := b.post(fmt.Sprintf("/product/%d/buy", id), url.Values{"plan": plans(text)[:1]})
		order := b.order(at)
		other.as(hong, "/my/products")
		none := "/my/order/" + strings.Repeat("A", 26)
		for _, path := range []string{"", "/cancel", "/refund", "/state"} {
			status, got, _ := other.get(order + path)
			_, want, _ := other.get(none + path)
			if status != http.StatusNotFound || got != want {
				s.Errorf("GET %s: %d, and not the page of none", path, status)
			}
		}
		for _, path := range []string{"/cancel", "/refund", "/code", "/pay"} {
			form := url.Values{"reason": {"不要了"}}
			_, got, _ := other.post(order+path, form)
			_, want, _ := other.post(none+path, form)
			if got != want {
				s.Errorf("POST %s: not the page of none", path)
			}
		}
		for _, path := range []string{fmt.Sprintf("/my/products/%d", id), "/my/products/4711", "/my/products/x", "/my/order/x", "/my/order/%00"} {
			if status, _, _ := other.get(path); status != http.StatusNotFound {
				s.Errorf("%s: %d", path, status)
			}
		}
		if n := s.count(`SELECT COUNT(*) FROM orders WHERE state = 0`); n != 1 {
			s.Error("somebody else changed the order")
		}
		if n := s.count(`SELECT COUNT(*) FROM attempt`); n != 0 {
			s.Error("somebody else announced the order")
		}
		status, text, _ := s.browser().post(order+"/cancel", url.Values{})
		s.want("signed out", status, text, 401, "登录已过期")
	})
}

// TestRefund_AskedForAndFollowed: the wish, the answer, and what is left.
func TestRefund_AskedForAndFollowed(t *testing.T) {
	eachSite(t, func(s *site) {
		s.notices()
		id := s.product("每日行情")
		ming, u := s.member()
		b := s.browser()
		_, text, _ := b.as(ming, fmt.Sprintf("/product/%d", id))
		_, _, at := b.post(fmt.Sprintf("/product/%d/buy", id), url.Values{"plan": plans(text)[:1]})
		order := b.order(at)
		b.post(order+"/code", url.Values{})
		code, err := s.billing.CodeOf(s.Context(), u.ID, strings.TrimPrefix(order, "/my/order/"))
		s.must(err)
		_, err = s.wechat.Follower(ming).Pay(code)
		s.must(err)
		s.settled(u)
		status, text, _ := b.get(order + "/refund")
		s.want("the form", status, text, 200, "申请退回 ¥5.00", "原因")
		status, text, _ = b.post(order+"/refund", url.Values{"reason": {"  "}})
		s.want("without a reason", status, text, 400, "还没有写原因")
		status, text, _ = b.post(order+"/refund", url.Values{"reason": {strings.Repeat("钱", 81)}})
		s.want("too long", status, text, 400, "现在是 81 个", strings.Repeat("钱", 81))
		for range 2 {
			status, text, at = b.post(order+"/refund", url.Values{"reason": {"重复购买了"}})
			s.want("asked", status, text, 200, "等待对方处理", "重复购买了")
		}
		if n := s.count(`SELECT COUNT(*) FROM refund`); n != 1 || at != order {
			s.Errorf("%d refunds, ended at %s", n, at)
		}
		all, err := s.billing.MyOrders(s.Context(), u.ID, id)
		s.must(err)
		s.must(s.billing.Decline(s.Context(), id, all[0].Refunds[0].No, "已经发送了内容"))
		status, text, _ = b.get(order)
		s.want("declined", status, text, 200, "对方没有同意", "对方答复：已经发送了内容", "申请退款")
		b.post(order+"/refund", url.Values{"reason": {"还是不要了"}})
		all, err = s.billing.MyOrders(s.Context(), u.ID, id)
		s.must(err)
		for _, f := range all[0].Refunds {
			if f.State == billing.RefundAsked {
				s.must(s.billing.Approve(s.Context(), id, f.No))
			}
		}
		s.clock.Advance(2 * time.Minute)
		_, err = s.billing.SendRefunds(s.Context())
		s.must(err)
		for stop := time.Now().Add(20 * time.Second); s.count(`SELECT COUNT(*) FROM ledger WHERE kind = 'refund'`) == 0; {
			s.clock.Advance(time.Minute)
			_, err := s.billing.SendRefunds(s.Context())
			s.must(err)
			if time.Now().After(stop) {
				s.Fatal("the refund was never done")
			}
		}
		status, text, _ = b.get(order)
		s.want("refunded", status, text, 200, "已退款", "已退款到账", "有效期已在")
		status, text, _ = b.get(fmt.Sprintf("/my/products/%d", id))
		s.want("the history", status, text, 200, "退款，收回", "−¥5.00", "已到期")
	})
}

// TestProduct_DelistedKeepsWhatWasPaid: nobody can buy, and who has paid reads
// until when.
func TestProduct_DelistedKeepsWhatWasPaid(t *testing.T) {
	eachSite(t, func(s *site) {
		id := s.product("每日行情")
		ming, u := s.member()
		hong, _ := s.member()
		b, other := s.browser(), s.browser()
		page := fmt.Sprintf("/product/%d", id)
		_, text, _ := b.as(ming, page)
		buy := url.Values{"plan": plans(text)[:1]}
		_, _, at := b.post(page+"/trial", url.Values{})
		if at != page {
			s.Errorf("the trial ended at %s", at)
		}
		s.must(s.billing.Delist(s.Context(), 97, id, ""))
		status, text, _ := b.get(page)
		s.want("with a trial", status, text, 200, "已经下架", "你已开通，有效期至", "已付费的部分不受影响")
		status, text, _ = other.as(hong, page)
		s.want("without", status, text, 200, "已经下架")
		if len(plans(text)) > 0 || strings.Contains(text, "免费试用") {
			s.Error("a delisted product is sold")
		}
		status, text, _ = b.post(page+"/buy", buy)
		s.want("bought all the same", status, text, 409, "没有下单", "返回产品")
		if status, text, _ := s.browser().get("/market"); strings.Contains(text, "每日行情") {
			s.Errorf("the market shows it, %d", status)
		}
		status, text, _ = b.get("/my/products")
		s.want("mine", status, text, 200, "每日行情", "有效")
		if n := s.count(`SELECT COUNT(*) FROM orders WHERE user_id = $1`, int64(u.ID)); n != 0 {
			s.Error("an order was made")
		}
		status, text, _ = b.get("/product/4711")
		s.want("none", status, text, 404, "没有找到这个产品")
	})
}

// TestTrial_OnceOnThePage: the second tap is told so.
func TestTrial_OnceOnThePage(t *testing.T) {
	eachSite(t, func(s *site) {
		id := s.product("每日行情")
		ming, _ := s.member()
		b := s.browser()
		page := fmt.Sprintf("/product/%d", id)
		b.as(ming, page)
		status, text, _ := b.post(page+"/trial", url.Values{})
		s.want("the trial", status, text, 200, "你已开通，有效期至")
		status, text, _ = b.post(page+"/trial", url.Values{})
		s.want("again", status, text, 409, "试用已经用过了", "返回产品")
	})
}

// TestCoupon_ShownBeforeItIsUsed: one that takes off, and one that gives days.
func TestCoupon_ShownBeforeItIsUsed(t *testing.T) {
	eachSite(t, func(s *site) {
		id := s.product("每日行情")
		s.exec(`INSERT INTO coupon (product_id, code, days, off, uses, created_at) VALUES ($1, 'DAYS', 10, 0, 5, 1), ($1, 'OFF', 0, 200, 5, 1)`, int64(id))
		ming, _ := s.member()
		b := s.browser()
		page := fmt.Sprintf("/product/%d", id)
		status, text, _ := b.as(ming, page+"?coupon=off")
		s.want("money off", status, text, 200, "¥3.00", "<s class=\"soft small\">¥5.00</s>", `name="coupon" value="off"`)
		_, text, at := b.post(page+"/buy", url.Values{"plan": plans(text)[:1], "coupon": {"OFF"}})
		b.order(at)
		s.want("the order", 200, text, 200, "¥3.00", "¥5.00")
		status, text, _ = b.get(page + "?coupon=days")
		s.want("days", status, text, 200, "兑换 10 天", "不用付款")
		status, text, _ = b.post(page+"/redeem", url.Values{"coupon": {"DAYS"}})
		s.want("redeemed", status, text, 200, "你已开通，有效期至")
		status, text, _ = b.post(page+"/redeem", url.Values{"coupon": {"DAYS"}})
		s.want("again", status, text, 409, "优惠码不能用")
		status, text, _ = b.get(page + "?coupon=%E4%BD%A0%00")
		s.want("nonsense", status, text, 200, "这个优惠码不能用")
	})
}

// TestProduct_OutsideWeChatShowsTheWayIn, and signed out nothing is ordered.
func TestProduct_OutsideWeChatShowsTheWayIn(t *testing.T) {
	eachSite(t, func(s *site) {
		outside := newSite(s.T, storetest.SQLite(s.T), s.clock, false)
		id := outside.product("每日行情")
		b := outside.browser()
		status, text, _ := b.get(fmt.Sprintf("/product/%d", id))
		s.want("a desktop", status, text, 200, "在微信里购买", "data:image/png;base64,", "30 天")
		if len(plans(text)) > 0 {
			s.Error("there is a button to buy")
		}
		status, text, _ = b.post(fmt.Sprintf("/product/%d/buy", id), url.Values{"plan": {"1"}})
		s.want("a form", status, text, 401, "登录已过期")
	})
}
