package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
	"hongyan/store/storetest"
)

const products = "/console/app/97/products"

// repeated turns name, value, … into a form, a name as often as it comes.
func repeated(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return f
}

// TestProducts_FromDraftToMarket is the owner's way: what is wrong stands
// beside what was typed, the draft is submitted, withdrawn, listed, changed in
// its plans alone, delisted.
func TestProducts_FromDraftToMarket(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		topic, err := s.push.CreateTopic(s.Context(), 97, "夜间行情")
		s.must(err)
		b := m.owner
		if got := b.get(products); got != http.StatusOK {
			t.Fatal(got)
		}
		b.shows("还没有产品", "还没有接通微信支付")
		draft := func(more ...string) url.Values {
			return repeated(append([]string{"name", "每日行情", "description", "# 收盘", "trial", "7"}, more...)...)
		}
		for name, c := range map[string]struct {
			form url.Values
			want string
		}{
			"no name":      {repeated("name", " "), "产品名要有 1 到 40"},
			"no price":     {draft("line", "", "days", "30", "price", "九块九"), "套餐的价格要在"},
			"half a fen":   {draft("line", "", "days", "30", "price", "9.999"), "套餐的价格要在"},
			"no days":      {draft("line", "", "days", "", "price", "9.9"), "套餐的天数要在"},
			"not its own":  {draft("resource", "0:98"), "只能包含本应用"},
			"no resource":  {draft("resource", "x"), "只能包含本应用"},
			"a long trial": {repeated("name", "x", "trial", "91"), "试用天数要在"},
		} {
			if got := b.send(products+"/new", c.form); got != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", name, got)
			}
			b.shows(c.want)
		}
		b.send(products+"/new", draft("resource", fmt.Sprintf("1:%d", topic.ID), "resource", "0:97",
			"line", "", "days", "30", "price", " ¥1,009.9 ", "line", "", "days", "", "price", ""))
		b.shows("草稿已保存", "¥1,009.90", "主题「夜间行情」", "免费试用 7 天", "提交审核")
		here := products + "/1"
		b.send(here+"/submit", nil)
		b.shows("已提交审核", "正在等待管理员审核")
		if got := b.send(here+"/edit", draft("line", "1", "days", "30", "price", "1009.90")); got != http.StatusOK {
			t.Errorf("edit under review: %d", got)
		}
		b.send(here+"/withdraw", nil)
		b.shows("已撤回")
		b.send(here+"/edit", draft("resource", "0:97", "line", "1", "days", "30", "price", "9.90"))
		b.shows("¥9.90")
		b.send(here+"/submit", nil)
		s.must(s.billing.List(s.Context(), 1))
		b.get(here)
		b.shows("正在出售", "改套餐和试用", "popovertarget=\"delist\"")
		b.get(here + "/edit")
		if strings.Contains(b.Page, `name="description"`) {
			t.Error("what was reviewed can be edited")
		}
		b.send(here+"/edit", repeated("name", "偷偷改名", "trial", "0", "line", "1", "days", "30", "price", "19.90"))
		b.shows("每日行情", "¥19.90", "第 3 版")
		b.send(here+"/delist", nil)
		b.shows("产品已下架", "已经下架")
		if got := b.send(here+"/delist", nil); got != http.StatusConflict {
			t.Errorf("delisted twice: %d", got)
		}
		b.get(products)
		b.shows("每日行情", "已下架")
		for _, path := range []string{"/2", "/x", "/0", "/-1", "/99999999999999999999"} {
			if got := b.get(products + path); got != http.StatusNotFound {
				t.Errorf("%s: %d", path, got)
			}
		}
	})
}

// TestProducts_RowsOfPlans are added and taken away before anything is saved,
// with and without script.
func TestProducts_RowsOfPlans(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		typed := repeated("name", "行情", "description", "写到一半", "line", "", "days", "30", "price", "9.9", "line", "", "days", "90", "price", "25")
		m.owner.post(products+"/rows", typed)
		m.owner.shows("写到一半", `id="f-days-3"`, `value="25"`)
		typed.Set("drop", "1")
		m.owner.do("POST", products+"/rows", typed, http.Header{"Hx-Request": {"true"}})
		if strings.Contains(m.owner.Page, `value="9.9"`) || !strings.Contains(m.owner.Page, `value="25"`) || strings.Contains(m.owner.Page, "<html") {
			t.Errorf("rows after one was dropped:\n%s", m.owner.Page)
		}
		if n := s.count(`SELECT COUNT(*) FROM product`); n != 0 {
			t.Errorf("%d products", n)
		}
	})
}

