package billing_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
)

// buy orders the plan for the user and has it paid.
func (w *world) buy(u push.User, plan billing.Plan) billing.Order {
	w.Helper()
	o, err := w.Order(w.Context(), u.ID, plan.ID, "")
	w.must(err)
	w.must(w.Settle(w.Context(), "", w.word(w.attempt(o), u.OpenID, o.Amount)))
	return w.order(u, o)
}

// sentBack is WeChat Pay's word that a refund is done.
func (w *world) sentBack(no string, o billing.Order, amount int64) {
	w.Helper()
	w.must(w.SettleRefund(w.Context(), "", billing.Refunded{
		RefundNo: no, TradeNo: o.TradeNo, RefundID: "50" + no, State: billing.RefundDone, Amount: amount, Total: o.Amount, DoneAt: w.clock.Now(),
	}))
}

// known is a user who followed before.
func (w *world) known(openid push.OpenID) push.User {
	w.Helper()
	u, _, err := w.push.UserByOpenID(w.Context(), openid)
	w.must(err)
	return u
}

func someone(i int) push.OpenID { return push.OpenID(fmt.Sprintf("o_user_%03d", i)) }

// TestOwn_CountsWhoHasItAndWhatItEarned: what went back is no income, what
// ended is no subscriber, and a month begins at midnight in Shanghai.
func TestOwn_CountsWhoHasItAndWhatItEarned(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.clock.Set(time.Date(2026, 1, 31, 15, 59, 0, 0, time.UTC)) // 23:59 in Shanghai
		product, plan := w.listed(1, 300)
		first := w.buy(w.user(someone(1)), plan)
		w.clock.Advance(2 * time.Minute)
		second := w.buy(w.user(someone(2)), plan)
		no, err := w.Refund(w.Context(), product, second.ID, 100, "")
		w.must(err)
		w.sentBack(no, second, 100)
		got, err := w.Own(w.Context(), w.app, product)
		w.must(err)
		if got.Subscribers != 2 || got.Income != 500 || got.Month != 200 {
			t.Errorf("%d subscribers, income %d, this month %d; want 2, 500, 200", got.Subscribers, got.Income, got.Month)
		}
		w.clock.Advance(24 * time.Hour)
		all, more, err := w.Products(w.Context(), w.app, 0, 10)
		w.must(err)
		if len(all) != 1 || more || all[0].Subscribers != 0 || all[0].Income != 500 || all[0].Name != "每日行情" {
			t.Errorf("%d products, more %v, the first %+v", len(all), more, all)
		}
		days, err := w.Income(w.Context(), w.app, product, w.clock.Now().Add(-48*time.Hour), false)
		w.must(err)
		want := []billing.Earned{{Paid: 300, Orders: 1}, {Paid: 300, Returned: 100, Orders: 1}, {}}
		days = days[len(days)-3:]
		for i := range want {
			if want[i].At = days[i].At; days[i] != want[i] {
				t.Errorf("day %d: %+v, want %+v", i, days[i], want[i])
			}
		}
		months, err := w.Income(w.Context(), w.app, product, first.CreatedAt.AddDate(0, -2, 0), true)
		w.must(err)
		if len(months) != 3 || months[0].Paid != 0 || months[1].Paid != 300 || months[2].Paid != 300 || months[2].Returned != 100 {
			t.Errorf("months %+v", months)
		}
	})
}

