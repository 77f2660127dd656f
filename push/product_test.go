package push_test

import (
	"testing"

	"hongyan/push"
	"hongyan/store"
)

// TestSend_AudienceMeansPayersOnlyWhereAProductIsBound: verifyPayType has no
// effect on an app or topic nobody can pay for.
func TestSend_AudienceMeansPayersOnlyWhereAProductIsBound(t *testing.T) {
	eachWorld(t, func(w *world) {
		app, token := w.app(push.NewApp{})
		topic := w.audience(app, 2)
		paid, unpaid := w.follower("o_paid", app), w.follower("o_unpaid", app)
		w.exec(`UPDATE subscription SET paid_until = 9000000000000 WHERE user_id = (SELECT id FROM users WHERE uid = $1)`, string(paid))
		w.exec(`UPDATE subscription SET paid_until = 9000000000000 WHERE kind = 1 AND user_id = (SELECT MIN(user_id) FROM subscription WHERE kind = 1)`)
		want := func(name string, audience int, paidGets, unpaidGets bool, onTopic int) {
			t := w.T
			t.Helper()
			before := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 0`)
			out := w.send(token, push.Draft{UIDs: []push.UID{paid, unpaid}, Topics: []push.TopicID{topic}, Audience: audience})
			if out[0].Failed == paidGets || out[1].Failed == unpaidGets {
				t.Errorf("%s, audience %d: %q and %q", name, audience, out[0].Text, out[1].Text)
			}
			w.fanOut()
			users := 0
			for _, gets := range []bool{paidGets, unpaidGets} {
				if gets {
					users++
				}
			}
			if got := w.count(`SELECT COUNT(*) FROM delivery WHERE state = 0`) - before - users; got != onTopic {
				t.Errorf("%s, audience %d: %d of the topic, want %d", name, audience, got, onTopic)
			}
		}
		for audience := range 3 {
			want("nothing sold", audience, true, true, 2)
		}
		w.bind(12, push.Resource{Kind: push.OfApp, Target: int64(app)}, push.Resource{Kind: push.OfTopic, Target: int64(topic)})
		want("sold", push.Everybody, true, true, 2)
		want("sold", push.OnlyPaid, true, false, 1)
		want("sold", push.NotPaid, false, true, 1)
		w.bind(12, push.Resource{Kind: push.OfTopic, Target: int64(topic)})
		want("only the topic sold", push.OnlyPaid, true, true, 1)
		w.bind(12)
		want("sold no more", push.OnlyPaid, true, true, 2)
	})
}

func (w *world) bind(product push.ProductID, resources ...push.Resource) {
	w.Helper()
	err := w.db.Update(w.Context(), func(tx *store.Tx) error { return w.BindProductTx(tx, product, resources) })
	if err != nil {
		w.Fatal(err)
	}
}