// TestProducts_Refunds: what a subscriber asks for is decided after the phone
// allowed it; a part can go back; and nobody decides twice.
func TestProducts_Refunds(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		id, plan := s.sale("每日行情", billing.Listed)
		here := fmt.Sprintf("%s/%d", products, id)
		var orders []billing.Order
		for i := range 2 {
			ming := s.follows(97)
			o := s.buys(ming, plan)
			s.must(s.billing.AskRefund(s.Context(), ming.user().ID, o.Handle, fmt.Sprint("原因", i)))
			orders = append(orders, o)
		}
		no := func(i int) string {
			return s.word(`SELECT refund_no FROM refund WHERE order_id = $1`, int64(orders[i].ID))
		}
		m.owner.get(products)
		m.owner.shows("2 笔退款待处理")
		m.owner.get(here + "/refunds")
		m.owner.shows("原因0", "原因1", "¥9.90", "退款 (2)")
		m.owner.allow(m.ownerPhone, here+"/refunds/approve", repeated("no", no(0), "amount", "10"))
		m.owner.shows("退款金额要在")
		m.owner.allow(m.ownerPhone, here+"/refunds/approve", repeated("no", no(0), "amount", "4.95"))
		m.owner.shows("已提交给微信")
		if got := m.owner.allow(m.ownerPhone, here+"/refunds/approve", repeated("no", no(0), "amount", "4.95")); got != http.StatusConflict {
			t.Errorf("twice: %d", got)
		}
		m.owner.send(here+"/refunds/decline", repeated("no", no(1), "reason", "已经用了"))
		m.owner.shows("已拒绝", "已经用了")
		if n := s.count(`SELECT amount FROM refund WHERE refund_no = $1 AND state = 1`, no(0)); n != 495 {
			t.Errorf("%d fen go back", n)
		}
		m.owner.get(here + "/orders/" + orders[1].Handle)
		m.owner.shows("主动退款", "最多还能退 ¥9.90", orders[1].TradeNo)
		m.owner.allow(m.ownerPhone, here+"/orders/"+orders[1].Handle+"/refund", repeated("amount", "1.00", "reason", "补偿"))
		m.owner.shows("退款中", "补偿")
		if n := s.count(`SELECT COUNT(*) FROM audit WHERE action IN ('refund.send', 'refund.approve', 'refund.decline')`); n != 3 {
			t.Errorf("%d lines in the log", n)
		}
	})
}

// TestProducts_OrdersAsAFile has every order, and nothing in it is a formula.
func TestProducts_OrdersAsAFile(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		id, plan := s.sale("每日行情", billing.Listed)
		ming := s.follows(97)
		paid := s.buys(ming, plan)
		_, err := s.billing.Order(s.Context(), s.follows(97).user().ID, plan.ID, "")
		s.must(err)
		here := fmt.Sprintf("%s/%d", products, id)
		m.developer.get(here + "/orders.csv")
		lines := strings.Split(strings.TrimSpace(m.developer.Page), "\r\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[0], "\ufeff下单时间,状态,UID") || !strings.Contains(lines[2], ",已支付,"+string(ming.user().UID)+",30,9.90,9.90,0.00,,") || !strings.Contains(lines[2], paid.TradeNo) {
			t.Errorf("file:\n%s", m.developer.Page)
		}
		m.developer.get(here + "/orders?state=1&search=" + paid.TradeNo)
		m.developer.shows(paid.TradeNo, "orders.csv?search="+paid.TradeNo)
		m.developer.get(here + "/orders.csv?state=0")
		if n := strings.Count(m.developer.Page, "\r\n"); n != 2 {
			t.Errorf("%d lines of orders that wait", n)
		}
		m.developer.get(here + "/orders?search=" + url.QueryEscape("HY\x00雁"))
		m.developer.shows("没有符合条件的订单")
	})
}