// TestProducts_ComeInPages, the newest first.
func TestProducts_ComeInPages(t *testing.T) {
	eachWorld(t, func(w *world) {
		for i := range 5 {
			_, err := w.Create(w.Context(), w.app, billing.ProductDraft{Name: fmt.Sprint("产品", i)})
			w.must(err)
		}
		var got string
		after, more := push.ProductID(0), true
		for more {
			var all []billing.Listing
			var err error
			all, more, err = w.Products(w.Context(), w.app, after, 2)
			w.must(err)
			for _, p := range all {
				got, after = got+p.Name+" ", p.ID
			}
		}
		if want := "产品4 产品3 产品2 产品1 产品0 "; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// TestOwners_SeeAndChangeTheirOwnProductsAlone: to another app a product does
// not exist, whatever it asks.
func TestOwners_SeeAndChangeTheirOwnProductsAlone(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, plan := w.listed(30, 500)
		u := w.user(someone(1))
		o := w.buy(u, plan)
		other, _, err := w.push.CreateApp(w.Context(), push.NewApp{Name: "别人的应用"})
		w.must(err)
		app, ctx := other.ID, w.Context()
		_, err = w.CreateCoupon(ctx, w.app, product, billing.CouponDraft{Code: "OPEN", Days: 1, Uses: 1})
		w.must(err)
		before := w.number(`SELECT (SELECT COUNT(*) FROM ledger) + (SELECT COUNT(*) FROM coupon) + (SELECT COUNT(*) FROM audit)`)
		for name, do := range map[string]func() error{
			"own":         func() error { _, err := w.Own(ctx, app, product); return err },
			"income":      func() error { _, err := w.Income(ctx, app, product, w.clock.Now(), false); return err },
			"subscribers": func() error { _, _, err := w.Subscribers(ctx, app, product, billing.SubscriberFilter{}); return err },
			"orders":      func() error { _, _, err := w.Orders(ctx, app, product, billing.OrderFilter{}); return err },
			"order":       func() error { _, err := w.OrderOf(ctx, app, product, o.Handle); return err },
			"refunds":     func() error { _, _, _, err := w.Refunds(ctx, app, product, "", 0); return err },
			"gift":        func() error { return w.Gift(ctx, app, product, u.UID, 3, "") },
			"coupon": func() error {
				_, err := w.CreateCoupon(ctx, app, product, billing.CouponDraft{Days: 1, Uses: 1})
				return err
			},
			"coupons":    func() error { _, _, err := w.Coupons(ctx, app, product, 0, 0); return err },
			"end coupon": func() error { return w.EndCoupon(ctx, app, product, "OPEN") },
			"cover":      func() error { return w.SetCover(ctx, app, product, nil) },
			"code":       func() error { _, err := w.EnsureScene(ctx, app, product); return err },
			"delist":     func() error { return w.Delist(ctx, app, product, "") },
			"relist":     func() error { return w.Relist(ctx, app, product) },
			"edit":       func() error { return w.Edit(ctx, app, product, billing.ProductDraft{Name: "改了"}) },
		} {
			if err := do(); !errors.Is(err, billing.ErrNoProduct) {
				t.Errorf("%s: %v, want ErrNoProduct", name, err)
			}
		}
		if all, _, err := w.Products(ctx, app, 0, 0); err != nil || len(all) != 0 {
			t.Errorf("products of the other app: %+v, %v", all, err)
		}
		if after := w.number(`SELECT (SELECT COUNT(*) FROM ledger) + (SELECT COUNT(*) FROM coupon) + (SELECT COUNT(*) FROM audit)`); after != before {
			t.Errorf("%d rows, there were %d", after, before)
		}
	})
}

// TestSubscribers_ByStateAndSearch: the latest end first, each once over all
// pages.
func TestSubscribers_ByStateAndSearch(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, plan := w.listed(1, 500)
		var users []push.User
		for i := range 5 {
			users = append(users, w.user(someone(i)))
			w.buy(users[i], plan)
			w.clock.Advance(6 * time.Hour)
		}
		list := func(f billing.SubscriberFilter) (got []push.UID) {
			f.Limit = 2
			for {
				all, next, err := w.Subscribers(w.Context(), w.app, product, f)
				w.must(err)
				for _, one := range all {
					got = append(got, one.UID)
				}
				if f.After = next; next == "" {
					return got
				}
			}
		}
		yes, no := true, false
		uid := func(i ...int) (all []push.UID) {
			for _, i := range i {
				all = append(all, users[i].UID)
			}
			return all
		}
		full := string(users[3].UID)
		for name, c := range map[string]struct {
			f    billing.SubscriberFilter
			want []push.UID
		}{
			"everybody": {billing.SubscriberFilter{}, uid(4, 3, 2, 1, 0)},
			"active":    {billing.SubscriberFilter{Active: &yes}, uid(4, 3, 2)},
			"ended":     {billing.SubscriberFilter{Active: &no}, uid(1, 0)},
			"by uid":    {billing.SubscriberFilter{Search: full}, uid(3)},
			"by end":    {billing.SubscriberFilter{Search: full[len(full)-6:]}, uid(3)},
			"ended uid": {billing.SubscriberFilter{Search: full, Active: &no}, nil},
			"nobody":    {billing.SubscriberFilter{Search: "雁\x00"}, nil},
		} {
			if got := list(c.f); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
		var invalid *push.Invalid
		if _, _, err := w.Subscribers(w.Context(), w.app, product, billing.SubscriberFilter{After: "x"}); !errors.As(err, &invalid) {
			t.Errorf("a made-up cursor: %v", err)
		}
	})
}

