package billing_test

import (
	"testing"

	"hongyan/billing"
	"hongyan/push"
)

// TestI5_PaidWhileTheAppWasSuspended: who could not follow the app when the
// money came has what they paid for once they follow it.
func TestI5_PaidWhileTheAppWasSuspended(t *testing.T) {
	eachWorld(t, func(w *world) {
		_, plan := w.listed(30, 500)
		u := w.user("o_ming")
		o, err := w.Order(w.Context(), u.ID, plan.ID, "")
		w.must(err)
		no := w.attempt(o)
		w.exec(`UPDATE app SET suspended_at = 1, suspended_reason = '核实'`)
		w.must(w.Settle(w.Context(), "EV-1", w.word(no, u.OpenID, 500)))
		end := w.clock.Now().Add(30 * billing.Day)
		if n := w.number(`SELECT COUNT(*) FROM subscription WHERE user_id = $1 AND active = 1`, int64(u.ID)); n != 0 {
			t.Error("follows a suspended app")
		}
		w.exec(`UPDATE app SET suspended_at = 0`)
		_, err = w.push.Once(w.Context(), push.Inbound{Key: "scan", OpenID: u.OpenID, At: w.clock.Now()}, func(turn *push.Turn) error {
			_, err := w.push.FollowApp(turn, w.app, push.ByScan, "")
			return err
		})
		w.must(err)
		if got := w.paidUntil(u); !got.Equal(end) {
			t.Errorf("paid until %s, want %s", got, end)
		}
	})
}