// TestProducts_GiftsAndCoupons from the console: what is wrong stands beside its
// field, and the person is told.
func TestProducts_GiftsAndCoupons(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		id, _ := s.sale("每日行情", billing.Listed)
		here := fmt.Sprintf("%s/%d", products, id)
		ming := s.follows(97)
		m.owner.send(here+"/gift", repeated("uid", "UID_nobody", "days", "3"))
		m.owner.shows("没有这个 UID 的用户", `value="UID_nobody"`)
		m.owner.send(here+"/gift", repeated("uid", uidOf(ming), "days", "三"))
		m.owner.shows("赠送的天数要在")
		m.owner.send(here+"/gift", repeated("uid", uidOf(ming), "days", "3", "reason", "补偿"))
		m.owner.shows("已送出 3 天", "没有付过", shortOf(ming))
		s.must(s.push.RejectFollower(s.Context(), 97, 0, ming.user().UID, true))
		m.owner.send(here+"/gift", repeated("uid", uidOf(ming), "days", "3"))
		m.owner.shows("请先解除屏蔽")

		for name, c := range map[string]struct {
			form url.Values
			want string
		}{
			"neither": {repeated("uses", "1"), "只填一项"},
			"code":    {repeated("code", "优惠", "days", "1", "uses", "1"), "优惠码要有"},
			"off":     {repeated("off", "x", "uses", "1"), "减免金额要在"},
			"uses":    {repeated("days", "1", "uses", "x"), "可用次数要在"},
			"date":    {repeated("days", "1", "uses", "1", "expires", "明天"), "请填写日期"},
			"past":    {repeated("days", "1", "uses", "1", "expires", "2020-01-01"), "到期时间要在"},
		} {
			if got := m.owner.send(here+"/coupons", c.form); got != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", name, got)
			}
			m.owner.shows(c.want)
		}
		m.owner.send(here+"/coupons", repeated("code", "open", "off", "5", "uses", "10", "expires", s.db.Now().AddDate(0, 0, 1).Format("2006-01-02")))
		m.owner.shows("优惠码 OPEN 已建好", "减 ¥5.00", "0 / 10")
		m.owner.send(here+"/coupons/end", repeated("code", "OPEN"))
		m.owner.shows("优惠码已停用", "已停用")
	})
}

// TestProducts_CodeLeadsToThePage: the code is made once; whoever scans it gets
// the link, or reads why there is nothing to buy.
func TestProducts_CodeLeadsToThePage(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		id, _ := s.sale("每日行情", billing.Listed)
		here := fmt.Sprintf("%s/%d", products, id)
		m.developer.send(here+"/code", nil)
		m.developer.shows("二维码已生成", fmt.Sprintf("%s/product/%d", s.base, id))
		code := handleOf.FindStringSubmatch(m.developer.Page)
		if code == nil {
			t.Fatal("no code on the page")
		}
		m.developer.send(here+"/code", nil)
		m.developer.shows(code[1])
		ming := s.phone()
		if got := ming.scan(code[1]); !strings.Contains(got, fmt.Sprintf("%s/product/%d", s.base, id)) || !strings.Contains(got, "每日行情") {
			t.Errorf("a scan says %q", got)
		}
		s.clock.Advance(2 * time.Second) // two scans in one second are one event
		s.must(s.billing.Delist(s.Context(), 97, id, ""))
		if got := ming.scan(code[1]); !strings.Contains(got, "已经下架") {
			t.Errorf("after it was delisted a scan says %q", got)
		}
		s.clock.Advance(2 * time.Second)
		s.must(s.billing.Submit(s.Context(), 97, id))
		if got := ming.scan(code[1]); !strings.Contains(got, "还没有上架") || strings.Contains(got, "/product/") {
			t.Errorf("under review a scan says %q", got)
		}
	})
}

// TestProducts_BelongToTheirApp: another app's product does not exist here.
func TestProducts_BelongToTheirApp(t *testing.T) {
	eachSite(t, func(s *site) {
		m := s.team()
		more := aPurchase(s, m)
		_, _, err := s.push.CreateApp(s.Context(), push.NewApp{ID: 98, Name: "另一个应用", Owner: m.ownerPhone.user().ID})
		s.must(err)
		here := "/console/app/98/products/" + more["product"]
		changed := storetest.Watch(s, s.db, "product", "plan", "product_resource", "product_cover", "coupon", "orders", "refund", "ledger")
		for _, path := range []string{"", "/edit", "/page", "/subscribers", "/orders", "/orders.csv", "/orders/" + more["order"], "/refunds", "/coupons"} {
			if got := m.owner.get(here + path); got != http.StatusNotFound {
				t.Errorf("GET %s: %d", path, got)
			}
		}
		for _, path := range []string{"/edit", "/cover", "/code", "/submit", "/withdraw", "/delist", "/relist", "/gift", "/refunds/decline", "/coupons", "/coupons/end"} {
			if got := m.owner.send(here+path, repeated("no", more["=no"], "remove", "1")); got != http.StatusNotFound {
				t.Errorf("POST %s: %d", path, got)
			}
		}
		for _, path := range []string{"/orders/" + more["order"] + "/refund", "/refunds/approve"} {
			if got := m.owner.allow(m.ownerPhone, here+path, repeated("no", more["=no"], "amount", "1")); got != http.StatusNotFound {
				t.Errorf("POST %s: %d", path, got)
			}
		}
		if rows := changed(); rows != "" {
			t.Errorf("changed:\n%s", rows)
		}
	})
}