// TestOrders_ByStateAndSearch: by trade number, transaction id and UID, in
// pages.
func TestOrders_ByStateAndSearch(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, plan := w.listed(30, 500)
		var paid []billing.Order
		for i := range 3 {
			paid = append(paid, w.buy(w.user(someone(i)), plan))
		}
		waiting, err := w.Order(w.Context(), w.user(someone(3)).ID, plan.ID, "")
		w.must(err)
		w.exec(`UPDATE orders SET transaction_id = '4200000123202601' WHERE id = $1`, int64(paid[1].ID))
		list := func(f billing.OrderFilter) (got string) {
			f.Limit = 2
			for {
				all, next, err := w.Orders(w.Context(), w.app, product, f)
				w.must(err)
				for _, o := range all {
					got += fmt.Sprint(o.ID, " ")
				}
				if f.After = next; next == "" {
					return got
				}
			}
		}
		ids := func(all ...billing.Order) (s string) {
			for _, o := range all {
				s += fmt.Sprint(o.ID, " ")
			}
			return s
		}
		created, done := billing.OrderCreated, billing.OrderPaid
		uid := w.known(someone(2)).UID
		for name, c := range map[string]struct {
			f    billing.OrderFilter
			want string
		}{
			"all":         {billing.OrderFilter{}, ids(waiting, paid[2], paid[1], paid[0])},
			"waiting":     {billing.OrderFilter{State: &created}, ids(waiting)},
			"paid":        {billing.OrderFilter{State: &done}, ids(paid[2], paid[1], paid[0])},
			"trade":       {billing.OrderFilter{Search: " " + paid[0].TradeNo}, ids(paid[0])},
			"transaction": {billing.OrderFilter{Search: "4200000123202601"}, ids(paid[1])},
			"uid":         {billing.OrderFilter{Search: string(uid)}, ids(paid[2])},
			"nothing":     {billing.OrderFilter{Search: "HY\x00雁"}, ""},
			"made up":     {billing.OrderFilter{After: "雁"}, ""},
		} {
			if got := list(c.f); got != c.want {
				t.Errorf("%s: orders %s, want %s", name, got, c.want)
			}
		}
		if o, err := w.OrderOf(w.Context(), w.app, product, waiting.Handle); err != nil || o.ID != waiting.ID || o.UID == "" {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

// TestRefunds_UndecidedFirst, and a part of one can be sent back.
func TestRefunds_UndecidedFirst(t *testing.T) {
	eachWorld(t, func(w *world) {
		product, plan := w.listed(30, 500)
		var orders []billing.Order
		var users []push.User
		for i := range 5 {
			users = append(users, w.user(someone(i)))
			orders = append(orders, w.buy(users[i], plan))
			w.must(w.AskRefund(w.Context(), users[i].ID, orders[i].Handle, fmt.Sprint("原因", i)))
			w.clock.Advance(time.Hour)
		}
		asked, rest, next, err := w.Refunds(w.Context(), w.app, product, "", 2)
		w.must(err)
		if len(asked) != 5 || asked[0].Reason != "原因0" || asked[0].UID != users[0].UID || len(rest) != 0 || next != "" {
			t.Fatalf("%d asked, first %+v; %d others, next %q", len(asked), asked[0], len(rest), next)
		}
		for i := range 3 {
			w.must(w.Decline(w.Context(), product, asked[i].No, "已经用完"))
		}
		var got string
		for after := ""; ; after = next {
			if asked, rest, next, err = w.Refunds(w.Context(), w.app, product, after, 2); err != nil {
				t.Fatal(err)
			}
			got += fmt.Sprint(len(asked), ":")
			for _, f := range rest {
				got += f.Reason + " "
			}
			if next == "" {
				break
			}
		}
		if want := "2:原因2 原因1 0:原因0 "; got != want {
			t.Errorf("got %s, want %s", got, want)
		}

		no := func(i int) string {
			all, err := w.RefundsOf(w.Context(), orders[i].ID)
			w.must(err)
			return all[0].No
		}
		var invalid *push.Invalid
		for _, amount := range []int64{0, -1, 501} {
			if err := w.ApprovePart(w.Context(), product, no(3), amount); !errors.As(err, &invalid) {
				t.Errorf("part of %d: %v", amount, err)
			}
		}
		w.must(w.ApprovePart(w.Context(), product, no(3), 200))
		if err := w.ApprovePart(w.Context(), product, no(3), 200); !errors.Is(err, billing.ErrRefundDecided) {
			t.Errorf("again: %v", err)
		}
		if err := w.ApprovePart(w.Context(), product+1, no(4), 200); !errors.Is(err, billing.ErrNoOrder) {
			t.Errorf("of another product: %v", err)
		}
		w.sentBack(no(3), orders[3], 200)
		o := w.order(users[3], orders[3])
		if o.State != billing.OrderPartlyRefunded || o.Returned != 200 || o.Returning != 0 || o.Left() != 300 {
			t.Errorf("order %+v", o)
		}
	})
}
