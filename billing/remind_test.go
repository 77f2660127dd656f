package billing_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hongyan/billing"
	"hongyan/push"
)

// buys is a user who paid for so many days.
func (w *world) buys(openid push.OpenID, days int) push.User {
	w.Helper()
	_, plan := w.listed(days, 500)
	u := w.user(openid)
	w.pays(u, openid, plan)
	return u
}

func (w *world) pays(u push.User, openid push.OpenID, plan billing.Plan) (tradeNo string) {
	w.Helper()
	o, err := w.Order(w.Context(), u.ID, plan.ID, "")
	w.must(err)
	tradeNo = w.attempt(o)
	w.must(w.Settle(w.Context(), "", w.word(tradeNo, openid, plan.Price)))
	return tradeNo
}

// reminded are the summaries a user got about the end of a time.
func (w *world) reminded(u push.User) string {
	w.Helper()
	var all []string
	for _, like := range []string{"%3 天就到期", "%2 天就到期", "%1 天就到期", "%已到期"} {
		n := w.number(`SELECT COUNT(*) FROM message m JOIN record c ON c.message_id = m.id WHERE c.user_id = $1 AND m.summary LIKE $2`, int64(u.ID), like)
		all = append(all, fmt.Sprint(n))
	}
	return strings.Join(all, " ")
}

// TestRemind_OnceBeforeAndOnceAfter: three days, one day, and that it ended.
func TestRemind_OnceBeforeAndOnceAfter(t *testing.T) {
	for name, of := range map[string]struct {
		days  int
		steps []struct {
			after time.Duration
			want  string // three days, two, one, ended
		}
	}{
		"a month": {30, []struct {
			after time.Duration
			want  string
		}{{26 * 24 * time.Hour, "0 0 0 0"}, {27 * 24 * time.Hour, "1 0 0 0"}, {29*24*time.Hour - time.Second, "1 0 0 0"}, {29 * 24 * time.Hour, "1 0 1 0"},
			{30*24*time.Hour - time.Second, "1 0 1 0"}, {30 * 24 * time.Hour, "1 0 1 1"}, {60 * 24 * time.Hour, "1 0 1 1"}}},
		"three days": {3, []struct {
			after time.Duration
			want  string
		}{{0, "0 0 0 0"}, {36 * time.Hour, "0 0 0 0"}, {48 * time.Hour, "0 0 1 0"}, {72 * time.Hour, "0 0 1 1"}}},
		"one day": {1, []struct {
			after time.Duration
			want  string
		}{{0, "0 0 0 0"}, {23 * time.Hour, "0 0 0 0"}, {24 * time.Hour, "0 0 0 1"}}},
		"downtime over the first": {30, []struct {
			after time.Duration
			want  string
		}{{29*24*time.Hour + time.Hour, "0 0 1 0"}, {28 * 24 * time.Hour, "0 0 1 0"}}}, // the clock goes back
		"downtime to the end": {30, []struct {
			after time.Duration
			want  string
		}{{32 * 24 * time.Hour, "0 0 0 1"}}},
		"downtime over all": {30, []struct {
			after time.Duration
			want  string
		}{{45 * 24 * time.Hour, "0 0 0 0"}}},
		"late for the first": {30, []struct {
			after time.Duration
			want  string
		}{{28*24*time.Hour + time.Hour, "0 1 0 0"}, {29 * 24 * time.Hour, "0 1 1 0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				u := w.buys("o_ming", of.days)
				from := w.clock.Now()
				for _, step := range of.steps {
					w.clock.Set(from.Add(step.after))
					for range 2 {
						_, err := w.Remind(t.Context())
						w.must(err)
					}
					if got := w.reminded(u); got != step.want {
						t.Errorf("after %s: %s, want %s", step.after, got, step.want)
					}
				}
			})
		})
	}
}

// TestRemind_RenewalIsANewEnd, and says where to renew.
func TestRemind_RenewalIsANewEnd(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, plan := w.listed(30, 500)
		u := w.user("o_ming")
		w.pays(u, "o_ming", plan)
		for i := range int64(3) {
			w.clock.Advance(27 * 24 * time.Hour)
			_, err := w.Remind(t.Context())
			w.must(err)
			if n := w.number(`SELECT COUNT(*) FROM message WHERE summary LIKE '%就到期'`); n != i+1 {
				t.Errorf("%d reminders, want %d", n, i+1)
			}
			w.clock.Advance(2 * 24 * time.Hour)
			w.pays(u, "o_ming", plan)
			w.clock.Advance(24 * time.Hour)
			_, err = w.Remind(t.Context())
			w.must(err)
		}
		body := w.text(`SELECT c.body FROM message m JOIN content c ON c.message_id = m.id WHERE m.summary LIKE '%就到期' LIMIT 1`)
		if !strings.Contains(body, fmt.Sprintf("http://127.0.0.1:1/product/%d", id)) || !strings.Contains(body, "2026-12-02 12:00") {
			t.Errorf("body %q", body)
		}
	})
}

// TestRemind_NotAfterARefund: its receipt says when the time ended.
func TestRemind_NotAfterARefund(t *testing.T) {
	eachWorld(t, func(w *world) {
		id, plan := w.listed(30, 500)
		u := w.user("o_ming")
		no := w.pays(u, "o_ming", plan)
		w.clock.Advance(time.Hour)
		refund, err := w.Refund(t.Context(), id, billing.OrderID(w.number(`SELECT order_id FROM attempt WHERE trade_no = $1`, no)), 500, "")
		w.must(err)
		w.must(w.SettleRefund(t.Context(), "", billing.Refunded{RefundNo: refund, TradeNo: no, RefundID: "50", State: billing.RefundDone, Amount: 500, Total: 500, DoneAt: w.clock.Now()}))
		w.clock.Advance(time.Hour)
		_, err = w.Remind(t.Context())
		w.must(err)
		if got := w.reminded(u); got != "0 0 0 0" {
			t.Errorf("reminded %s", got)
		}
	})
}

// TestF21_RemindOnTwoNodesAtOnce: everybody is told once, over several pages.
func TestF21_RemindOnTwoNodesAtOnce(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		const people = 230
		for i := range people {
			openid := push.OpenID(fmt.Sprintf("o_%d", i))
			w.pays(w.user(openid), openid, plan)
		}
		w.clock.Advance(27 * 24 * time.Hour)
		nodes := []*billing.Service{w.Service, billing.New(w.db, w.push, billing.Options{Payee: payee})}
		var work sync.WaitGroup
		var told [2]int
		for k, node := range nodes {
			work.Go(func() {
				n, err := node.Remind(t.Context())
				if err != nil {
					t.Error(err)
				}
				told[k] = n
			})
		}
		work.Wait()
		if n := w.number(`SELECT COUNT(*) FROM message WHERE summary LIKE '%就到期'`); n != people || told[0]+told[1] != people {
			t.Errorf("%d messages, %v told, want %d", n, told, people)
		}
	})
}
